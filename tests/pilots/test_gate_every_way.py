"""Eight lines, three ways to launch: page, API and shell. Each line that is open keeps the pilot back, and is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from accounts.models import ApiToken
from metrics.models import Source
from pilots.errors import GateClosedError
from pilots.gate import _LINES
from pilots.models import (
    Answer,
    Consultation,
    ContentItem,
    DataSheet,
    Launch,
    LearnerData,
    Pilot,
    Stakeholder,
)
from tests.cast import NOW, Cast, make_pilot, make_stakeholder

pytestmark = pytest.mark.usefixtures("monday", "bell")

type Breaker = Callable[[Cast], object]


def change(cast: Cast, **changes: object) -> None:
    pilot = Pilot.objects.get()
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, **changes)


BROKEN: Final[dict[str, Breaker]] = {
    "metric": lambda cast: Source.objects.update(kind="xapi"),
    "target": lambda cast: change(cast, target=25.0),
    "question": lambda cast: Answer.objects.receive(
        Stakeholder.objects.get(), text="Customers come back.", at=NOW
    ),
    "signatures": lambda cast: make_stakeholder(
        cast, Pilot.objects.get(), "Lena Voss", stance="neutral", is_sponsor=False
    ),
    "data_sheet": lambda cast: (DataSheet.objects.all().delete(), LearnerData.objects.all().delete()),
    "consultation": lambda cast: Consultation.objects.all().delete(),
    "review": lambda cast: ContentItem.objects.get().add_version(
        text="Another text.", by=cast.manager, at=NOW
    ),
    "owners": lambda cast: change(cast, governance_owner=None),
}


def test_every_line_of_the_gate_is_tried() -> None:
    assert list(BROKEN) == [key for key, _title, _rule in _LINES]


def test_twenty_four_refusals_each_name_the_line(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "ready")
    manager, program, raw = _callers(scoped)
    titles = {key: str(title()) for key, title, _rule in _LINES}
    refusals = []
    for key, broken in BROKEN.items():
        with transaction.atomic():
            broken(scoped)
            page = manager.post(f"/northwind/pilots/{pilot.pk}/launch/", follow=True).content.decode()
            assert f"Not yet: {titles[key]}" in page, key
            answer = program.post(
                f"/api/v1/pilots/{pilot.pk}/launch", headers={"authorization": f"Bearer {raw}"}
            )
            assert (answer.status_code, key in [one["field"] for one in answer.json()["errors"]]) == (
                409,
                True,
            ), key
            assert titles[key] in answer.json()["detail"]
            with pytest.raises(GateClosedError, match=titles[key]) as shell:
                Pilot.objects.get().launch_now(by=scoped.manager, at=NOW)
            refusals += [(key, way) for way in ("page", "api", "shell")]
            assert key in shell.value.lines
            assert not Launch.objects.exists()
            transaction.set_rollback(True)
    assert len(refusals) == 8 * 3
    # The control: nothing but the open line held it back.
    assert manager.post(f"/northwind/pilots/{pilot.pk}/launch/").status_code == 302
    assert Launch.objects.count() == 1


def _callers(cast: Cast) -> tuple[Client, Client, str]:
    cache.clear()
    manager = Client()
    manager.force_login(cast.manager)
    member = cast.organisation.memberships.get(person=cast.manager)
    _token, raw = ApiToken.objects.make(
        cast.organisation, name="Launcher", scope="act", member=member, by=cast.administrator, at=NOW
    )
    return manager, Client(), raw
