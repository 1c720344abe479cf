from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import pytest
import time_machine
from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.db import connection, transaction
from django.test import override_settings
from django.test.client import ClientHandler
from django.test.signals import setting_changed, template_rendered
from django.utils.safestring import SafeString
from django_scopes import scope

from tests import door, memory, prepared
from tests.cast import NOW, Bell, Cast, make_cast
from tests.template import Template

if TYPE_CHECKING:
    import pytest_django

    from tests.access.house import House

# What is imported stays, and what tests leave in cycles comes to some 100 MB a process: looking for it takes longer than it is worth,
# and a pause at any moment upsets races. What is never closed is told of at the end.
gc.disable()


#: All that the product brings by itself, before a test brings more.
BROUGHT: Final[set[str]] = set()

# As they are before Django puts its own in their place for tests.
_RENDERING = {kind: kind._render for kind in (template.Template, template.PartialTemplate)}

# Files that take long and mostly wait: for browsers, for workers, for brokers that start.
_FIRST = {
    "test_journey.py",
    "test_faults.py",
    "test_brokers.py",
    "test_phone.py",
    "test_embedded.py",
    "test_pool.py",
    "test_source_faults.py",
    "test_source_http.py",
    "test_source_sql_mysql.py",
    "test_source_sql_postgres.py",
}
# Files that take long and reckon.
_THEN = {
    "test_matrix.py",
    "test_hostile_texts.py",
    "test_demo_story.py",
    "test_foreign.py",
    "test_race_live_server.py",
}


def pytest_collection() -> None:
    """All pages are loaded here; the process that only hands out the tests gathers none, and needs none."""
    import config.urls  # noqa: F401

    BROUGHT.update(sys.modules)


def pytest_configure(config: pytest.Config) -> None:
    """One process of several tells of a test twice, not six times: messages cost both sides more than many a test does."""
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":
            plugin.sendevent = _unless_of_no_use(plugin.sendevent)


def _unless_of_no_use(send: Callable[..., None]) -> Callable[..., None]:
    """That a test begins and ends, and that its set-up and its end went well, changes nothing in what is shown."""

    def send_if_of_use(name: str, **about: Any) -> None:
        report = about.get("data", {})
        went_well = report.get("outcome") == "passed" and report.get("when") != "call"
        if name not in {"logstart", "logfinish"} and not (name == "testreport" and went_well):
            send(name, **about)

    return send_if_of_use


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They begin first, so that the other processes do all else meanwhile; short files come at the end, where one waits for the other."""
    items.sort(key=lambda item: 0 if item.path.name in _FIRST else 1 if item.path.name in _THEN else 2)
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Looked through once: pytest and Python would do it three times more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_test_environment: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[Template]:
    """Only one process at a time makes its database, and only the first walks all the migrations (``tests/template.py``)."""
    with django_db_blocker.unblock(), Template.mine() as template:
        template.use()
        yield template


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: Template,
    django_db_setup: None,
    django_db_keepdb: bool,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> None:
    with django_db_blocker.unblock():
        django_db_modify_db_settings.keep(fresh=not django_db_keepdb)
        memory.count_from_elsewhere()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def scoped(cast: Cast) -> Iterator[Cast]:
    """The cast, within their organisation's scope, as every page's view is."""
    with scope(organisation=cast.organisation):
        yield cast


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """The clock of the whole process stands at the cast's present."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True, scope="session")
def append_only_tables_can_be_reset() -> Iterator[None]:
    """Transactional tests truncate all tables when they end; ``tests/door.py`` says through which door."""
    with door.used_for_resets():
        yield


@pytest.fixture(autouse=True, scope="session")
def statements_stay_prepared() -> Iterator[None]:
    with prepared.kept():
        yield


@pytest.fixture(autouse=True, scope="session")
def clock_that_tests_can_hold() -> Iterator[None]:
    """The host's: nobody can hold the database's."""
    with override_settings(CLOCK_OF_THE_HOST=True):
        yield


@pytest.fixture(autouse=True, scope="session")
def addresses_of_files_are_worked_out_once() -> Iterator[None]:
    """As production's storage does (``config/static_files.py``)."""
    with patch.object(StaticFilesStorage, "url", cache(StaticFilesStorage.url)):
        yield


@pytest.fixture(autouse=True, scope="session")
def middleware_is_loaded_once() -> Iterator[None]:
    """Not for each browser of each test, unless settings changed: one of them listens to errors ever after, and each request
    looks through all who listen."""
    loaded: list[ClientHandler] = []
    load = ClientHandler.load_middleware

    def load_once(handler: ClientHandler) -> None:
        if not loaded:
            load(handler)
            loaded.append(handler)
        own = handler.enforce_csrf_checks
        vars(handler).update(vars(loaded[0]), enforce_csrf_checks=own)

    def forget(**about: object) -> None:
        loaded.clear()

    setting_changed.connect(forget)
    with patch.object(ClientHandler, "load_middleware", load_once):
        yield
    setting_changed.disconnect(forget)


@pytest.fixture(autouse=True, scope="session")
def files_are_kept_apart() -> Iterator[None]:
    """What is made for all processes has the same names in each: one would take away what another is about to read."""
    kept = settings.STORAGES["default"]
    folder = kept["OPTIONS"]["location"] / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    own = {**kept, "OPTIONS": {**kept["OPTIONS"], "location": folder}}
    with override_settings(STORAGES={**settings.STORAGES, "default": own}):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Ordinary Argon2 hashes, made with next to no work: each test makes four people."""
    with override_settings(PASSWORD_HASHERS=["tests.cast.QuickHasher", *settings.PASSWORD_HASHERS[1:]]):
        yield


@pytest.fixture(autouse=True, scope="session")
def contexts_are_not_kept(django_test_environment: None) -> Iterator[None]:
    """Else Django's client has a copy made of the whole context for each field of each form."""
    with ExitStack() as stack:
        for kind, render in _RENDERING.items():
            stack.enter_context(patch.object(kind, "_render", render))
        yield


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Responses know what their pages and forms were given, for whoever asks for ``response.context``."""

    def noted(page: template.Template, context: template.Context) -> SafeString:
        if (
            isinstance(context, template.RequestContext) or "form" in context
        ):  # not what each of its fields is given
            template_rendered.send(sender=page, template=page, context=context)
        return page.nodelist.render(context)

    for kind in _RENDERING:
        monkeypatch.setattr(kind, "_render", noted)


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    """What workers were rung for; nothing reaches a broker."""
    bell = Bell()
    monkeypatch.setattr("celery.Celery.send_task", bell.ring)
    monkeypatch.setattr("accounts.models.job.bells_waiting", lambda: bell.waiting)
    return bell


@pytest.fixture(scope="module")
def every_route() -> Iterator[None]:
    """Those of a demonstration too. For a whole module, because other routes are compiled anew."""
    from tests.access import matrix

    with override_settings(ROOT_URLCONF=matrix.urls_of_a_demonstration()):
        yield


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[House]:
    """Two furnished organisations, made once for all tests of a module, which are marked ``django_db``: each puts back
    what it changes."""
    from tests.access.house import make_house

    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        house = make_house()
        connection.check_constraints()  # once, else each test's end looks at all rows of the house again
        yield house
        transaction.set_rollback(True)
