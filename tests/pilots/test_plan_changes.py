"""What changed between two versions, line by line: for the manager, and for whoever signed the earlier one."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from pilots.errors import RefusedError
from pilots.models import Delegation, Pilot, Stakeholder
from pilots.plan import decision_rule
from pilots.plan_changes import Change, draft, plan_changes
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, make_pilot, make_stakeholder, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    return make_pilot(scoped, "asked").stakeholders.get()


def change(cast: Cast, **changes: Any) -> Pilot:
    pilot = Pilot.objects.get()
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, **changes)
    return pilot


def said(change: Change) -> str:
    return " ".join("".join(words for words, _new in line.parts) for line in change.lines)


def other(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case str() if value[:4].isdigit():
            return "2026-01-05"
        case str():
            return {"lower": "higher", "daily": "weekly", "mean": "total"}.get(value, value + " and more")
        case int() | float():
            return value + 1
        case None:
            return {"population": "the others", "chosen": "lot"}
    raise AssertionError(value)


def test_nothing_that_is_signed_changes_unseen(sven: Stakeholder) -> None:
    """Every fact of the plan, in turn: another value of it is a line of its own."""
    facts = {
        **draft(sven.pilot),
        "ramp_weeks": 2,
        "baseline_start": "2026-02-02",
        "uses": "A coach",
        "gap": "First calls",
        "because": "People practise",
        "in_words": "Minutes",
    }
    assert plan_changes(facts, facts) == []
    for name in facts.keys() - {"metric", "decision_rule", "success"}:
        value = 3 if name == "ramp_weeks" else other(facts[name])
        assert plan_changes(facts, {**facts, name: value}), name
    for name in facts["metric"]:
        after = copy.deepcopy(facts)
        after["metric"][name] = other(facts["metric"][name])
        assert plan_changes(facts, after), name
    for verdict in facts["decision_rule"]:
        rule = {**facts["decision_rule"], verdict: "change_course" if verdict != "short" else "stop"}
        assert [said(one) for one in plan_changes(facts, {**facts, "decision_rule": rule})], verdict
    for name in ("who", "said", "delivered_by"):
        after = copy.deepcopy(facts)
        after["success"][0][name] += " and more"
        assert plan_changes(facts, after), name


def test_the_manager_sees_it_before_asking_again_and_on_the_version(scoped: Cast, sven: Stakeholder) -> None:
    sign(sven)
    pilot = change(scoped, target=18.0)
    browser = Client()
    browser.force_login(scoped.manager)
    page = browser.get(f"/northwind/pilots/{pilot.pk}/agreement/").content.decode()
    assert "What changed since version 1" in page
    assert "<del>18.5</del>" in page
    assert "<ins>18.0</ins>" in page
    assert "will be asked again: <bdi>Sven Holm</bdi>" in " ".join(page.split())
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    page = browser.get(f"/northwind/pilots/{pilot.pk}/plan-versions/2/").content.decode()
    assert "What changed since version 1" in page
    assert "<ins>18.0</ins>" in page


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_whoever_decided_before_sees_what_is_different_now(
    scoped: Cast, sven: Stakeholder, decision: str
) -> None:
    sign(sven, decision=decision, words="" if decision == "approve" else "The target is a wish.")
    change(scoped, target=18.0).request_sign_off(by=scoped.manager, at=NOW)
    link, browser = newest_link(sven), Client()
    page = browser.get(mailed_path("stakeholder", link.key.hex), follow=True).content.decode()
    word = "signed" if decision == "approve" else "declined"
    assert f"What changed since you {word} version 1 on 1 June 2026" in page
    assert "<ins>18.0</ins>" in page
    assert link.plan_version
    sign(sven)
    assert "What changed since" not in browser.get(reverse("stakeholder", args=[link.key])).content.decode()


def test_the_decision_rule_is_chosen_before_it_is_signed(scoped: Cast, sven: Stakeholder) -> None:
    sign(sven)
    browser, pilot = Client(), Pilot.objects.get()
    browser.force_login(scoped.manager)
    path, form = (
        f"/northwind/pilots/{pilot.pk}/rule/",
        {**decision_rule(), "short": "run_again", "version": str(pilot.version)},
    )
    assert browser.post(path, form).status_code == 302
    assert Pilot.objects.get().decision_rule["short"] == "run_again"
    assert "The plan changed since version 1" in Pilot.objects.get().gate(NOW)[3].words
    late = browser.post(path, {**form, "short": "stop"})  # opened before somebody else saved
    assert late.status_code == 409
    assert "It now says: run_again" in late.content.decode()
    assert browser.post(path, {**form, "short": "burn it"}).status_code == 422


def test_who_judges_a_pilot_does_not_come_to_own_it(scoped: Cast, sven: Stakeholder) -> None:
    Stakeholder.objects.update(email="Ada+work@northwind.example")
    with pytest.raises(RefusedError, match="Sven Holm judges this pilot"):
        change(scoped, owner=scoped.administrator)


def test_the_owner_does_not_sign_by_somebody_else_s_link(scoped: Cast, sven: Stakeholder) -> None:
    """The mail was forwarded to them, or they sit at the same machine: they are signed in as who they are."""
    browser, link = Client(), newest_link(sven)
    browser.force_login(scoped.manager)
    browser.get(mailed_path("stakeholder", link.key.hex))
    assert link.plan_version
    form = {"decision": "approve", "typed_name": "Sven Holm", "seen": link.plan_version.sha256}
    answered = browser.post(reverse("stakeholder_sign_off", args=[link.key]), form)
    assert answered.status_code == 422
    assert "Nobody signs for a pilot they own." in answered.content.decode()
    assert not sven.sign_offs.exists()


def newest_letter(to: str) -> str:
    return Message.objects.filter(template="sign_off", to=to).latest("pk").as_email().body


def test_the_letter_with_a_newer_version_says_what_they_signed_and_what_changed(
    scoped: Cast, sven: Stakeholder
) -> None:
    lena = make_stakeholder(scoped, sven.pilot, "Lena Voss", is_sponsor=False)
    nils = make_stakeholder(scoped, sven.pilot, "Nils Berg", is_sponsor=False)
    sven.pilot.request_sign_off(by=scoped.manager, at=NOW)
    assert "Since then" not in newest_letter(sven.email)
    sign(sven)
    Delegation.objects.hand_on(newest_link(nils), name="Ines Prado", email="ines@customer.example", at=NOW)
    change(scoped, target=18.0, audience="Everybody in sales").request_sign_off(by=scoped.manager, at=NOW)
    changed = "Since then this changed: Who takes part; Target."
    assert (
        f"You signed version 1 on 1 June 2026. {changed} The page shows what is different."
        in newest_letter(sven.email)
    )
    before = "It takes the place of version 1, which you were asked to sign before."
    assert f"{before} {changed}" in newest_letter(lena.email)
    handed = "You had asked Ines Prado to decide on version 1; this one comes to you."
    assert f"{handed} {changed}" in newest_letter(nils.email)
    olga = make_stakeholder(scoped, sven.pilot, "Olga Brandt", is_sponsor=False)
    Pilot.objects.get().request_sign_off(by=scoped.manager, at=NOW)
    assert "Since then" not in newest_letter(olga.email)  # their first
    assert changed in newest_letter(sven.email)  # and when the link is sent again
