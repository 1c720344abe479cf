"""What the worker has done so far, as one JSON object; waits until there is some of it."""

import json
import os
import sys
import time
from typing import Final

from config.troubles import told_plainly

KINDS: Final = {
    "pulls": "metrics.Pull",
    "snapshots": "metrics.Snapshot",
    "readings": "pilots.Reading",
    "flags": "pilots.Flag",
}
WITHIN: Final = 90.0


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with told_plainly():
        import django

        django.setup()
        deadline = time.monotonic() + WITHIN
        while not all((found := _counts()).values()) and time.monotonic() < deadline:
            time.sleep(0.3)
        sys.stdout.write(json.dumps(found) + "\n")


def _counts() -> dict[str, int]:
    from django.apps import apps
    from django_scopes import scopes_disabled

    with scopes_disabled():
        return {name: apps.get_model(model)._default_manager.count() for name, model in KINDS.items()}


if __name__ == "__main__":
    main()
