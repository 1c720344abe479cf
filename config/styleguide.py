"""Every component and the picture in all its states, live: ``/styleguide/``. Invented people and figures."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.templatetags import shapes, words
from metrics.charts import Picture, describe, draw, spark

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

WEEK = timedelta(weeks=1)
START = date(2026, 11, 23)


class Example(forms.Form):
    title = forms.CharField(
        label=_("What is the pilot called?"), help_text=_("A few words that everybody will use for it.")
    )
    problem = forms.CharField(
        label=_("Which business problem is most visible now?"), widget=forms.Textarea, required=False
    )
    target = forms.DecimalField(
        label=_("Target"), help_text=_("The level of the metric that counts as success, in percent.")
    )
    start = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    metric = forms.ChoiceField(
        label=_("Metric"), choices=[("win", _("Win rate")), ("ramp", _("Time to productivity"))]
    )
    made_with_ai = forms.ChoiceField(
        label=_("Was AI used?"),
        choices=[("yes", _("Yes, for all of it")), ("part", _("Yes, for a part")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    figures = forms.FileField(
        label=_("Figures"), required=False, help_text=_("A CSV or XLSX file with one row a day.")
    )
    agreed = forms.BooleanField(label=_("I agree that this is how success will be judged"))


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    posted = request.method == "POST"
    page = Paginator(range(90), 10).get_page(request.GET.get("page", 2))
    drawn = [
        (name, picture, draw(picture), draw(picture, width="narrow"), describe(picture))
        for name, picture in pictures()
    ]
    return render(
        request,
        "styleguide.html",
        {
            "form": Example(request.POST or None) if posted else Example(),
            "wrong": Example({"title": ""}, auto_id="wrong_%s"),
            "pictures": drawn,
            "sparks": [
                (name, spark(picture.points, start=picture.start, band=picture.band))
                for name, picture in pictures()[:4]
            ],
            "rows": [(day, f"{value:.1f} %") for day, value in pictures()[0][1].points if value is not None],
            "page": page,
            "stages": list(words.STAGES),
            "verdicts": list(words.VERDICTS),
            "flags": list(words.FLAGS),
            "shape_names": list(shapes.DRAWN),
            "today": START + timedelta(days=25),
            **_lists(),
        },
    )


def _lists() -> dict[str, Any]:
    states = ("done", "done", "done", "now", "todo", "todo")
    return {
        "crumbs": [(_("Pilots"), "#pilots"), ("Objection coach for mid-market", None)],
        "weeks": [
            {"state": state, "label": _("Week %(n)s") % {"n": n + 1}, "dates": dates, "percent": 60}
            for n, (state, dates) in enumerate(zip(states, WEEKS, strict=True))
        ],
        "steps": [
            {"label": label, "state": state, "url": "#steps"}
            for label, state in (
                (_("Problem"), "done"),
                (_("Metric"), "done"),
                (_("People"), "now"),
                (_("Safeguards"), "todo"),
            )
        ],
        "lines": [
            {
                "met": True,
                "words": _(
                    "One business metric, with 20 weeks of baseline; the newest figure is from today."
                ),
            },
            {"met": True, "words": _("The chance of seeing the target is 82 %.")},
            {
                "met": False,
                "words": _("Two people have not said yet what success looks like to them."),
                "note": _("Asked on 11 November 2026."),
                "href": "#ask",
                "label": _("Ask again"),
            },
        ],
        "facts": [
            (
                _("Evidence"),
                _("Compared with teams outside the pilot, 20 weeks before and 6 weeks during, 31,400 calls"),
            ),
            (
                _("Other causes"),
                _("A new price list came on 20 July for everybody; the other teams saw it too."),
            ),
        ],
        "tiles": [
            {"count": 3, "label": _("Running"), "url": "#running"},
            {"count": 2, "label": _("Want attention"), "url": "#attention", "concern": True},
            {"count": 5, "label": _("Planning"), "url": "#planning"},
            {"count": 12, "label": _("Closed"), "url": "#closed"},
        ],
    }


WEEKS = ("23 – 29 Nov", "30 Nov – 6 Dec", "7 – 13 Dec", "14 – 20 Dec", "21 – 27 Dec", "28 Dec – 3 Jan")


def pictures() -> list[tuple[str, Picture]]:
    """The picture in every state it can be in."""
    weekly = _series(START - 20 * WEEK, 24, 7, 22, 1.4)
    running = Picture(
        points=weekly,
        baseline_start=START - 20 * WEEK,
        start=START,
        end=START + 6 * WEEK,
        today=START + timedelta(days=25),
        band=(18.2, 25.6),
        target=27,
        unit="%",
        decimals=1,
        marks=[
            (START + timedelta(days=8), "login problem"),
            (START + timedelta(days=17), "team leads ran one call together"),
        ],
        forecast=(START + 6 * WEEK, 20.1, 21.9, 23.5),
    )
    ended = replace(
        running,
        points=_series(START - 20 * WEEK, 26, 7, 62, 1.5, lift=9),
        comparison=_series(START - 20 * WEEK, 26, 7, 62, 1.5, seed=9),
        today=START + 6 * WEEK,
        band=(58.4, 65.7),
        target=70,
        forecast=None,
        marks=[(START + timedelta(days=15), "new price list")],
    )
    long = START - timedelta(days=126)
    daily = replace(
        running,
        points=[p for p in _series(long, 150, 1, 41, 5, lift=-7) if p[0].weekday() < 5],
        comparison=[p for p in _series(long, 150, 1, 42, 4, seed=13) if p[0].weekday() < 5],
        baseline_start=long,
        band=(27, 55),
        target=33,
        unit="min",
        direction="lower",
        cadence="daily",
        forecast=(START + 6 * WEEK, 31, 35, 39),
    )
    alone = _alone(running)
    return [
        ("Running, inside normal variation, with a forecast", running),
        ("Ended and reached, beside teams outside the pilot", ended),
        ("Daily figures, lower is better", daily),
        ("The wrong way", replace(ended, comparison=(), direction="lower", target=57, marks=())),
        (
            "Before the start",
            replace(running, points=weekly[:20], today=START - WEEK, forecast=None, marks=()),
        ),
        (
            "Missing figures",
            replace(
                running, points=[(d, None if n in (4, 12, 21) else v) for n, (d, v) in enumerate(weekly)]
            ),
        ),
        (
            "Close values",
            replace(ended, points=_series(START - 20 * WEEK, 26, 7, 62, 1.5, lift=3), target=65.2),
        ),
        (
            "A constant series",
            replace(
                running, points=[(d, 100.0) for d, _ in weekly], band=(100, 100), target=100, forecast=None
            ),
        ),
        (
            "Large sums",
            replace(
                ended,
                points=_scaled(ended.points, 2e5),
                comparison=(),
                band=(11.68e6, 13.14e6),
                target=14e6,
                unit="€",
            ),
        ),
        (
            "An outlier, and a long unit with a forecast",
            replace(
                daily, comparison=(), points=_with_outlier(daily.points), unit="tickets per 1,000 customers"
            ),
        ),
        (
            "Tiny numbers",
            replace(
                running,
                points=_scaled(weekly, 2e-5),
                band=(3.64e-4, 5.12e-4),
                target=5.4e-4,
                decimals=5,
                unit="",
                forecast=(START + 6 * WEEK, 4.02e-4, 4.38e-4, 4.7e-4),
            ),
        ),
        (
            "Money with a forecast",
            replace(
                running,
                points=_scaled(weekly, 1234.5),
                band=(22468, 31603),
                target=33300,
                decimals=0,
                unit="€",
                forecast=(START + 6 * WEEK, 24800, 27000, 29000),
            ),
        ),
        ("Without a pilot", alone),
        ("Without a pilot, daily figures", _alone(replace(daily, unit="per 1,000 hours", band=(-4.1, 71.5)))),
        ("Without a pilot, the last figure outside", replace(alone, band=(20.6, 25.6))),
        (
            "Nothing yet",
            replace(
                running, points=(), band=None, target=None, forecast=None, marks=(), today=START - 20 * WEEK
            ),
        ),
    ]


def _alone(picture: Picture) -> Picture:
    """A metric with its points, as its own page shows it."""
    step = timedelta(days=1) if picture.cadence == "daily" else WEEK
    end = picture.points[-1][0] + step
    return replace(
        picture, comparison=(), target=None, forecast=None, marks=(), pilot_label="", start=end, end=end
    )


def _series(
    first: date, count: int, step: int, mean: float, spread: float, *, lift: float = 0, seed: int = 3
) -> list[tuple[date, float]]:
    dice = random.Random(seed)  # noqa: S311
    days = [first + timedelta(days=n * step) for n in range(count)]
    return [(day, dice.gauss(mean, spread) + (lift if day >= START else 0)) for day in days]


def _with_outlier(points: Any) -> list[tuple[date, float]]:
    return [(day, 260.0 if number == 40 else value) for number, (day, value) in enumerate(points)]


def _scaled(points: Any, factor: float) -> list[tuple[date, float]]:
    return [(day, value * factor) for day, value in points]
