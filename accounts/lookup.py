"""Questions that nearly every request asks: who calls, as what, and about which pilot. Their SQL is made once.

``docs/adr/0048-who-calls.md`` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.models.query import get_related_populators


class Lookup[M: models.Model]:
    """One row, found by values of unique columns (or the first in its query set's order), with the rows selected with it.

    What ``QuerySet.get`` answers, without the making of it: Django puts each query together anew, which takes several times as
    long as PostgreSQL needs to answer it.
    """

    def __init__(self, rows: Callable[[], models.QuerySet[M]], **like: object) -> None:
        """``like`` names the conditions, as ``filter`` takes them, each with a value such as will be asked for."""
        self.rows, self.like = rows, like

    def get(self, *values: Any) -> M | None:
        """The row for which these values hold, given in the order of the conditions."""
        made = self._made
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [*made.constants, *values])
            row = cursor.fetchone()
        return made.instance(row) if row else None

    @cached_property
    def _made(self) -> _Made[M]:
        found = self.rows()
        for condition, value in self.like.items():
            found = found.filter(**{condition: value})
        return _Made(found[:1], tuple(self.like.values()))


class _Made[M: models.Model]:
    """A query set as SQL, and how a row of it becomes an instance: what ``ModelIterable`` works out for each query."""

    def __init__(self, found: models.QuerySet[M], like: tuple[object, ...]) -> None:
        compiler = found.query.get_compiler(connection.alias)
        self.sql, values = compiler.as_sql()
        self.constants, asked = values[: -len(like)], tuple(values[-len(like) :])
        if asked != like:
            raise FieldError(f"The conditions of a lookup are its last, and in their order: {asked}, {like}")
        select, about = compiler.select, compiler.klass_info
        self.converters = compiler.get_converters([expression for expression, _sql, _alias in select])
        self.model: type[M] = found.model
        self.columns = slice(about["select_fields"][0], about["select_fields"][-1] + 1)
        self.names = [expression.target.attname for expression, _sql, _alias in select[self.columns]]
        self.related = get_related_populators(about, select, connection.alias, found._fetch_mode)  # type: ignore[attr-defined]
        self.annotations = compiler.annotation_col_map or {}

    def instance(self, read: tuple[Any, ...]) -> M:
        row = list(read)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                row[column] = convert(row[column], expression, connection)
        found: M = self.model.from_db(connection.alias, self.names, row[self.columns])
        for populator in self.related:
            populator.populate(row, found)
        for name, column in self.annotations.items():
            setattr(found, name, row[column])
        return found
