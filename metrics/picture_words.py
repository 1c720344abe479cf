"""The words of the picture in the language of the page."""

from __future__ import annotations

from functools import cache

from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from metrics.charts import Words


def picture_words() -> Words:
    """Translated once for each language: a picture is drawn for every request."""
    return _words(get_language())


@cache
def _words(_language: str | None) -> Words:
    return Words(
        before=_("before the pilot"),
        before_short=_("before"),
        window=_("six weeks of the pilot"),
        window_short=_("six weeks"),
        variation=_("normal variation"),
        target=_("target"),
        forecast=_("likely end"),
        mean=_("mean of 7 days"),
        nothing=_("No figures yet"),
        one_more_note=_("and one more note"),
        more_notes=_("and {number} more notes"),
        said_before=_("Normal variation since {since} lies between {low} and {high}."),
        said_window=_("The six weeks of the pilot run from {start} to {last}."),
        said_target=_("The six weeks of the pilot run from {start} to {last}; the target is {target}."),
        said_aim=_("The target is {target}."),
        said_now=_("The {who} stood at {value} on {day}{where}."),
        said_it=_("It stood at {value} on {day}{where}."),
        said_ordinary=_(", inside normal variation"),
        said_good=_(", better than normal variation"),
        said_concern=_(", worse than normal variation"),
        said_others=_("The {who} stood at {value}."),
        said_beyond=_("Cut off because it lies far outside: {value} on {day}."),
        said_likely=_("At this pace the end is likely to lie between {low} and {high}."),
        months=tuple(str(MONTHS_3[month]).title() for month in range(1, 13)),
        long_months=tuple(str(MONTHS[month]) for month in range(1, 13)),
    )
