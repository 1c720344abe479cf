"""Bring the database and the static files up to date: migrate, cache table, collectstatic."""

import hashlib
import os
from pathlib import Path

from config.environment import BASE_DIR, VAR_DIR
from config.troubles import told_plainly


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with told_plainly():
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        _catch_up()
        stamp, state = VAR_DIR / "static.stamp", _state()
        if not stamp.exists() or stamp.read_text() != state or not (VAR_DIR / "static").is_dir():
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(state)


def _catch_up() -> None:
    """Bring the demonstration's files and addresses up to today, before a worker pulls what stands there."""
    from accounts import clock
    from config.demo.story import catch_up

    catch_up(now=clock.now())


def _state() -> str:
    """Changes when one of our static files or one of the libraries does."""
    seen = hashlib.sha256((BASE_DIR / "uv.lock").read_bytes())
    for path in sorted(_static_files()):
        status = path.stat()
        seen.update(f"{path}|{status.st_size}|{status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _static_files() -> list[Path]:
    folders = [BASE_DIR / "static", *BASE_DIR.glob("*/static")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


if __name__ == "__main__":
    main()
