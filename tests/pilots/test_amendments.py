"""After launch the plan changes by amendment only: a reason, the same signatures, and the launched plan still judges."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from metrics.models import Series
from pilots.errors import RefusedError
from pilots.models import Amendment, Flag, Outcome, Pilot, SignOff, Stakeholder
from pilots.models.agreement import ChangedSinceOpenedError
from tests.access.house import mailed_path
from tests.cast import NOW, TODAY, Cast, bring, make_pilot, noise, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")

WHY = "Two of the five teams moved to another tool."


@pytest.fixture
def running(scoped: Cast) -> Pilot:
    return make_pilot(scoped, "running")


def amend(cast: Cast, **changes: Any) -> Amendment:
    return Pilot.objects.get().amend(reason=WHY, by=cast.manager, at=NOW, **(changes or {"target": 19.5}))


def sven() -> Stakeholder:
    return Stakeholder.objects.select_related("pilot").get()


def test_it_is_signed_by_the_same_people_and_then_holds(scoped: Cast, running: Pilot) -> None:
    letters = Message.objects.latest("pk").pk
    amendment = amend(scoped, target=19.5, audience="Three teams")
    assert amend(scoped, target=19.5, audience="Three teams") == amendment  # a double click
    assert [one.template for one in Message.objects.filter(pk__gt=letters)] == ["sign_amendment"]
    assert WHY in Message.objects.latest("pk").as_email().body
    assert Pilot.objects.get().version_in_force() == running.launch.plan_version

    signed = sign(sven(), at=NOW + timedelta(days=1))
    pilot = Pilot.objects.get()
    assert signed.plan_version == amendment.plan_version == pilot.version_in_force()
    assert pilot.amended == amendment
    # What is not judged is the pilot's from now on; what is judged stays as it was launched.
    assert (pilot.audience, pilot.target, pilot.as_amended().target) == ("Three teams", 18.5, 19.5)
    verbs = list(pilot.chain.events.order_by("number").values_list("verb", flat=True))
    assert verbs[-6:] == [
        "plan.version_cut", "plan.amendment_proposed", "sign_off.requested", "plan.signed", "receipt.sent", "plan.amended",
    ]  # fmt: skip
    assert pilot.chain.first_break() is None
    with pytest.raises(RefusedError, match="what the plan says already"):
        amend(scoped, target=19.5)


def test_until_everybody_signed_nothing_changes(scoped: Cast, running: Pilot) -> None:
    amend(scoped)
    assert Pilot.objects.get().amended is None
    sign(sven(), decision="condition", words="The board agrees.", when="before")
    assert Pilot.objects.get().amended is None
    SignOff.objects.latest("pk").condition.close(at=NOW)
    assert Pilot.objects.get().amended is not None


def test_a_no_keeps_it_out_and_another_takes_its_place(scoped: Cast, running: Pilot) -> None:
    first = amend(scoped)
    sign(sven(), decision="decline", words="Then it is another pilot.")
    assert Pilot.objects.get().amended is None
    second = amend(scoped, target=19.0)
    first.refresh_from_db()
    assert first.withdrawn_at == NOW
    opened = newest_link(sven())
    second.withdraw(by=scoped.manager, at=NOW)
    with pytest.raises(ChangedSinceOpenedError):
        SignOff.objects.sign(
            opened, decision="approve", typed_name="Sven Holm", seen=second.plan_version.sha256, at=NOW
        )
    verbs = list(running.chain.events.values_list("verb", flat=True))
    assert verbs.count("plan.amendment_withdrawn") == 2


@pytest.mark.parametrize("stage", ["planned", "ready"])
def test_before_launch_there_is_nothing_to_amend(scoped: Cast, stage: str) -> None:
    make_pilot(scoped, stage)
    with pytest.raises(RefusedError, match="Only the plan of a running pilot"):
        amend(scoped)


def test_the_verdict_uses_the_launched_plan_and_the_amended_one_stands_second(
    scoped: Cast, running: Pilot
) -> None:
    """From 20 to about 18.9: short of the 18.5 that were agreed, and it reaches the 19.5 of the amended plan."""
    amend(scoped)
    sign(sven())
    over = NOW + timedelta(days=42)
    assert running.metric
    bring(scoped, running.metric, noise(42, level=18.9, sd=0.3, seed=3), on=over)
    pilot = Pilot.objects.get()
    reading = pilot.read(at=over)
    assert pilot.read(at=over) == reading  # the same data on the same day say the same
    assert (reading.verdict, reading.facts["amended"]["verdict"]) == ("short", "reached")
    assert reading.plan_version == running.launch.plan_version
    assert reading.facts["amended"]["number"] == 2

    browser = Client()
    browser.force_login(scoped.manager)
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("accounts.clock.now", lambda: over)
        page = browser.get(f"/northwind/pilots/{pilot.pk}/").content.decode()
        assert f"Amended on 1 June 2026 because: {WHY}" in page
        assert "Second, by the plan as amended" in page
        pilot.decide(
            decision="change_course",
            learned="Half of it.",
            other_causes="None known.",
            by=scoped.manager,
            at=over,
        )
        page = browser.get(f"/northwind/pilots/{pilot.pk}/outcome/").content.decode()
    assert Outcome.objects.get().verdict == "short"
    assert f"Amended on 1 June 2026 because: {WHY}" in page
    assert "Second, by the amended plan" in page
    assert "Target reached" in page


def test_what_was_flagged_by_the_old_plan_is_cleared_and_asked_anew_by_the_new_one(
    scoped: Cast, running: Pilot
) -> None:
    later = NOW + timedelta(days=21)
    assert running.metric
    bring(scoped, running.metric, noise(21, level=20.0, sd=0.3, seed=4), on=later)
    pilot = Pilot.objects.get()
    pilot.read(at=later)
    assert [flag.kind for flag in pilot.flags.standing() if flag.kind == "not_moving"] == ["not_moving"]
    pilot.amend(reason=WHY, by=scoped.manager, at=later, target=19.99)
    sign(sven(), at=later)
    assert not Flag.objects.standing().filter(kind="not_moving").exists()
    Pilot.objects.get().read(at=later)
    assert not Flag.objects.standing().filter(kind="not_moving").exists()


def test_another_metric_or_other_weeks_are_read_beside_the_launched_ones(
    scoped: Cast, running: Pilot
) -> None:
    assert running.series
    everybody = Series.objects.create(metric=running.metric, group="Everybody else")
    amend(
        scoped,
        series=everybody,
        metric=running.metric,
        comparison=None,
        start=TODAY + timedelta(days=7),
        ramp_weeks=2,
    )
    sign(sven())
    pilot = Pilot.objects.get()
    plan = pilot.as_amended()
    assert (plan.series, plan.start, plan.ramp_weeks) == (everybody, date(2026, 6, 8), 2)
    assert (pilot.series, pilot.start, pilot.ramp_weeks) == (running.series, TODAY, 0)
    second = pilot.read(at=NOW + timedelta(days=8)).facts["amended"]
    assert second["series"] == everybody.pk


def test_the_baseline_of_other_weeks_is_frozen_when_they_are_agreed(scoped: Cast, running: Pilot) -> None:
    """The first ten days become baseline. What the source says of them afterwards moves the launched window, and nothing else."""
    assert running.metric
    later = NOW + timedelta(days=10)
    window = noise(24, level=19.0, seed=5)
    bring(scoped, running.metric, window[:10], on=later)
    Pilot.objects.get().amend(
        reason=WHY, by=scoped.manager, at=later, start=TODAY + timedelta(days=12), target=18.0
    )
    launched = Pilot.objects.get().frozen_points()
    sign(sven(), at=later)
    at = NOW + timedelta(days=24)
    bring(scoped, running.metric, window, on=at)  # two more days of the new baseline came
    first = Pilot.objects.get().read(at=at).facts

    assert running.series_id
    kept = Pilot.objects.get().all_frozen()[running.series_id]
    added = sorted(kept.keys() - launched[running.series_id].keys())
    assert added == [TODAY + timedelta(days=n) for n in range(10)]
    assert {day: kept[day] for day in launched[running.series_id]} == launched[running.series_id]

    raised = [value + 5 if value and n < 10 else value for n, value in enumerate(window)]
    bring(scoped, running.metric, raised, on=at)
    second = Pilot.objects.get().read(at=at).facts
    assert second["window_mean"] != first["window_mean"]
    assert second["baseline_mean"] == first["baseline_mean"]
    assert second["amended"]["baseline_mean"] == first["amended"]["baseline_mean"]
    assert second["amended"]["window_mean"] == first["amended"]["window_mean"]
    assert Pilot.objects.get().all_frozen()[running.series_id] == kept
    assert Pilot.objects.get().frozen_points() == launched


def test_days_that_an_amended_baseline_awaits_are_frozen_as_they_come(scoped: Cast, running: Pilot) -> None:
    assert running.metric
    assert running.series_id
    amend(scoped, start=TODAY + timedelta(days=5))
    sign(sven())
    for day in (3, 5, 6):
        bring(scoped, running.metric, noise(day, seed=day), on=NOW + timedelta(days=day))
        Pilot.objects.get().read(at=NOW + timedelta(days=day))
    kept = Pilot.objects.get().all_frozen()[running.series_id]
    assert max(kept) == TODAY + timedelta(days=4)
    values = [value for value, *_counts in (kept[TODAY + timedelta(days=n)] for n in range(5))]
    assert values == noise(3, seed=3) + noise(5, seed=5)[3:]  # each as it was first known


def test_the_stakeholder_reads_what_would_change_and_why(scoped: Cast, running: Pilot) -> None:
    amend(scoped)
    browser, link = Client(), newest_link(sven())
    page = browser.get(mailed_path("stakeholder", link.key.hex), follow=True).content.decode()
    assert "Should the plan be changed while it runs?" in page
    assert WHY in page
    assert "What changed since you signed version 1" in page
    assert "before the change holds" in page
    assert link.plan_version
    form = {"decision": "approve", "typed_name": "Sven Holm", "seen": link.plan_version.sha256}
    browser.post(reverse("stakeholder_sign_off", args=[link.key]), form)
    assert Pilot.objects.get().amended is not None


def test_the_manager_proposes_it_on_a_page(scoped: Cast, running: Pilot) -> None:
    manager = Client()
    manager.force_login(scoped.manager)
    path = f"/northwind/pilots/{running.pk}/amendments/new/"
    form = {
        "reason": "", "ai_use": running.ai_use, "audience": running.audience, "planned_reach": "31", "target": "19.5",
        "ramp_weeks": "0", "start": TODAY.isoformat(), "series": str(running.series_id),
    }  # fmt: skip
    assert manager.post(path, form).status_code == 422
    assert (
        manager.post(path, {**form, "target": "18.5", "reason": WHY}).status_code == 422
    )  # nothing would change
    assert manager.post(path, {**form, "reason": WHY}).status_code == 302
    assert set(Amendment.objects.get().changes) == {"target"}
    page = manager.get(f"/northwind/pilots/{running.pk}/agreement/").content.decode()
    assert "Version 2 waits for signatures" in page
    assert "Version 1 of the plan holds." in page
    assert "<ins>19.5</ins>" in page
    sign(sven())
    page = manager.get(f"/northwind/pilots/{running.pk}/agreement/").content.decode()
    assert "Version 2 of the plan holds." in page
    assert f"because: {WHY}" in page
