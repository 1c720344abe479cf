"""The OpenAPI document and the API say the same: schemathesis asks every operation strangely and compares.

A few examples each here; ``SCHEMA_EXAMPLES=300 bin/test tests/api/test_api_schema.py`` takes longer and looks further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from django_scopes import scope

from metrics.models import Pull
from tests.api.client import acting_token, make_pushed_metric
from tests.api.operations import table
from tests.cast import NOW, make_cast, make_measured_metric, make_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bell")]

type Tests = dict[str, Callable[..., None]]


@pytest.fixture(scope="module")
def numbers(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """Real numbers for addresses, and a token that may do everything."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        cast = make_cast()
        with scope(organisation=cast.organisation):
            metric = make_measured_metric(cast)
            found = {
                "metric_id": make_pushed_metric(cast, name="Pushed").pk,
                "source_id": metric.source.pk,
                "pull_id": Pull.objects.get().pk,
                "series_id": metric.series.get().pk,
            }
            pilot = make_pilot(cast, "ready", metric=metric)
            found |= {"pilot_id": pilot.pk, "item_id": pilot.content.get().pk}
        # As Django's own test client does: the connection outlives the request.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        with override_settings(API_PER_MINUTE=10**9, API_FAILURES_PER_MINUTE=10**9):
            from tests.api.strange import Token

            Token.raw = acting_token(cast, "administrator")
            yield found
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def tests(numbers: dict[str, int]) -> Tests:
    from tests.api import strange

    return strange.each()


@pytest.mark.parametrize("operation", table())
def test_the_document_holds(operation: str, tests: Tests, numbers: dict[str, int]) -> None:
    tests[operation.replace(" ", " /api/v1")](numbers=numbers)


def test_every_operation_is_asked(tests: Tests) -> None:
    assert sorted(tests) == sorted(operation.replace(" ", " /api/v1") for operation in table())


def test_every_operation_declares_what_it_can_refuse(numbers: dict[str, int]) -> None:
    from tests.api.strange import schema

    for operation in schema.get_all_operations():
        declared = set(operation.ok().definition.raw["responses"])
        assert {"400", "401", "403", "404", "422", "429"} <= {str(code) for code in declared}
