"""What is worth a look beside the metric, and judges nothing."""

import pytest

from pilots.errors import RefusedError
from pilots.models import SupportingSignal
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_it_is_kept_once_and_changes_nothing_that_is_signed(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "ready")
    signal = pilot.keep_as_signal("Course completion", by=scoped.manager, at=NOW)
    assert pilot.keep_as_signal("course COMPLETION", by=scoped.manager, at=NOW) == signal
    assert pilot.plan_is_as_agreed()
    signal.drop(by=scoped.manager, at=NOW)
    assert not SupportingSignal.objects.exists()
    verbs = [event.verb for event in pilot.chain.events.all() if event.verb.startswith("signal")]
    assert verbs == ["signal.kept", "signal.dropped"]


def test_the_one_metric_is_no_signal_and_a_running_pilot_gets_none(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "ready")
    with pytest.raises(RefusedError, match="one metric"):
        pilot.keep_as_signal("handling time", by=scoped.manager, at=NOW)
    pilot.launch_now(by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="fixed"):
        pilot.keep_as_signal("Logins", by=scoped.manager, at=NOW)
