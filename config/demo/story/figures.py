"""The metrics of the demonstration and where each one's figures come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.files.base import File

from accounts.models import Job, Organisation, Person
from config.demo import flights, series
from config.demo.memory import Memory, folder, write
from config.demo.series import Row
from config.demo.story.people import moment
from metrics.models import Metric, Source

GENERATED: Final = "Generated for the demonstration."
REAL: Final = "Real data: New York, 2013, dates shifted to today."
FEED: Final = "/demo/feed/{}.json"
EXPORTED: Final = timedelta(weeks=5)  # before the anchor's Monday, when the uploaded file was exported
SHARE: Final[dict[str, Any]] = {"kind": "proportion", "unit": "%", "per": 100.0}


@dataclass(frozen=True)
class Figure:
    """A metric, and the settings of its source. ``made`` names its generated series, if it is one."""

    name: str
    meaning: str
    metric: dict[str, Any]
    columns: dict[str, Any]
    made: str = ""
    kind: str = "folder"
    rows: Callable[[date, date], Sequence[Row]] | None = None
    file: str = ""
    schedule: str = "daily"
    owner: str = "Mia"
    hour: int = field(default=6)

    def table(self, anchor: date, until: date) -> Sequence[Row]:
        return self.rows(anchor, until) if self.rows else series.rows(self.made, anchor, until)

    @property
    def path(self) -> str:
        return self.file or f"{self.made}.csv"

    @property
    def settings(self) -> dict[str, Any]:
        if self.kind in {"push", "typed"}:
            return {}
        told = {"rows": "series", "date_column": "date", **self.columns}
        if self.kind == "folder":
            return {"path": self.path, **told}
        if self.kind == "http_json":
            return {"url": settings.BASE_URL + FEED.format(self.made), "rows_at": "records", **told}
        return told


def _counts(made: str, *, group: bool = False) -> dict[str, Any]:
    top, bottom = series.MADE[made].columns
    return {"numerator_column": top, "denominator_column": bottom} | (
        {"group_column": "team"} if group else {}
    )


def _metric(
    category: str, direction: str, decimals: int = 1, cadence: str = "daily", **kind: Any
) -> dict[str, Any]:
    return {"category": category, "direction": direction, "decimals": decimals, "cadence": cadence, **kind}


FIGURES: Final = {
    "win-rate": Figure(
        "Win rate", f"Deals won, of all deals closed in the week, from the CRM. {GENERATED}",
        _metric("sales", "higher", cadence="weekly", **SHARE), _counts("win-rate", group=True), made="win-rate",
    ),
    "first-contact": Figure(
        "First-contact resolution",
        f"Calls after which the customer did not ring again within 7 days, of all calls. {GENERATED}",
        _metric("service", "higher", **SHARE), _counts("first-contact", group=True), made="first-contact",
    ),
    "incidents": Figure(
        "Incident rate", f"Incidents in the first-aid book, per 1,000 hours worked, all warehouses. {GENERATED}",
        _metric("operations", "lower", kind="rate", unit="per 1,000 hours", per=1000.0), _counts("incidents"),
        made="incidents", kind="http_json", schedule="hourly",
    ),
    "productive": Figure(
        "On their own by day 30",
        f"New carers who do a full round alone by day 30, of those who reached day 30 in the week. {GENERATED}",
        _metric("people", "higher", cadence="weekly", **SHARE), _counts("productive"), made="productive",
    ),
    "service-minutes": Figure(
        "Handling time", f"Minutes from taking a service case to closing it, mean of the day. {GENERATED}",
        _metric("service", "lower", kind="mean", unit="min"), {"value_column": "minutes"}, made="service-minutes",
    ),
    "picking": Figure(
        "Orders picked without error", f"Orders that left the picking line complete and right. {GENERATED}",
        _metric("operations", "higher", **SHARE), _counts("picking"), made="picking", owner="Tomasz",
    ),
    "invoices": Figure(
        "Invoices sent back", f"Supplier invoices that came back for correction, of all booked. {GENERATED}",
        _metric("finance", "lower", **SHARE), _counts("invoices"), made="invoices",
    ),
    "reopened": Figure(
        "Complaints reopened", f"Complaints that came back within 14 days, of all closed. {GENERATED}",
        _metric("service", "lower", **SHARE), _counts("reopened"), made="reopened",
    ),
    "same-day": Figure(
        "Quotes on the same day", f"Requests for spare parts that were quoted the day they came, of all. {GENERATED}",
        _metric("sales", "higher", **SHARE), _counts("same-day"), made="same-day", owner="Tomasz",
    ),
    "order-value": Figure(
        "Average receipt", f"Takings by receipts, garden-centre tills, from the till export. {GENERATED}",
        _metric("sales", "higher", decimals=2, kind="mean", unit="€"), {"value_column": "euros"},
        made="order-value", kind="file", file="till-export.csv", owner="Tomasz",
    ),
    "corrections": Figure(
        "Bookings corrected", f"Bookings that were corrected after month end, of all. {GENERATED}",
        _metric("finance", "lower", **SHARE), _counts("corrections"), made="corrections",
    ),
    "survey-orders": Figure(
        "Surveys that become orders", f"Heat-pump surveys of the week that led to an order, from the order book. {GENERATED}",
        _metric("sales", "higher", cadence="weekly", **SHARE), _counts("survey-orders"), made="survey-orders",
    ),
    "damages": Figure(
        "Damage to vans", f"Damages that the insurer counts, per 100,000 km. {GENERATED}",
        _metric("operations", "lower", kind="rate", unit="per 100,000 km", per=100_000.0), _counts("damages"), made="damages", owner="Tomasz",
    ),
    "second-day": Figure(
        "Temps back on day two", f"Temps who came back for their second shift, of those who began in the week. {GENERATED}",
        _metric("people", "higher", cadence="weekly", **SHARE), _counts("second-day"), made="second-day", owner="Tomasz",
    ),
    "findings": Figure(
        "Files with a finding", f"Client files in which the first check found something, of the sample. {GENERATED}",
        _metric("compliance", "lower", **SHARE), _counts("findings"), made="findings",
    ),
    "builds": Figure(
        "Changes that break the build", f"Changes whose first build fails, of all, from the build server. {GENERATED}",
        _metric("product", "lower", **SHARE), _counts("builds"), made="builds", owner="Tomasz",
    ),
    "first-reply": Figure(
        "First reply to a ticket", f"Minutes until a ticket is first answered, mean of the day. Pushed each night. {GENERATED}",
        _metric("service", "lower", kind="mean", unit="min"), {}, made="first-reply", kind="push", owner="Tomasz",
    ),
    "vendor-cost": Figure(
        "Spent on outside trainers", f"Invoices of the week, added up from the letters and typed in. {GENERATED}",
        _metric("finance", "lower", decimals=0, cadence="weekly", kind="total", unit="€"), {}, made="vendor-cost", kind="typed",
    ),
    "jetblue": Figure(
        "Late departures at JetBlue", f"Departures more than 15 minutes late, counted one by one. {REAL}",
        _metric("operations", "lower", **SHARE),
        {"rows": "events", "outcome_column": "minutes_late", "outcome": "at_least", "threshold": 16.0},
        rows=flights.jetblue, file="jetblue-departures.csv", owner="Tomasz",
    ),
    "carriers": Figure(
        "Late departures by carrier",
        f"Departures more than 15 minutes late, of all departures. For a pilot of your own. {REAL}",
        _metric("operations", "lower", **SHARE),
        {"numerator_column": "late", "denominator_column": "departures", "group_column": "carrier"},
        rows=flights.by_carrier, file="departures-by-carrier.csv",
    ),
}  # fmt: skip


def publish(anchor: date, today: date) -> set[str]:
    """Have the shared folder's files say all that is known by yesterday; the keys of those that changed."""
    return {
        key
        for key, figure in FIGURES.items()
        if figure.kind == "folder"
        and write(folder() / figure.path, series.as_csv(figure.table(anchor, today)))
    }


def connect(organisation: Organisation, people: dict[str, Person], memory: Memory, now: datetime) -> None:
    """Define the metrics, and connect those that are not connected, or whose address is another by now."""
    begun = moment(series.monday(memory.anchor) - timedelta(weeks=46), 10)
    known = list(Metric.objects.select_related("source", "organisation"))
    for number, (key, figure) in enumerate(FIGURES.items()):
        owner, at = people[figure.owner], begun + timedelta(hours=number)
        metric = _metric_of(key, memory, known) or Metric.objects.define(
            organisation, by=owner, at=at, name=figure.name, meaning=figure.meaning, **figure.metric
        )
        memory.metrics[key] = metric.pk
        if not hasattr(metric, "source"):
            _connect(figure, metric, owner, memory.anchor, at + timedelta(minutes=10))
        elif _moved(figure, metric.source):
            _connect(figure, metric, owner, memory.anchor, now)
    memory.keep()


def pull_anew(keys: Iterable[str], memory: Memory, people: dict[str, Person], now: datetime) -> None:
    """Ask for a pull of those whose files have just grown."""
    metrics = [memory.metrics[key] for key in keys]
    for source in Source.objects.filter(metric__in=metrics, kind="folder").select_related(
        "metric__organisation"
    ):
        source.pull_now(by=people["Mia"], at=now)


def owed(now: datetime) -> list[Source]:
    """The sources that the worker has yet to come to, for whatever reason."""
    due = Job.objects.filter(kind=Job.Kind.PULL, due_at__lte=now).values("subject")
    return list(Source.objects.filter(pk__in=due).select_related("metric"))


def _metric_of(key: str, memory: Memory, known: Sequence[Metric]) -> Metric | None:
    """The one that is remembered, else the one of that name: whoever was ended in the middle may have forgotten it."""
    remembered = (metric for metric in known if metric.pk == memory.metrics.get(key))
    named = (metric for metric in known if metric.name == FIGURES[key].name)
    return next(remembered, None) or next(named, None)


def _moved(figure: Figure, source: Source) -> bool:
    """Whether the feed was connected when the demonstration had another address."""
    address = source.settings.get("url", "")
    return (
        source.kind == "http_json"
        and address.endswith(FEED.format(figure.made))
        and address != figure.settings["url"]
    )


def _connect(figure: Figure, metric: Metric, owner: Person, anchor: date, at: datetime) -> None:
    upload = None
    if figure.kind == "file":
        exported = series.as_csv(figure.table(anchor, series.monday(anchor) - EXPORTED))
        upload = File(BytesIO(exported.encode()), name=figure.path)
    Source.objects.connect(
        metric, figure.kind, settings=figure.settings, by=owner, at=at, upload=upload,
        schedule=figure.schedule, at_hour=figure.hour,
    )  # fmt: skip
