"""What the surroundings say: environment variables, and secrets kept under ``var/`` where none are set."""

import json
import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PILOTLIGHT_VAR") or BASE_DIR / "var").resolve()

# We run several processes rather than several threads for one matrix: waiting for each other, these cost three times
# the work. numpy reads it once, when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret(name: str) -> str:
    """The secret from the environment, else one made once and kept, readable by its owner alone."""
    given = os.environ.get(name)
    return given or _kept_secret(name)


def _kept_secret(name: str) -> str:
    path = VAR_DIR / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in kept:
        kept[name] = secrets.token_urlsafe(48)
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(kept, indent=1))
        fresh.replace(path)
    return kept[name]
