"""The values behind a picture, for the table below it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import figure
from metrics.charts import Picture


def figures_of(picture: Picture, since: date) -> dict[str, Any]:
    """``rows``: day, value and the comparison's value; ``when``: the head of the days, which are the first of their week where
    values come weekly; ``compared``: the head of the last column, empty where nobody is compared.
    """
    compared = dict(picture.comparison)

    def said(value: float | None) -> str:
        return figure(value, picture.unit, picture.decimals)

    return {
        "when": _("Week from") if picture.cadence == "weekly" else _("Day"),
        "compared": (picture.comparison_label or _("Comparison")) if compared else "",
        "rows": [
            (day, said(value), said(compared.get(day))) for day, value in picture.points if day >= since
        ],
    }
