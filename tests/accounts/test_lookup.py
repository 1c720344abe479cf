"""A lookup finds what a query set finds, by SQL that is made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import cast as typed

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from accounts.lookup import Lookup
from accounts.models import Event, Membership, Organisation, Person
from accounts.tenancy import MemberRequest
from pilots.models import Pilot
from pilots.views.shared import get_pilot
from tests.cast import NOW, Cast, make_cast, make_pilot

pytestmark = pytest.mark.django_db

MEMBERSHIP = Lookup(
    lambda: Membership.objects.select_related("organisation"), person=1, organisation__slug=""
)


def test_the_row_has_every_column_and_so_has_the_one_it_points_to(cast: Cast) -> None:
    found = MEMBERSHIP.get(cast.manager.pk, cast.organisation.slug)
    assert found
    wanted = Membership.objects.select_related("organisation").get(person=cast.manager)
    with CaptureQueriesContext(connection) as asked:
        assert _columns(found) == _columns(wanted)
        assert _columns(found.organisation) == _columns(wanted.organisation)
    assert list(asked) == []


def test_what_was_found_can_be_changed_and_saved(cast: Cast) -> None:
    found = Lookup(Person.objects.all, pk=1).get(cast.manager.pk)
    assert found
    found.name = "Mia L."
    found.save()
    assert Person.objects.get(pk=cast.manager.pk).name == "Mia L."


@pytest.mark.parametrize("slug", ["nobody-is-here", "", "'; drop table x;--"])
def test_what_is_not_there_is_none(cast: Cast, slug: str) -> None:
    assert MEMBERSHIP.get(cast.manager.pk, slug) is None


def test_all_conditions_hold(cast: Cast) -> None:
    stranger = Person.objects.create_user("s@elsewhere.example", name="A stranger")
    assert MEMBERSHIP.get(stranger.pk, cast.organisation.slug) is None
    assert MEMBERSHIP.get(cast.manager.pk, cast.organisation.slug)


def test_all_of_them_are_those_that_a_query_set_finds(cast: Cast) -> None:
    members = Lookup(
        lambda: Membership.objects.select_related("person").order_by("-pk").defer("joined_at"),
        person__among=[1],
    )
    people = [cast.manager.pk, cast.viewer.pk, cast.viewer.pk + 1000]
    wanted = Membership.objects.filter(person__in=people).select_related("person").order_by("-pk")
    assert members.all(people) == list(wanted)
    assert [_columns(found.person) for found in members.all(people)] == [
        _columns(one.person) for one in wanted
    ]
    assert members.all([]) == []


def test_of_several_it_is_the_first_in_their_order(cast: Cast) -> None:
    newest = Lookup(lambda: Event.objects.order_by("-number"), chain=1)
    assert newest.get(cast.organisation.chain.pk) == cast.organisation.chain.events.latest("number")


def test_its_sql_is_made_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = Lookup(Organisation.objects.all, slug="")
    assert lookup.get(cast.organisation.slug) == cast.organisation
    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.as_sql", None)
    assert lookup.get(cast.organisation.slug) == cast.organisation


def test_values_are_read_as_a_query_set_reads_them(cast: Cast) -> None:
    wanted = Event.objects.latest("pk")
    found = Lookup(Event.objects.all, pk=1).get(wanted.pk)
    assert found
    assert isinstance(found.facts, dict)
    assert _columns(found) == _columns(wanted)


def test_what_is_counted_with_it_is_there_and_what_is_missing_is_known_to_be(cast: Cast) -> None:
    def rows() -> QuerySet[Person]:
        members = Membership.objects.filter(person=OuterRef("pk"), role="manager").values("joined_at")
        return Person.objects.annotate(manages_since=Subquery(members))

    lookup = Lookup(rows, pk=1)
    manager, viewer = lookup.get(cast.manager.pk), lookup.get(cast.viewer.pk)
    assert manager
    assert manager.manages_since == NOW  # type: ignore[attr-defined]
    assert viewer
    assert viewer.manages_since is None  # type: ignore[attr-defined]


def test_a_pilot_knows_what_it_has_not_without_asking(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    request = typed(MemberRequest, SimpleNamespace(organisation=scoped.organisation))
    found = get_pilot(request, pilot.pk)
    with CaptureQueriesContext(connection) as asked:
        assert found.launch.pk == pilot.launch.pk
        assert not found.has("stop")
        assert not found.has("outcome")
        assert found.metric
        assert found.metric.source.settings == pilot.metric.source.settings  # type: ignore[union-attr]
    assert [query["sql"] for query in asked if "pilots_pilot" in query["sql"]] == []


def test_it_is_not_bound_to_the_organisation_that_asked_first(scoped: Cast) -> None:
    lookup, ours = Lookup(Pilot.objects.all, pk=1), make_pilot(scoped)
    assert lookup.get(ours.pk) == ours
    others = make_cast("elsewhere")
    with scope(organisation=others.organisation):
        theirs = make_pilot(others)
        assert lookup.get(theirs.pk) == theirs


def test_a_condition_that_is_not_last_is_refused(cast: Cast) -> None:
    with pytest.raises(FieldError, match="in their order"):
        Lookup(lambda: Person.objects.exclude(name="?"), pk__in=[1, 2]).get(1)


# --- who calls ----------------------------------------------------------------------------------------


def test_a_session_that_is_over_lets_nobody_in(cast: Cast) -> None:
    browser = _signed_in(cast)
    assert browser.get("/northwind/").status_code == 200
    Session.objects.update(expire_date=NOW - timedelta(days=365))
    assert browser.get("/northwind/")["Location"].startswith("/accounts/login/")


def test_who_may_sign_in_no_more_is_out_at_once(cast: Cast) -> None:
    browser = _signed_in(cast)
    Person.objects.filter(pk=cast.manager.pk).update(is_active=False)
    assert browser.get("/northwind/")["Location"].startswith("/accounts/login/")


def test_a_changed_password_ends_other_sessions(cast: Cast) -> None:
    browser = _signed_in(cast)
    cast.manager.set_password("quite another sentence")
    cast.manager.save()
    assert browser.get("/northwind/")["Location"].startswith("/accounts/login/")


def test_who_calls_takes_three_questions(cast: Cast) -> None:
    """Of the session, of the person, of their place in the organisation."""
    browser = _signed_in(cast)
    with CaptureQueriesContext(connection) as asked:
        assert browser.post("/northwind/").status_code == 405
    tables = [query["sql"].split(" FROM ")[1].split()[0].strip('"') for query in asked]
    assert tables == ["django_session", "accounts_person", "accounts_membership"]


@pytest.fixture
def kept_connection(transactional_db: None) -> Iterator[None]:
    """Young, so that it is not closed for its age; and a broken one is left to no other test."""
    connection.close()
    connection.connect()
    yield
    connection.close()


def test_a_connection_that_broke_while_it_was_idle_is_made_anew(cast: Cast, kept_connection: None) -> None:
    browser, before = _signed_in(cast), _backend()
    connection.close_if_unusable_or_obsolete()  # as between two requests
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [before])
    assert browser.get("/northwind/").status_code == 200
    assert _backend() != before


def test_a_page_asks_first_what_it_needs_and_not_whether_it_may_ask(
    cast: Cast, kept_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = _signed_in(cast)
    connection.close_if_unusable_or_obsolete()
    monkeypatch.setattr(connection, "is_usable", lambda: pytest.fail("asked"))
    assert browser.get("/northwind/").status_code == 200


def _backend() -> int:
    assert connection.connection
    pid: int = connection.connection.info.backend_pid
    return pid


def _signed_in(cast: Cast) -> Client:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(cast.manager)
    return browser


def _columns(row: Membership | Organisation | Person) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
