from datetime import timedelta

import pytest

from pilots.errors import GateClosedError
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday")


def test_an_open_gate_lets_the_pilot_begin(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "ready")
    assert [line.key for line in pilot.gate(NOW) if not line.met] == []

    launch = pilot.launch_now(by=scoped.manager, at=NOW)

    assert launch.plan_version == pilot.agreed_version()
    assert pilot.stage(NOW.date()) == "running"
    assert pilot.chain.events.filter(verb="pilot.launched").count() == 1
    assert pilot.chain.first_break() is None


def test_a_second_launch_is_the_first_again(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    again = pilot.launch_now(by=scoped.administrator, at=NOW + timedelta(hours=1))
    assert again.by == scoped.manager
    assert pilot.chain.events.filter(verb="pilot.launched").count() == 1


def test_a_closed_gate_names_its_lines(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    with pytest.raises(GateClosedError) as refused:
        pilot.launch_now(by=scoped.manager, at=NOW)
    assert refused.value.lines == ["question", "signatures", "data_sheet", "consultation", "review"]
