"""What schemathesis asks of the API. It is loaded by the test that asks: each process collects all tests, and one runs this."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, Final

import schemathesis
from django.db import transaction
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from tests.drawn import settings as examples

load_all_checks()

EXAMPLES: Final = int(os.environ.get("SCHEMA_EXAMPLES", "10"))
CHECKED: Final = [
    check
    for check in CHECKS.get_all()
    # A day to come, a metric that exists already, a share of 120 %: they fit the document and not the world.
    if check is not positive_data_acceptance
]


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value.encode(errors="surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@schema.auth(refresh_interval=None)
class Token:
    """What requests are signed with, but those that try without it or with a wrong one."""

    raw = ""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return self.raw

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def asked(case: schemathesis.Case, numbers: dict[str, int]) -> None:
    for name, given in dict(case.path_parameters or {}).items():
        if isinstance(given, int) and given % 4:  # three of four find something
            case.path_parameters[name] = numbers[name]
    case.headers = {**(case.headers or {}), "Host": "127.0.0.1"}
    with transaction.atomic():
        case.call_and_validate(checks=CHECKED)


def each() -> dict[str, Callable[..., None]]:
    """``asked`` with a few examples, for each operation of the document; what cannot be read there raises."""
    few = examples(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    made = [one.ok() for one in get_all_tests(schema=schema, test_func=asked, settings=few, given_kwargs={})]
    return {f"{operation.method.upper()} {operation.path}": test for operation, test in made}
