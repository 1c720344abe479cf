"""Append-only tables are reset through ``tests/door.py`` alone; the product has no such door."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from accounts.models import Event
from tests import door
from tests.cast import Cast

APPS = ("accounts", "metrics", "pilots", "config", "bin")


def test_no_module_of_the_product_names_the_door() -> None:
    files = [path for app in APPS for path in Path(settings.BASE_DIR, app).rglob("*") if path.is_file()]
    naming = [path.name for path in files if b"session_replication_role" in path.read_bytes()]
    assert (len(files) > 50, naming) == (True, [])


def test_the_door_closes_behind_us(cast: Cast) -> None:
    with door.opened():
        Event.objects.update(verb="altered")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(verb="altered again")


def test_the_door_closes_when_what_is_done_there_fails(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), door.opened():
        _ = 1 / 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
