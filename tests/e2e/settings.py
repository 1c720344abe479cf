"""The settings of a journey's programs: its test turns the day while they run, which costs less than to start them anew, and
nobody's password takes long."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.environment import VAR_DIR
from config.settings import *  # noqa: F403
from tests.e2e import axe

DAY = VAR_DIR / "day"


class Ahead:
    """As many days as the file says now."""

    def __radd__(self, moment: datetime) -> datetime:
        return moment + timedelta(days=int(DAY.read_text()) if DAY.exists() else 0)


CLOCK_OFFSET = Ahead()
PASSWORD_HASHERS = ["tests.cast.QuickHasher", *PASSWORD_HASHERS[1:]]  # noqa: F405
STATICFILES_DIRS = [*STATICFILES_DIRS, axe.FOLDER]  # noqa: F405
