"""A Learning Record Store: the statements of the Experience API, counted per day.

How much people learn is no business result, so this only ever supports one: nothing that comes from here can be the
metric of a pilot.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx2
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses, credentials, http, json_rows
from .base import Ask, SourceError
from .cells import Row, Table
from .days import moment_of
from .key_fields import check_url, secret_field
from .paging import MAX_PAGES
from .placeholders import MOST_DAYS, Days
from .source_kind import SourceKind

STATEMENTS, PEOPLE = "statements", "people"
VERSION = "1.0.3"
_PAGE = 500
# A phone without a network hands in its statements later. Those that come later still are not looked for.
_LATE = timedelta(days=30)
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid")
# The columns of the table that is made here, so that it is read like any other.
_MAPPING = {"rows": "series", "date_column": "date", "value_column": "count"}


class XapiForm(forms.Form):
    secret_fields: ClassVar[tuple[str, ...]] = ("password",)

    url = forms.CharField(
        label=gettext_lazy("Address of the Learning Record Store"),
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("Its xAPI endpoint, as in “https://lrs.example/xapi/”."),
    )
    username = forms.CharField(
        label=gettext_lazy("User name or key"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = secret_field(gettext_lazy("Password or secret"))
    verb = forms.CharField(
        label=gettext_lazy("Only this verb"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "Its address, as in “http://adlnet.gov/expapi/verbs/completed”. Empty counts all."
        ),
    )
    activity = forms.CharField(
        label=gettext_lazy("Only this activity"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "The address by which the store knows the course or the tool. Empty counts all."
        ),
    )
    count = forms.ChoiceField(
        label=gettext_lazy("What is counted"),
        choices=[
            (STATEMENTS, gettext_lazy("How often it was done, per day")),
            (PEOPLE, gettext_lazy("How many people did it, per day")),
        ],
        initial=STATEMENTS,
    )
    related = forms.BooleanField(
        label=gettext_lazy("Also what belongs to the activity, such as the parts of a course"), required=False
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("Days that are asked for"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Up to yesterday, at each pull. Empty means 182."),
    )
    field_order = ("url", "username", "password", "verb", "activity", "count", "related", "window_days")

    def clean_url(self) -> str:
        check_url(str(self.cleaned_data["url"]))
        return str(self.cleaned_data["url"])

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if ":" in name or not name.isprintable():
            raise forms.ValidationError(_("A user name has no colon and no line breaks."))
        return name

    def clean_password(self) -> str:
        if not str(self.cleaned_data["password"]).isprintable():
            raise forms.ValidationError(_("A password has no line breaks."))
        return str(self.cleaned_data["password"])

    def clean_verb(self) -> str:
        return self._checked_name("verb")

    def clean_activity(self) -> str:
        return self._checked_name("activity")

    def _checked_name(self, name: str) -> str:
        said = str(self.cleaned_data[name])
        scheme, colon, rest = said.partition(":")
        if said and not (colon and rest and scheme.isascii() and scheme.isalpha() and said.isprintable()):
            raise forms.ValidationError(
                _("This is an address, as in “http://adlnet.gov/expapi/verbs/completed”.")
            )
        return said

    def settings(self) -> dict[str, Any]:
        given = {
            k: v for k, v in self.cleaned_data.items() if k not in self.secret_fields and v not in ("", None)
        }
        return {**given, **_MAPPING}

    def secrets(self) -> dict[str, str]:
        return {k: self.cleaned_data[k] for k in self.secret_fields if self.cleaned_data.get(k)}


class XapiKind(SourceKind):
    name = "xapi"
    label = gettext_lazy("Learning Record Store (xAPI)")
    description = gettext_lazy(
        "What people did in learning, counted per day. It shows how much a tool is used, as a supporting signal; "
        "it can never be the metric of a pilot."
    )
    form_class = XapiForm
    signal_only = True

    def takes_period(self, settings: Mapping[str, Any]) -> bool:
        return True

    def keys_are_for(self, settings: Mapping[str, Any]) -> str:
        return addresses.origins(settings.get("url"))

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        yield [_Statements(ask, Days.of(ask)).read()]


@dataclass(slots=True)
class _Statements:
    ask: Ask
    days: Days
    statements: Counter[date] = field(default_factory=Counter)
    people: dict[date, set[str]] = field(default_factory=dict)
    unreadable: int = 0

    def read(self) -> Table:
        url, seen = self._first(), set[str]()
        visit = http.Visit(http.Limits(seconds=45.0))
        keys = {
            "Authorization": credentials.basic(
                str(self.ask.settings.get("username", "")), self.ask.secrets.get("password", "")
            ),
            "X-Experience-API-Version": VERSION,
        }
        origin = addresses.target(url).origin
        while url:
            if url in seen:
                raise SourceError(
                    _("The pages lead in a circle. Please tell those who look after the store.")
                )
            if len(seen) == MAX_PAGES:
                raise SourceError(
                    _("There are more than %(pages)s pages. Please ask for fewer days, or for one activity.")
                    % {"pages": MAX_PAGES},
                    field="window_days",
                )
            seen.add(url)
            if addresses.target(url).origin != origin:
                raise SourceError(
                    _(
                        "The next page lies at another address than the first, and a key is for the address it was given for."
                    )
                )
            answer = visit.ask(url, keys=keys)
            said = json_rows.decode(answer.body, answer.content_type)
            if not isinstance(said, dict) or not isinstance(said.get("statements"), list):
                raise _no_store()
            for statement in said["statements"]:
                self._count(statement)
            more = said.get("more") or ""
            if not isinstance(more, str):
                raise _no_store()
            url = http.joined(answer.url, more) if more else ""
        return self._table()

    def _first(self) -> str:
        settings = self.ask.settings
        # The store compares with the moment at which a statement was handed in, and leaves out the moment itself.
        since = self.days.start_of(self.days.since) - timedelta(seconds=1)
        wanted = {"limit": str(_PAGE), "since": _moment(since)}
        until = self.days.start_of(self.days.until) + _LATE
        if until < self.days.start_of(self.days.today):
            wanted["until"] = _moment(until)
        wanted |= {name: str(settings[name]) for name in ("verb", "activity") if settings.get(name)}
        if settings.get("related") and settings.get("activity"):
            wanted["related_activities"] = "true"
        base = addresses.target(str(settings.get("url") or "")).url
        path = base.path.rstrip("/")
        path = path if path.endswith("/statements") else path + "/statements"
        return str(httpx2.URL(str(base)).copy_with(path=path, query=urlencode(wanted).encode()))

    def _count(self, statement: Any) -> None:
        moment = _timestamp(statement)
        if moment is None:
            self.unreadable += 1
            return
        day = moment.astimezone(self.days.zone).date()
        # Today is not over, and a day before the period was asked for only in part.
        if self.days.since <= day < min(self.days.until, self.days.today):
            self.statements[day] += 1
            self.people.setdefault(day, set()).add(_actor(statement.get("actor")))

    def _table(self) -> Table:
        if not self.statements:
            raise SourceError(_("The store answered, but with no such statement yet."), retry=True)
        first, end = min(self.statements), min(self.days.until, self.days.today)
        count = self.people if self.ask.settings.get("count") == PEOPLE else None

        def rows() -> Iterator[Row]:
            """From the first day with a statement on, a day without one is a day on which nothing was done."""
            for number in range((end - first).days):
                day = first + timedelta(days=number)
                yield (
                    number + 1,
                    (day, len(count.get(day, ())) if count is not None else self.statements[day]),
                )

        understood = [_("Statements counted: %(count)s") % {"count": self.statements.total()}]
        if self.unreadable:
            understood.append(
                _("Statements without a time, left out: %(count)s") % {"count": self.unreadable}
            )
        return Table(("date", "count"), rows, tuple(understood))


def _no_store() -> SourceError:
    return SourceError(
        _("What answers there is no Learning Record Store. Please check the address of its xAPI endpoint."),
        field="url",
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _timestamp(statement: Any) -> datetime | None:
    """When it happened. A time without an offset is read as UTC, as the specification recommends."""
    said = statement.get("timestamp") or statement.get("stored") if isinstance(statement, dict) else None
    try:
        moment = moment_of(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _actor(actor: Any) -> str:
    """What tells one person from another. It is compared here and kept nowhere."""
    if not isinstance(actor, Mapping):
        return ""
    for name in _IDENTIFIERS:
        if actor.get(name):
            return f"{name} {actor[name]}".casefold()
    return f"account {actor.get('account')}"
