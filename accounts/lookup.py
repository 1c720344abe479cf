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
from django_scopes import scopes_disabled


@models.Field.register_lookup
@models.ForeignObject.register_lookup
class Among(models.Lookup[Any]):
    """Whether a column is one of a list, which is one parameter: the SQL is the same for one value and for a thousand."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, self.rhs)


class Lookup[M: models.Model]:
    """Rows found by values of some columns, with the rows selected with them: one (the first in its query set's order), or all.

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

    def all(self, *values: Any) -> list[M]:
        """Every row for which these values hold."""
        made = self._made_for_all
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [*made.constants, *values])
            return [made.instance(row) for row in cursor.fetchall()]

    @cached_property
    def _made(self) -> _Made[M]:
        return _Made(self._found()[:1], tuple(self.like.values()))

    @cached_property
    def _made_for_all(self) -> _Made[M]:
        return _Made(self._found(), tuple(self.like.values()))

    def _found(self) -> models.QuerySet[M]:
        # Made once for all: a tenant's own manager would have everybody ask for the rows of whoever asks first.
        with scopes_disabled():
            found = self.rows()
        for condition, value in self.like.items():
            found = found.filter(**{condition: value})
        return found


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
