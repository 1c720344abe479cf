"""Two pilots are named as grown from each other at the same moment: one of the two stands, and no circle."""

import pytest
from django_scopes import scope

from pilots.models import Pilot
from pilots.models.wedge import lineage
from tests.cast import NOW, Cast
from tests.races.together import CHANCES, errors, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bell")]


def test_one_of_them_is_the_beginning(cast: Cast) -> None:
    with scope(organisation=cast.organisation):
        first, second = (
            Pilot.objects.start_planning(cast.organisation, by=cast.manager, at=NOW, title=title).pk
            for title in ("One", "Two")
        )

    def name(pilot: int, origin: int) -> None:
        Pilot.objects.get(pk=pilot).name_origin(Pilot.objects.get(pk=origin), by=cast.manager, at=NOW)

    for _round in range(CHANCES):
        with scope(organisation=cast.organisation):
            Pilot.objects.update(grew_from=None)
        results = together(cast.organisation, lambda: name(first, second), lambda: name(second, first))
        assert errors(results) == ["RefusedError"]
        with scope(organisation=cast.organisation):
            assert sorted(map(len, map(lineage, (first, second)))) == [0, 1]
