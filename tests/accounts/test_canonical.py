import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy

from accounts.canonical import canonical_json, sha256


def test_the_same_facts_are_the_same_text() -> None:
    one = {"b": [1, None, True], "a": "é", "on": date(2026, 6, 1), "share": Decimal("0.50")}
    other = dict(reversed(one.items()))
    assert canonical_json(one) == canonical_json(other)
    assert canonical_json(one) == '{"a":"é","b":[1,null,true],"on":"2026-06-01","share":"0.50"}'


def test_a_moment_is_the_same_in_every_zone() -> None:
    moment = datetime(2026, 6, 1, 10, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert canonical_json(elsewhere) == canonical_json(moment) == '"2026-06-01T10:00:00.000000Z"'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"value": number})


def test_a_reader_s_language_never_gets_into_a_record() -> None:
    with pytest.raises(TypeError):
        canonical_json({"title": gettext_lazy("Pilots")})


def test_the_digest_is_sha256_of_utf8() -> None:
    assert sha256("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
