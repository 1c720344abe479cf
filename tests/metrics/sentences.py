"""The sentences of results, of every kind: a table of cases, and the document that shows what is said of each.

``python -m tests.metrics.sentences`` writes ``docs/sentences.md`` anew. Read it with your own eyes before you keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from metrics.result_words import Others, Result, result
from metrics.stats import Assessment
from metrics.verdict_words import Scale, Told

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "sentences.md"

CALLS: Final = Scale(
    "First-contact resolution", "%", 1, "proportion",
    "Billing agents settle … calls in every 100 at the first contact",
)  # fmt: skip
SHARE: Final = replace(CALLS, phrase="")
PLAIN: Final = Scale("Win rate", "", 2, "proportion", "Mid-market reps win … deals of every 100")
INVOICES: Final = Scale(
    "Invoices sent back", "%", 1, "proportion", "Suppliers get … invoices in every 100 sent back"
)
BREACHES: Final = Scale(
    "Breach rate", "%", 3, "proportion", "Auditors find … files in every 100 with a breach"
)
MINUTES: Final = Scale("Handling time", "min", 1, "mean")
CASE: Final = replace(MINUTES, phrase="A service case takes …")
DAYS: Final = Scale(
    "Time to productivity", "days", 0, "mean", "New hires need … until they work on their own"
)
RECEIPT: Final = Scale("Average receipt", "€", 2, "mean", "A customer leaves … at the till")
DEAL: Final = Scale("Revenue per rep", "$", 0, "mean")
FRANCS: Final = Scale("Cost per hire", "CHF", 0, "mean")
QUOTA: Final = Scale("Quota attainment", "%", 1, "mean")
NPS: Final = Scale("Customer score", "", 0, "mean")
HURT: Final = Scale(
    "Incident rate",
    "per 1,000 hours",
    1,
    "rate",
    "The warehouses count … incidents in every 1,000 hours worked",
)
HURT_NAMED: Final = replace(HURT, phrase="")
TICKETS: Final = Scale("Support tickets", "tickets", 0, "total", "The help desk opens … a week")
VENDOR: Final = Scale("External vendor cost", "€", 0, "total", "Outside trainers cost … a week")
SAVED: Final = Scale("Hours saved", "hours", 1, "total")
SECONDS: Final = Scale("Time to first byte", "s", 4, "mean")
GROUP: Final = replace(Scale("Revenue", "€", 0, "total"))


@dataclass(frozen=True)
class Case:
    """One kind of result, and the heading under which it is shown."""

    chapter: str
    about: str
    scale: Scale
    found: Assessment
    told: Told
    others: Others | None = None

    def result(self) -> Result:
        return result(self.scale, self.found, self.told, self.others)


def _case(chapter: str, about: str, scale: Scale, verdict: str, before: float | None, change: tuple[float, ...], target: float | None,
          others: Others | None = None, **told: Any) -> Case:  # fmt: skip
    estimate, low, high = (*change, None, None, None)[:3]
    found = Assessment(
        verdict=verdict, estimate=estimate, low=low, high=high, baseline_mean=before, n_used=100
    )  # type: ignore[arg-type]
    return Case(
        chapter,
        about,
        scale,
        found,
        Told(target=target, compared=others is not None or told.pop("compared", False), **told),
        others,
    )


_WORDS, _NAMES, _NONE, _HARM, _UNCLEAR = (
    "With agreed words",
    "With the metric’s name",
    "No effect",
    "Harm",
    "Cannot tell",
)
_SIZES, _MONEY, _POINTS, _COMPARED, _ENDED, _EDGES = (
    "Tiny and huge", "Money", "Per cent and percentage points", "Beside others", "Ramps and stops", "Edges",
)  # fmt: skip

CASES: Final = (
    _case(_WORDS, "share, higher is better, reached", CALLS, "reached", 62.0, (9.0, 6.0, 12.0), 70.0),
    _case(_WORDS, "share, reached beyond doubt", CALLS, "reached", 62.0, (11.0, 9.0, 13.0), 70.0),
    _case(_WORDS, "share, short, target possible", CALLS, "short", 62.3, (5.6, 2.1, 9.1), 70.0),
    _case(_WORDS, "share, short, target ruled out", CALLS, "short", 62.3, (3.1, 1.1, 5.1), 70.0),
    _case(_WORDS, "share, lower is better, reached", INVOICES, "reached", 12.3, (-3.4, -4.4, -2.4), 9.0),
    _case(_WORDS, "share, lower is better, short", INVOICES, "short", 12.3, (-1.6, -2.9, -0.3), 9.0),
    _case(_WORDS, "share kept as a plain number", PLAIN, "reached", 0.22, (0.055, 0.02, 0.09), 0.27),
    _case(_WORDS, "average, lower is better, reached", CASE, "reached", 12.0, (-4.0, -5.0, -3.0), 9.0),
    _case(_WORDS, "average, whole days", DAYS, "reached", 93.0, (-17.0, -28.0, -6.0), 80.0),
    _case(_WORDS, "one day", DAYS, "short", 93.0, (-1.0, -1.8, -0.2), 80.0),
    _case(_WORDS, "rate, lower is better", HURT, "reached", 4.21, (-1.02, -1.7, -0.4), 3.3),
    _case(_WORDS, "total, fewer", TICKETS, "reached", 1240.0, (-183.0, -260.0, -106.0), 1100.0),
    _case(_NAMES, "share, higher is better, reached", SHARE, "reached", 62.0, (9.0, 6.0, 12.0), 70.0),
    _case(_NAMES, "share, short", SHARE, "short", 62.3, (5.6, 2.1, 9.1), 70.0),
    _case(_NAMES, "share, lower is better", replace(INVOICES, phrase=""), "reached", 12.3, (-3.4, -4.4, -2.4), 9.0),
    _case(_NAMES, "average, lower is better", MINUTES, "reached", 12.0, (-4.0, -5.0, -3.0), 9.0),
    _case(_NAMES, "average, short, target ruled out", MINUTES, "short", 12.0, (-1.4, -2.2, -0.6), 9.0),
    _case(_NAMES, "average, higher is better", replace(DAYS, name="Tenure", phrase=""), "reached", 400.0, (35.0, 12.0, 58.0), 430.0),
    _case(_NAMES, "rate", HURT_NAMED, "reached", 4.21, (-1.02, -1.7, -0.4), 3.3),
    _case(_NAMES, "rate, short", HURT_NAMED, "short", 4.21, (-0.5, -0.9, -0.1), 3.3),
    _case(_NAMES, "total", replace(TICKETS, phrase=""), "reached", 1240.0, (-183.0, -260.0, -106.0), 1100.0),
    _case(_NAMES, "no unit", NPS, "reached", 31.0, (6.0, 2.0, 10.0), 36.0),
    _case(_NONE, "share", CALLS, "not_moved", 62.3, (0.6, -1.9, 3.1), 70.0),
    _case(_NONE, "average, lower is better", CASE, "not_moved", 12.0, (0.2, -0.7, 1.1), 9.0),
    _case(_NONE, "rate", HURT, "not_moved", 4.2, (0.0, -0.4, 0.4), 3.3),
    _case(_NONE, "money", RECEIPT, "not_moved", 24.5, (0.09, -0.31, 0.49), 25.7),
    _case(_NONE, "total", TICKETS, "not_moved", 1240.0, (12.0, -70.0, 94.0), 1100.0),
    _case(_NONE, "stopped early", CASE, "not_moved", 12.0, (0.2, -1.6, 2.0), 9.0, stopped=True),
    _case(_NONE, "without any variation", NPS, "not_moved", 31.0, (0.0, 0.0, 0.0), 36.0),
    _case(_HARM, "share fell", CALLS, "wrong_way", 62.3, (-4.2, -6.5, -1.9), 70.0),
    _case(_HARM, "share rose", INVOICES, "wrong_way", 12.3, (2.2, 0.6, 3.8), 9.0),
    _case(_HARM, "average rose", CASE, "wrong_way", 12.0, (2.0, 1.0, 3.0), 9.0),
    _case(_HARM, "average fell, by name", DEAL, "wrong_way", 84_200.0, (-5_300.0, -8_100.0, -2_500.0), 90_000.0),
    _case(_HARM, "rate", HURT, "wrong_way", 4.2, (0.9, 0.3, 1.5), 3.3),
    _case(_HARM, "total", TICKETS, "wrong_way", 1240.0, (160.0, 85.0, 235.0), 1100.0),
    _case(_UNCLEAR, "share", CALLS, "unclear", 62.3, (3.0, -3.0, 9.0), 70.0),
    _case(_UNCLEAR, "average", CASE, "unclear", 12.0, (-1.5, -4.0, 1.0), 9.0),
    _case(_UNCLEAR, "rate", HURT_NAMED, "unclear", 4.2, (-0.4, -1.3, 0.5), 3.3),
    _case(_UNCLEAR, "money", RECEIPT, "unclear", 24.5, (0.6, -0.4, 1.6), 25.7),
    _case(_UNCLEAR, "total", SAVED, "unclear", 40.0, (6.0, -9.0, 21.0), 55.0),
    _case(_UNCLEAR, "nothing came", CASE, "unclear", 12.0, (), 9.0),
    _case(_UNCLEAR, "no baseline", CASE, "unclear", None, (), 9.0),
    _case(_UNCLEAR, "an estimate without a range", CASE, "unclear", 12.0, (-1.5,), 9.0),
    _case(_SIZES, "a change of less than one in 100", BREACHES, "reached", 0.42, (-0.16, -0.22, -0.10), 0.3),
    _case(_SIZES, "a few in 10,000", BREACHES, "short", 0.042, (-0.011, -0.018, -0.004), 0.02),
    _case(_SIZES, "the same by name", replace(BREACHES, phrase=""), "reached", 0.42, (-0.16, -0.22, -0.10), 0.3),
    _case(_SIZES, "milliseconds in seconds", SECONDS, "reached", 0.0312, (-0.0061, -0.0082, -0.004), 0.026),
    _case(_SIZES, "millions of a total", GROUP, "reached", 4_210_000.0, (183_000.0, 61_000.0, 305_000.0), 4_350_000.0),
    _case(_SIZES, "billions", replace(GROUP, unit="$"), "short", 2_340_000_000.0, (41_000_000.0, 9_000_000.0, 73_000_000.0), 2_450_000_000.0),
    _case(_SIZES, "many tickets", replace(TICKETS, phrase=""), "reached", 1_240_000.0, (-83_000.0, -140_000.0, -26_000.0), 1_160_000.0),
    _case(_SIZES, "a large number that a small change moves", DEAL, "reached", 84_200.0, (5_340.0, 2_100.0, 8_580.0), 88_000.0),
    _case(_MONEY, "receipt, reached", RECEIPT, "reached", 24.5, (1.42, 0.71, 2.13), 25.7),
    _case(_MONEY, "receipt, short", RECEIPT, "short", 24.5, (0.7, 0.2, 1.2), 25.7),
    _case(_MONEY, "dollars per rep", DEAL, "reached", 84_200.0, (6_300.0, 2_500.0, 10_100.0), 90_000.0),
    _case(_MONEY, "a currency that stands behind", FRANCS, "reached", 8_400.0, (-1_150.0, -1_700.0, -600.0), 7_500.0),
    _case(_MONEY, "cost per week", VENDOR, "reached", 18_400.0, (-4_100.0, -6_300.0, -1_900.0), 15_000.0),
    _case(_MONEY, "cost per week that rose", VENDOR, "wrong_way", 18_400.0, (2_300.0, 900.0, 3_700.0), 15_000.0),
    _case(_POINTS, "a share: points, not per cent", SHARE, "reached", 40.0, (4.0, 2.0, 6.0), 44.0),
    _case(_POINTS, "an average that is itself in per cent", QUOTA, "reached", 84.0, (5.2, 1.9, 8.5), 88.0),
    _case(_POINTS, "one point", SHARE, "short", 40.0, (1.0, 0.5, 1.5), 44.0),
    _case(_POINTS, "above 100 %", QUOTA, "reached", 98.0, (7.0, 3.0, 11.0), 103.0),
    _case(_POINTS, "wrong way, in points", QUOTA, "wrong_way", 84.0, (-6.0, -9.0, -3.0), 88.0),
    _case(_COMPARED, "others did not change", CALLS, "reached", 62.0, (9.0, 6.0, 12.0), 70.0, Others("Other teams", 61.9, 62.2)),
    _case(_COMPARED, "others moved too", CASE, "short", 12.0, (-1.4, -2.2, -0.6), 9.0, Others("Other teams", 12.1, 11.2)),
    _case(_COMPARED, "others unknown", CASE, "reached", 12.0, (-4.0, -5.0, -3.0), 9.0, compared=True),
    _case(_COMPARED, "no effect beside others", CALLS, "not_moved", 62.3, (0.6, -1.9, 3.1), 70.0, Others("Other teams", 60.0, 64.0)),
    _case(_ENDED, "ramp, reached", CALLS, "reached", 62.0, (9.0, 5.0, 13.0), 70.0, ramp=True),
    _case(_ENDED, "ramp, short, by name", MINUTES, "short", 12.0, (-1.4, -2.2, -0.6), 9.0, ramp=True),
    _case(_ENDED, "stopped, and it worked", CASE, "reached", 12.0, (-4.0, -6.5, -1.5), 9.0, stopped=True),
    _case(_ENDED, "stopped, harm", CASE, "wrong_way", 12.0, (3.0, 0.6, 5.4), 9.0, stopped=True),
    _case(_ENDED, "stopped, cannot tell", CASE, "unclear", 12.0, (-1.5, -6.0, 3.0), 9.0, stopped=True),
    _case(_EDGES, "just short, where rounding would say reached", CALLS, "short", 61.6, (8.2, 6.0, 10.4), 70.0),
    _case(_EDGES, "just ruled out, where rounding would say possible", replace(CALLS, phrase=""), "not_moved", 57.9, (-0.6, -5.8, 4.6), 63.0),
    _case(_EDGES, "just possible, where rounding would say ruled out", MINUTES, "unclear", 12.6, (-1.0, -3.45, 1.45), 9.2),
    _case(_EDGES, "just reached", CALLS, "reached", 61.6, (8.4, 6.2, 10.6), 70.0),
    _case(_EDGES, "a figure that rounds to nothing at first", MINUTES, "short", 12.0, (-0.04, -0.07, -0.01), 9.0),
    _case(_EDGES, "the sum adds up", CALLS, "reached", 61.4, (8.8, 6.1, 11.5), 70.0),
    _case(_EDGES, "no target", MINUTES, "short", 12.0, (-2.0, -3.0, -1.0), None),
    _case(_EDGES, "a negative level", NPS, "reached", -4.0, (7.0, 3.0, 11.0), 2.0),
    _case(_EDGES, "a plural name", replace(TICKETS, name="Orders picked without error", unit="%", kind="proportion", decimals=1, phrase=""), "short", 95.8, (0.9, 0.3, 1.5), 96.9),
)  # fmt: skip


def document() -> str:
    """All of them as a page to read."""
    lines = [
        "# The sentences",
        "",
        "What Pilotlight says of a result, of every kind. Each page leads with the sentence in bold; the words below it say how far, how",
        "surely, and against which target; the line in italics is what stands in lists, mails and summaries. A test holds the product to",
        "this page: `python -m tests.metrics.sentences` writes it anew, and whoever does that reads all of it.",
        "",
        "The rules behind it: never “improved”, “rose” or “fell” unless no change is ruled out; as few digits as the range is precise",
        "to, and as many as it takes for the figures to add up, for “short of the target” to look short, and for the end of a range to",
        "lie on that side of the target on which it is said to lie; a change of a share is in percentage points or in cases of every",
        "100, never in per cent; what others went through in the same weeks is said.",
    ]
    chapter = ""
    for number, case in enumerate(CASES, 1):
        if case.chapter != chapter:
            chapter = case.chapter
            lines += ["", f"## {chapter}"]
        told = case.result()
        lines += [
            "",
            f"{number}. {case.about}",
            "",
            f"   **{told.headline}** {told.lede}".rstrip(),
            "",
            f"   *{told.line}*",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    DOCUMENT.write_text(document(), encoding="utf-8")
