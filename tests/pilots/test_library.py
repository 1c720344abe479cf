"""What pilots taught: kept with their decision, weighed by other pilots, found again, and begun from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event, Person
from pilots.errors import RefusedError
from pilots.known import known_here
from pilots.models import Entry, Finding, Pilot
from pilots.models.entry import EntryState, first_sentence
from tests.access.house import close, make_stopped
from tests.cast import NOW, TODAY, Cast, make_measured_metric, make_pilot, plan
from tests.memory import remembered, state
from tests.pages.page import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def closed(cast: Cast, title: str = "Onboarding guide") -> Pilot:
    def make() -> Pilot:
        pilot = make_stopped(cast, make_measured_metric(cast, name=f"Metric of {title}"), title)
        close(pilot, by=cast.manager)
        return pilot

    made, _known = remembered(("closed", title, state()), make)
    cast.organisation.chain.refresh_from_db()
    return Pilot.objects.get(pk=made.pk)


def browser_of(person: Person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def state_of(entry: Entry) -> str:
    found: str = Entry.objects.with_counts().get(pk=entry.pk).state  # type: ignore[attr-defined]
    return found


def test_a_decision_writes_down_what_it_taught_and_other_pilots_weigh_it(scoped: Cast) -> None:
    first, second, third = (closed(scoped, title) for title in ("One", "Two", "Three"))
    learned = Entry.objects.get(pilot=first)
    assert (learned.title, learned.kind) == ("People like to practise alone.", "learning")
    assert state_of(learned) == EntryState.ONE_PILOT
    learned.weigh(second, supports=True, by=scoped.manager, at=NOW)
    assert state_of(learned) == EntryState.SUPPORTED
    before = Event.objects.count()
    learned.weigh(second, supports=True, by=scoped.manager, at=NOW)
    assert Event.objects.count() == before, "the same said twice is said once"
    learned.weigh(
        third, supports=False, note="On site it was the other way round.", by=scoped.manager, at=NOW
    )
    assert state_of(learned) == EntryState.CONTESTED
    running = make_pilot(scoped, "running", title="Four")
    with pytest.raises(RefusedError, match="not decided yet"):
        learned.weigh(running, supports=True, by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="which pilot taught it"):
        Entry.objects.add(
            scoped.organisation, kind="learning", title="Hearsay", words="", by=scoped.manager, at=NOW
        )


def test_it_is_found_by_words_stems_and_names(scoped: Cast) -> None:
    def add(title: str, words: str) -> Entry:
        return Entry.objects.add(
            scoped.organisation, kind="checklist", title=title, words=words, by=scoped.manager, at=NOW
        )

    tills = add(
        "Prompts at the till", "Nobody asks customers while eleven people are queueing. Ask Łukasz Grün."
    )
    add("Welcome letter", "Send it on Monday.")
    for text in ("queue", "asking customer", "grün", "Łukasz", '"eleven people"', "till -letter", "TILLS"):
        assert list(Entry.objects.matching(text)) == [tills], text
    for text in ("tram", "till -queue", "'); drop table", "&|!:*", "\N{GRINNING FACE}"):
        assert not Entry.objects.matching(text).exists(), text
    assert list(Entry.objects.about("A queue in front of the till:*", "")) == [tills]
    assert not Entry.objects.about("a an :: & |").exists()


def test_it_is_mended_by_whoever_wrote_it_and_by_nobody_unseen(scoped: Cast) -> None:
    entry = Entry.objects.add(
        scoped.organisation, kind="move", title="Let Legal see it", words="Soon.", by=scoped.reviewer, at=NOW
    )
    address = reverse("entry_words", args=["northwind", entry.pk])
    mine, theirs = browser_of(scoped.reviewer), browser_of(scoped.manager)
    assert theirs.get(address).status_code == 404
    better = {"title": "Let Legal see it first", "words": "A week before.", "version": "1"}
    assert mine.post(address, better).status_code == 302
    late = browser_of(scoped.administrator).post(address, {**better, "words": "Never."})
    assert late.status_code == 409
    assert "It now says: A week before." in Page(late.content).text
    assert [found.title for found in Entry.objects.matching("first")] == ["Let Legal see it first"]
    event = scoped.organisation.chain.events.get(verb="library.mended")
    assert event.facts["changed"] == ["title", "words"]
    assert (event.detail.details["earlier_title"], event.detail.details["earlier_words"]) == (
        "Let Legal see it",
        "Soon.",
    )


def test_what_was_said_with_a_decision_stays_as_it_was_said(scoped: Cast) -> None:
    learned = Entry.objects.get(pilot=closed(scoped))
    with pytest.raises(RefusedError, match="said with the decision"):
        learned.mend(expected_version=1, title="Better", words="", by=scoped.manager, at=NOW)
    page = browser_of(scoped.manager).get(reverse("entry", args=["northwind", learned.pk])).content.decode()
    assert "Withdraw it" in page
    assert "Say it better" not in page


def test_what_is_withdrawn_leads_nobody_and_can_be_restored(scoped: Cast) -> None:
    learned = Entry.objects.get(pilot=closed(scoped))
    planned = make_pilot(scoped, title="People practise alone")
    browser, here = browser_of(scoped.manager), ["northwind", learned.pk]

    def shown() -> tuple[bool, bool, bool]:
        pages = [browser.get(f"/northwind/library/{what}").content.decode() for what in ("", "?q=practise")]
        known = known_here(planned)
        return *(learned.title in page for page in pages), bool(known and learned in known["learned"])

    assert shown() == (True, True, True)
    why = {"reason": "It was the weather."}
    assert browser.post(reverse("entry_withdrawal", args=here), why).status_code == 302
    assert shown() == (False, False, False)
    assert learned.title in browser.get("/northwind/library/?kind=withdrawn").content.decode()
    page = Page(browser.get(reverse("entry", args=here)).content).text
    assert (
        "Mia Lindqvist withdrew it on 1 June 2026, and nobody is led to it any more: It was the weather."
        in page
    )
    with pytest.raises(RefusedError, match="withdrawn"):
        learned.start_pilot(title="Again", by=scoped.manager, at=NOW)
    assert browser_of(scoped.reviewer).post(reverse("entry_restoration", args=here)).status_code == 404
    assert browser.post(reverse("entry_restoration", args=here)).status_code == 302
    assert shown() == (True, True, True)
    assert [event.verb for event in scoped.organisation.chain.events.order_by("-number")[:2]] == [
        "library.restored",
        "library.withdrawn",
    ]


def test_it_helped_once_a_person(scoped: Cast) -> None:
    entry = Entry.objects.add(
        scoped.organisation, kind="move", title="Let Legal see it first", words="", by=scoped.manager, at=NOW
    )
    assert entry.thank(by=scoped.reviewer, at=NOW)
    assert not entry.thank(by=scoped.reviewer, at=NOW)
    assert entry.thank(by=scoped.manager, at=NOW)
    entry.comment(words="So it was with us.", by=scoped.reviewer, at=NOW)
    counted = Entry.objects.with_counts().get()
    assert (counted.helped_people, counted.comment_count) == (2, 1)  # type: ignore[attr-defined]


def test_a_pilot_is_begun_from_a_piece(scoped: Cast) -> None:
    taught = closed(scoped)
    metric = make_measured_metric(scoped, name="First-contact resolution")
    piece = Entry.objects.add(
        scoped.organisation, kind="metric", title="It tells", words="", metric=metric, pilot=taught, by=scoped.manager,
        at=NOW,
    )  # fmt: skip
    pilot = piece.start_pilot(title="Billing coach", by=scoped.manager, at=NOW)
    assert (pilot.metric, pilot.grew_from, pilot.owner) == (metric, taught, scoped.manager)
    prompt = Entry.objects.add(
        scoped.organisation,
        kind="prompt",
        title="Hard customer",
        words="You are tired.",
        by=scoped.manager,
        at=NOW,
    )
    assert prompt.start_pilot(title="B", by=scoped.manager, at=NOW).ai_use == "You are tired."
    known = known_here(pilot)
    assert known and known["chosen"] == [piece]
    with pytest.raises(RefusedError, match="which metric"):
        Entry.objects.add(scoped.organisation, kind="metric", title="?", words="", by=scoped.manager, at=NOW)


def test_what_is_known_here_keeps_a_target_honest(scoped: Cast) -> None:
    """Level 20, target 17: 15 % less is asked for. What others reached stands beside it."""
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "planning", title="People practise")
    plan(scoped, pilot, metric, target=17.0)
    taught = closed(scoped)
    Finding.objects.filter(pilot=taught).update(metric=metric, area="service", relative=0.04, verdict="short")
    said = " ".join(known_here(pilot)["typical"])  # type: ignore[index]
    assert "One pilot was decided here on Customer service; 1 moved its metric." in said
    for number, relative in enumerate((0.0, 0.02, 0.09)):
        other = Pilot.objects.start_planning(
            scoped.organisation, by=scoped.manager, at=NOW, title=f"Coach {number}"
        )
        Finding.objects.create(
            pilot=other, organisation=scoped.organisation, decided_on=TODAY, planned_on=TODAY - timedelta(days=80),
            area="service", metric=metric, verdict="not_moved", decision="stop", relative=relative,
        )  # fmt: skip
    known = known_here(pilot)
    assert known
    told = " ".join(known["typical"])
    assert "4 pilots were decided here on Handling time; 1 moved their metric." in told
    assert "the middle one changed by 3.0\u202f%" in told
    assert "Your target asks for 15\u202f%: more than any of them reached." in told
    assert [one.pilot.title for one in known["nearest"]][-1] == "Onboarding guide" or len(
        known["nearest"]
    ) == 3
    assert [one.title for one in known["learned"]] == ["People like to practise alone."]
    pilot.target = 19.4
    assert "which 2 of these 4 reached" in " ".join(known_here(pilot)["typical"])  # type: ignore[index]


def test_a_long_first_sentence_becomes_a_title() -> None:
    assert first_sentence("It works.  Mostly. ") == "It works."
    assert first_sentence("word " * 80).endswith("word…")
    assert len(first_sentence("x" * 400)) == 200
