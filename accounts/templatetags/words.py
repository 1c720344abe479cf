"""What stable codes are called in front of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

STAGES = {
    "planning": _("Planning"),
    "running": _("Running"),
    "deciding": _("Deciding"),
    "closed": _("Closed"),
    "cancelled": _("Cancelled"),
}
VERDICTS = {
    "reached": _("Target reached"),
    "short": _("Improved, short of the target"),
    "not_moved": _("Has not moved"),
    "wrong_way": _("Moved the wrong way"),
    "unclear": _("Cannot tell"),
    "running": _("Too early to say"),
}
FLAGS = {
    "not_moving": _("Not moving"),
    "wrong_way": _("Going the wrong way"),
    "unlikely": _("Unlikely to reach the target"),
    "no_data": _("No data"),
    "few_using": _("Few are using it"),
    "answer_missing": _("An answer is missing"),
    "review_overdue": _("A review is overdue"),
    "condition_open": _("A condition is open"),
    "source_failing": _("A source is failing"),
    "approval_lost": _("Content lost its approval"),
}
DECISIONS = {
    "scale": _("Scale"),
    "change_course": _("Change course"),
    "run_again": _("Run again"),
    "stop": _("Stop"),
}
ROLES = {
    "administrator": _("Administrator"),
    "manager": _("Manager"),
    "reviewer": _("Reviewer"),
    "viewer": _("Executive"),
}


def word(table: Mapping[str, _StrPromise], code: str) -> str:
    """The word for a code; a code that nobody has named yet reads as itself."""
    return str(table.get(code, code))
