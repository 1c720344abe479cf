"""An outcome to take along: document, picture, the figures as CSV, all that the page says as JSON, a summary to paste."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.canonical import canonical_json
from accounts.inert import inert
from pilots.outcome_page.seen import Seen

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from pilots.models import Outcome

type Page = dict[str, Any]
type Made = tuple[bytes, str]  # content, media type

FILES: Final[dict[str, _StrPromise]] = {
    "outcome.pdf": gettext_lazy("PDF, A4"),
    "outcome-letter.pdf": gettext_lazy("PDF, Letter"),
    "picture.png": gettext_lazy("Picture, PNG"),
    "figures.csv": gettext_lazy("Figures, CSV"),
    "outcome.json": gettext_lazy("All of it, JSON"),
}


def offered(page: Page) -> list[tuple[str, _StrPromise]]:
    """The files that there are of an outcome: without a picture none of it, and no figures."""
    bare = page["picture"] is None
    return [
        (name, label)
        for name, label in FILES.items()
        if not (bare and name in {"picture.png", "figures.csv"})
    ]


def make(name: str, outcome: Outcome, page: Page, *, public: bool) -> Made | None:
    """One of them; None where there is none of that name."""
    if name not in dict(offered(page)):
        return None
    makers: dict[str, Callable[[], Made]] = {
        "outcome.pdf": lambda: (_document(outcome, page, "a4"), "application/pdf"),
        "outcome-letter.pdf": lambda: (_document(outcome, page, "us-letter"), "application/pdf"),
        "picture.png": lambda: (_picture(page), "image/png"),
        "figures.csv": lambda: (figures(Seen(outcome, public=public)), "text/csv; charset=utf-8"),
        "outcome.json": lambda: (facts(Seen(outcome, public=public), page), "application/json"),
    }
    return makers[name]()


def _document(outcome: Outcome, page: Page, paper: Any) -> bytes:
    from pilots.outcome_page.document import document  # the typesetter is loaded where something is set

    return document(page, organisation=outcome.pilot.organisation.name, paper=paper)


def _picture(page: Page) -> bytes:
    from pilots.outcome_page.document import png

    return png(page["picture"])


def figures(seen: Seen) -> bytes:
    """Day, phase, the pilot's value and the comparison group's; empty where a value is missing or withheld."""
    others = dict(seen.points("comparison_series"))
    metric, plan = seen.metric, seen.plan
    head = ["day", "phase", inert(f"{metric['name']} ({metric['unit'] or '1'})")]
    if plan["comparison"]:
        head.append(inert(plan["comparison"]["population"] or _("comparison")))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    for day, value in seen.points("series"):
        phase = "pilot" if day >= seen.start else "baseline"
        row: list[Any] = [day.isoformat(), phase, "" if value is None else value]
        if plan["comparison"]:
            other = others.get(day)
            row.append("" if other is None else other)
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig")


def facts(seen: Seen, page: Page) -> bytes:
    """What the page says, for programs: sentences, figures as far as they may be seen, and the hash of what was frozen."""
    reading, worth = seen.reading, page["worth"]
    told = {
        "title": page["title"],
        "headline": page["result"].headline,
        "summary": page["result"].line,
        "verdict": page["outcome"].verdict,
        "evidence": page["grade"].code,
        "decision": page["decision"]["decision"],
        "recommended": page["decision"]["recommended"],
        "decided_at": page["decided_at"],
        "metric": seen.metric,
        "target": seen.plan["target"],
        "start": seen.plan["start"],
        "last_day": seen.plan["last_day"],
        "change": {name: reading.get(name) for name in ("baseline_mean", "estimate", "low", "high")},
        "learned": page["decision"]["learned"],
        "next": page["decision"]["next_step"],
        "worth": worth and {
            "sentence": worth.sentence,
            **({"benefit": worth.money.benefit, "cost": worth.money.cost, "roi": worth.money.roi} if worth.money else {}),
        },
        "since": [{"at": one.at, "kind": one.kind, "says": one.words} for one in page["later"]],
        "series": seen.points("series"),
        "comparison_series": seen.points("comparison_series"),
        "sha256": page["outcome"].sha256,
    }  # fmt: skip
    return canonical_json(told).encode()


def snippets(page: Page, address: str) -> dict[str, str]:
    """The summary to paste elsewhere, with the way to the page: as HTML without scripts or styles, and as text."""
    line, more = page["result"].line, _("How we know")
    html = format_html(
        '<blockquote class="outcome"><p>{}</p><p><a href="{}" rel="noopener">{}</a></p></blockquote>', line, address, more
    )  # fmt: skip
    return {"html": str(html), "text": f"{line} {more}: {address}"}
