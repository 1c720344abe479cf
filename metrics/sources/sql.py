"""A query, put to a database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import tzinfo
from importlib import import_module
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import sql_faults, sql_network, sql_place, sql_query
from .base import Ask, SourceError
from .cells import Table
from .key_fields import secret_field
from .mapping import ColumnMapping
from .mapping_form import MappingForm
from .source_kind import SourceKind
from .sql_limits import Allowance
from .sql_place import Place
from .sql_query import Query
from .sql_rows import Result, spooled

PILOT, COMPARISON = "pilot", "comparison"
_DATABASES = [
    (sql_place.POSTGRESQL, "PostgreSQL"),
    (sql_place.MYSQL, "MySQL / MariaDB"),
    (sql_place.MSSQL, "SQL Server"),
    (sql_place.SNOWFLAKE, "Snowflake"),
    (sql_place.BIGQUERY, "BigQuery"),
    (sql_place.REDSHIFT, "Redshift"),
    (sql_place.SQLITE, gettext_lazy("SQLite file in the shared folder")),
]
# Which of the files beside this one asks: a driver is imported when somebody needs it.
_ASKED_BY = {
    sql_place.POSTGRESQL: "sql_postgres",
    sql_place.MYSQL: "sql_mysql",
    sql_place.SQLITE: "sql_sqlite",
}


class SqlForm(MappingForm):
    secret_fields: ClassVar[tuple[str, ...]] = ("password", "database_url")
    seldom: ClassVar[tuple[str, ...]] = (
        "comparison_query",
        "database_url",
        "tls",
        "authorities",
        *MappingForm.seldom,
    )

    database_kind = forms.ChoiceField(label=gettext_lazy("Kind of database"), choices=_DATABASES)
    host = forms.CharField(
        label=gettext_lazy("Host"),
        required=False,
        max_length=253,
        help_text=gettext_lazy("As in “db.example.com”; for Snowflake the name of the account."),
    )
    port = forms.IntegerField(
        label=gettext_lazy("Port"),
        required=False,
        min_value=1,
        max_value=65535,
        help_text=gettext_lazy("Empty is the usual one."),
    )
    database = forms.CharField(
        label=gettext_lazy("Database"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "Its name; for BigQuery the project, as in “project/dataset”; for SQLite the file, as in “sales/2026.sqlite”."
        ),
    )
    user = forms.CharField(
        label=gettext_lazy("User"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("One that can only read. Whoever looks after the database can make it."),
    )
    password = secret_field(
        gettext_lazy("Password"),
        gettext_lazy(
            "Kept encrypted and never shown again. Empty keeps the one that is stored. "
            "For BigQuery the key file (JSON) of a service account."
        ),
        longest=8000,
    )
    query = forms.CharField(
        label=gettext_lazy("Query"),
        max_length=sql_query.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One query (SELECT) whose columns you name below. "
            "Where it says :since and :until, we put the first day and the day after the last."
        ),
    )
    comparison_query = forms.CharField(
        label=gettext_lazy("Query for the comparison group"),
        required=False,
        max_length=sql_query.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "If one query gives the pilot group and another the comparison group, with the same columns."
        ),
    )
    database_url = forms.CharField(
        label=gettext_lazy("Or all in one address (URL)"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "As in “postgresql://user:password@host:5432/name”, instead of host, port, database, user and password. "
            "Kept encrypted and never shown again. Empty keeps the one that is stored."
        ),
    )
    tls = forms.ChoiceField(
        label=gettext_lazy("Encryption"),
        required=False,
        initial=sql_place.VERIFY,
        choices=[
            (sql_place.VERIFY, gettext_lazy("Encrypted, and the certificate is checked")),
            (sql_place.ENCRYPT, gettext_lazy("Encrypted, without checking who answers")),
            (sql_place.OPEN, gettext_lazy("Not encrypted (only for systems inside)")),
        ],
    )
    authorities = forms.CharField(
        label=gettext_lazy("Certificate of your own authority"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Only if the certificate of the database is vouched for by your company or cloud."
        ),
    )
    field_order = (
        "database_kind",
        "host",
        "port",
        "database",
        "user",
        "password",
        "query",
        "comparison_query",
    )

    def clean_authorities(self) -> str:
        return self._checked("authorities", sql_network.check_authorities)

    def clean_database_url(self) -> str:
        return self._checked("database_url", sql_place.parse_url)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("database_kind")
        for name in ("query", "comparison_query"):
            if kind and data.get(name):
                try:
                    sql_query.parse(data[name], kind)
                except SourceError as error:
                    self._error(name, error.message)
        if data.get("database_url") and (data.get("host") or data.get("database")):
            self._error("database_url", _("Please fill in either this or host and database."))
        return data

    def secrets(self) -> dict[str, str]:
        """A password goes to the server and the user for whom it was typed, and to no other."""
        typed = super().secrets()
        if "password" in typed:
            typed["password_for"] = sql_place.signature(self.settings())
        return typed

    def _checked(self, name: str, check: Callable[[str], object]) -> str:
        text = str(self.cleaned_data[name])
        try:
            if text:
                check(text)
        except SourceError as error:
            raise forms.ValidationError(error.message) from None
        return text


class SqlKind(SourceKind):
    name = "sql"
    label = gettext_lazy("Database (SQL)")
    description = gettext_lazy(
        "A query that a database answers, such as your CRM’s or your data warehouse’s."
    )
    form_class = SqlForm

    def takes_period(self, settings: Mapping[str, Any]) -> bool:
        return sql_query.asks_for_days(str(settings.get("query", "")))

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        place = sql_place.from_settings(ask.settings, ask.secrets)
        allowance = Allowance()
        with ExitStack() as stack:
            tables = []
            for group, query in _queries(ask, place.kind):
                tables.append(stack.enter_context(_table(place, query, ask, allowance, group)))
            yield tables


def _queries(ask: Ask, database_kind: str) -> Iterator[tuple[str, Query]]:
    values = sql_query.bounds(ask)
    comparison = str(ask.settings.get("comparison_query", ""))
    yield (
        PILOT if comparison else "",
        sql_query.parse(str(ask.settings.get("query", "")), database_kind, values),
    )
    if comparison:
        yield COMPARISON, sql_query.parse(comparison, database_kind, values)


@contextmanager
def _table(place: Place, query: Query, ask: Ask, allowance: Allowance, group: str) -> Iterator[Table]:
    """The connection is closed before the first row is looked at: each query has one of its own."""
    wanted = ColumnMapping.from_ask(ask).columns()
    with ExitStack() as kept:
        with _asked(place, query, ask.zone, allowance) as result:
            table = kept.enter_context(
                spooled(result, wanted=wanted, zone=ask.zone, allowance=allowance, group=group)
            )
        yield table


@contextmanager
def _asked(place: Place, query: Query, zone: tzinfo, allowance: Allowance) -> Iterator[Result]:
    try:
        module = import_module(f".{_ASKED_BY.get(place.kind, 'sql_warehouse')}", __package__)
    except ModuleNotFoundError:
        raise sql_faults.no_driver("MySQL", sql_place.MYSQL) from None
    ask: Callable[..., AbstractContextManager[Result]] = module.ask
    try:
        with ask(place, query, zone, allowance) as result:
            yield result
    except SourceError:
        raise
    except Exception:  # noqa: BLE001 - drivers raise what they like; not chained, for their words may hold secrets
        raise sql_faults.broke_off() from None
