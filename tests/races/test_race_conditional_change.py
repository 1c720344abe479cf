"""A change with a condition, by two at once: the second finds the row as the first left it."""

from __future__ import annotations

import time

import pytest
from django.db import transaction
from django.db.models import F

from pilots.models import SigningCode
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder
from tests.links import newest_link
from tests.races.together import together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def code(scoped: Cast) -> SigningCode:
    pilot = make_pilot(scoped, "planned")
    sven = make_stakeholder(scoped, pilot)
    answer(scoped, sven)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    return SigningCode.objects.send(newest_link(sven), given={}, at=NOW)


def test_it_is_made_once(scoped: Cast, code: SigningCode) -> None:
    def change() -> int:
        with transaction.atomic():
            changed = SigningCode.objects.filter(pk=code.pk, tries=0).update(tries=F("tries") + 1)
            time.sleep(0.1)  # the other has come meanwhile
            return changed

    assert sorted(together(scoped.organisation, change, change)) == [0, 1]
