"""The settings as tests want them, also when pytest is started by hand: another day is allowed, files stay apart, and a
demonstration's database is never touched. ``bin/test`` sets the same; what tests start inherits it."""

import os
from pathlib import Path

os.environ.setdefault("PILOTLIGHT_TESTING", "1")
os.environ.setdefault("PILOTLIGHT_VAR", str(Path(__file__).resolve().parents[1] / "var" / "test"))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

from config.settings import *  # noqa: F403
