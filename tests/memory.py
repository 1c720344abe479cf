"""What makers have made, kept as rows: the verbs behind it are walked once a process, not once a test.

The first time a maker is asked for something it makes it, and what that added to the database is written down; from
then on those rows are put back, with the ids that they had. Ids come from sequences, which a
rollback does not turn back, so that nothing made later has one of them.

What many files of tests ask for is made by one of the processes of a run, for all. Its ids are below those that any process
gives: what a test makes after it is put back is newer by its id, too.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import FileField, Model

from config.environment import VAR_DIR
from tests import door
from tests.template import alone

# Table → primary key → the row as SQL.
type Rows = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Kept:
    script: str
    made: bytes
    files: dict[str, bytes]  # which each process keeps apart, and a test may take away


_kept: Final[dict[Hashable, Kept]] = {}
_for_good: Final[list[bool]] = []
_STRETCH: Final = 10_000  # more than the house has rows of one kind
_COUNT_ON_FROM: Final = "SELECT setval(oid::regclass, %s) FROM pg_class WHERE relkind = 'S'"
_RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")  # empty where one process runs alone


def remembered[T](key: Hashable, make: Callable[[], T], *, by_all: bool = False) -> tuple[T, bool]:
    """What ``make`` makes, and whether it was put back from memory: with ``by_all``, from that of any process of this run.

    The same key must mean the same state of the database before. Outside a transaction nothing is put back, because
    there, what a commit sets off belongs to what is tested; races say otherwise (``put_back_for_good``).
    """
    if not connection.in_atomic_block:
        if not _for_good:
            return make(), False
        key = ("for good", key)
    with _shelf(key) if by_all and _RUN and key not in _kept else nullcontext() as shelf:
        if shelf and shelf.exists():
            _kept[key] = pickle.loads(shelf.read_bytes())
        if kept := _kept.get(key):
            with connection.cursor() as cursor:
                cursor.execute(kept.script)
            for name in kept.files:
                if not default_storage.exists(name):
                    default_storage.save(name, ContentFile(kept.files[name]))
            return pickle.loads(kept.made), True
        before = _rows()
        with _ids_of_the_stock() if shelf else nullcontext():
            made = make()
        _kept[key] = Kept(_difference(before, _rows()), pickle.dumps(made), _files() if by_all else {})
        if shelf:
            shelf.write_bytes(pickle.dumps(_kept[key]))
        return made, False


@contextmanager
def _shelf(key: Hashable) -> Iterator[Path]:
    """The file of what all keep under a key and what happened before, for one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ',' ORDER BY id) FROM accounts_chain c")
        happened = cursor.fetchone()
    folder = VAR_DIR / "stock"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*"):
        if not old.name.startswith(_RUN):
            old.unlink(missing_ok=True)
    file = folder / f"{_RUN}-{hashlib.sha256(repr((key, happened)).encode()).hexdigest()[:16]}"
    with alone(f"stock/{file.name}.lock"):
        yield file


@contextmanager
def _ids_of_the_stock() -> Iterator[None]:
    """Meanwhile ids come from a stretch of their own, behind that of whatever was made for all before."""
    with alone(f"stock/{_RUN}-count") as count:
        number = int(os.pread(count, 20, 0) or b"0") + 1
        os.pwrite(count, str(number).encode(), 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid, pg_sequence_last_value(oid) FROM pg_class WHERE relkind = 'S'")
        before = cursor.fetchall()
        cursor.execute(_COUNT_ON_FROM, [number * _STRETCH])
    yield
    with connection.cursor() as cursor:
        cursor.executemany("SELECT setval(%s::regclass, %s)", before)


def count_from_elsewhere() -> None:
    """Each process of a run has ids of its own, above those of the stock, so that all can be put beside one another."""
    if _RUN:
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) + 1
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_ON_FROM, [number * 2_000 * _STRETCH])


@contextmanager
def put_back_for_good() -> Iterator[None]:
    """Meanwhile what is made and committed is remembered, too."""
    _for_good.append(True)
    try:
        yield
    finally:
        _for_good.pop()


def state() -> tuple[object, ...]:
    """How many events there are (each verb leaves one), and what the organisations and their members are like."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM accounts_event),"
            " (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM accounts_organisation o),"
            " (SELECT md5(string_agg(m::text, ',' ORDER BY id)) FROM accounts_membership m)"
        )
        found: tuple[object, ...] = cursor.fetchone()
    return found


@cache
def _tables() -> dict[str, tuple[str, list[str]]]:
    """Table → its primary key as SQL, and its columns; what is pointed to stands first, as triggers want it."""
    found = {}
    for model in _in_order(apps.get_models(include_auto_created=True)):
        key = ", ".join(f'"{field.column}"' for field in model._meta.pk_fields)
        columns = [
            field.column for field in model._meta.concrete_fields if field.column and not field.generated
        ]
        found[model._meta.db_table] = (f"ROW({key})::text", columns)
    return found


def _in_order(models: Iterable[type[Model]]) -> list[type[Model]]:
    ordered: dict[type[Model], None] = {}

    def visit(model: type[Model], below: tuple[type[Model], ...] = ()) -> None:
        if model in ordered or model in below:
            return
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model:
                visit(field.related_model, (*below, model))
        ordered[model] = None

    for model in models:
        visit(model)
    return list(ordered)


def _rows() -> Rows:
    tables = list(_tables())
    rows: Rows = {table: {} for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(_all_rows())
        for number, key, values in cursor:
            rows[tables[number]][key] = values
    return rows


@cache
def _all_rows() -> str:
    """All tables in one question: most are empty, and each question costs more than its answer."""
    asked = []
    for number, (table, (key, columns)) in enumerate(_tables().items()):
        values = ", ".join(f'quote_nullable("{column}"::text)' for column in columns)
        asked.append(f"SELECT {number}, {key}, concat_ws(', ', {values}) FROM \"{table}\"")
    return " UNION ALL ".join(asked) + " ORDER BY 1, 2"


def _files() -> dict[str, bytes]:
    """Those that rows name, with what is in them."""
    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    ]
    found = {}
    for field in fields:
        for name in field.model._base_manager.values_list(field.name, flat=True):
            if name and default_storage.exists(name):
                with default_storage.open(name) as file:
                    found[name] = file.read()
    return found


def _difference(before: Rows, after: Rows) -> str:
    statements = [door.ignore_triggers()]  # these rows were looked at when they were made
    for table, (key, columns) in _tables().items():
        old, new = before[table], after[table]
        assert old.keys() <= new.keys(), f"a row of {table} went away"
        names = ", ".join(f'"{column}"' for column in columns)
        if added := [row for pk, row in new.items() if pk not in old]:
            statements.append(
                f'INSERT INTO "{table}" ({names}) VALUES ' + ", ".join(f"({row})" for row in added)
            )
        statements += [
            f"UPDATE \"{table}\" SET ({names}) = ROW ({new[pk]}) WHERE {key} = '{pk}'"
            for pk, row in old.items()
            if new[pk] != row
        ]
    return ";\n".join([*statements, "RESET pgtrigger.ignore"])
