"""Questions that every request asks: who calls, and as what. Their SQL is made once (``docs/adr/0048-who-calls.md``)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import connection, models


class Lookup[M: models.Model]:
    """One row, found by values of its unique columns, and the row that it points to.

    What a query set answers, without the making of it: Django puts each query together anew, which takes several times as
    long as PostgreSQL needs to answer it.
    """

    def __init__(self, model: type[M], *, related: str = "", **like: object) -> None:
        """``like`` names the conditions, as ``filter`` takes them, each with a value such as will be asked for."""
        self.model, self.related, self.like = model, related, like

    def get(self, *values: Any) -> M | None:
        """The row for which these values hold, given in the order of the conditions."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            row = cursor.fetchone()
        if row is None:
            return None
        (model, names), *others = self._parts
        found: M = model.from_db(connection.alias, names, row[: len(names)])
        for other, its_names in others:
            setattr(found, self.related, other.from_db(connection.alias, its_names, row[len(names) :]))
        return found

    @cached_property
    def _parts(self) -> list[tuple[Any, list[str]]]:
        """The model and the one pointed to, with the names of their columns."""
        both: list[Any] = [self.model]
        if self.related:
            both.append(self.model._meta.get_field(self.related).related_model)
        return [(model, [_plain(field).attname for field in model._meta.concrete_fields]) for model in both]

    @cached_property
    def _sql(self) -> str:
        (_model, own), *others = self._parts
        columns = [*own, *(f"{self.related}__{name}" for _other, names in others for name in names)]
        found: models.QuerySet[Any, Any] = self.model._base_manager.values_list(*columns)
        for condition, value in self.like.items():
            found = found.filter(**{condition: value})
        sql, values = found.query.sql_with_params()
        assert values == tuple(self.like.values()), f"not in the order of {list(self.like)}: {values}"
        return str(sql)


def _plain(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """Read as it is: what a query set would convert first is not for here."""
    if field.get_db_converters(connection) or connection.ops.get_db_converters(field.get_col("")):
        raise TypeError(f"{field} is not read as it stands in the database")
    return field
