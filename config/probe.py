"""Health checks from inside a container: ``python -m config.probe /readyz``, ``python -m config.probe alive``."""

import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

#: A worker and beat show life every ten seconds (``config/celery.py``).
STALE: Final = 60.0


def main(what: str) -> int:
    return 0 if (_alive() if what == "alive" else _answers(what)) else 1


def _alive() -> bool:
    life = Path(os.environ["PILOTLIGHT_LIFE_FILE"])
    return life.exists() and time.time() - life.stat().st_mtime < STALE


def _answers(path: str) -> bool:
    """Ask the web process on this machine, under the name that it is known by."""
    name = urlsplit(os.environ.get("PILOTLIGHT_BASE_URL", "")).netloc or "127.0.0.1"
    port = os.environ.get("PILOTLIGHT_BIND", "127.0.0.1:8000").rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": name})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - ourselves
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "/healthz"))
