"""Links in mails: opened by scanners, forwarded, replayed, cut off, replaced. Only a filled-in form records anything."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Event, Organisation
from pilots.models import Answer, Delegation, Pilot, SignOff, StakeholderLink
from tests.access.house import Answered, mailed_path
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday")

WORDS = "Fewer discounts, and I can see it."


@pytest.fixture
def asking(scoped: Cast) -> Pilot:
    """A pilot whose one stakeholder got both letters: the question, and the plan to sign."""
    return make_pilot(scoped, "asked")


def link_of(pilot: Pilot, purpose: str) -> StakeholderLink:
    return (
        StakeholderLink.objects.select_related("plan_version")
        .filter(stakeholder__pilot=pilot, purpose=purpose)
        .latest("pk")
    )


def path_of(link: StakeholderLink) -> str:
    return mailed_path("stakeholder", link.key.hex)


def came_by(*links: StakeholderLink) -> Client:
    browser = Client()
    for link in links:
        assert browser.get(path_of(link), follow=True).status_code == 200
    return browser


def decided(link: StakeholderLink, **fields: str) -> dict[str, str]:
    assert link.plan_version
    return {
        "decision": "approve",
        "typed_name": "Sven Holm",
        "seen": link.plan_version.sha256,
        "words": "",
        **fields,
    }


def quiet(response: Answered) -> bytes:
    """The one page for a link that cannot be used, with what differs by chance cut out."""
    assert response.status_code == 404
    assert b"<h1>This link cannot be used here.</h1>" in response.content
    return response.content


# --- opening ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["question", "sign_off"])
def test_a_scanner_that_opens_it_fifty_times_changes_nothing(asking: Pilot, purpose: str) -> None:
    link = link_of(asking, purpose)
    events, browser = Event.objects.count(), Client(headers={"user-agent": "SafeLinks/1.0"})
    with CaptureQueriesContext(connection) as queries:
        for time in range(13):
            for method in (browser.get, browser.head, Client().get, Client().head):
                follow = method == browser.get and time in {
                    0,
                    12,
                }  # as far as the page: it is the same each time
                assert method(path_of(link), follow=follow).status_code == (200 if follow else 302)
    assert [query["sql"] for query in queries if not query["sql"].lstrip().startswith("SELECT")] == []
    assert Event.objects.count() == events
    # And it is as good as on the first day.
    assert came_by(link).get(reverse("stakeholder", args=[link.key])).status_code == 200


def test_a_scanner_that_posts_every_form_empty_records_nothing(asking: Pilot) -> None:
    question, plan = link_of(asking, "question"), link_of(asking, "sign_off")
    browser, events = came_by(question, plan), Event.objects.count()
    assert browser.post(reverse("stakeholder_answer", args=[question.key]), {"text": ""}).status_code == 422
    empty = {"seen": decided(plan)["seen"], "when": "before", "words": "", "typed_name": ""}
    assert browser.post(reverse("stakeholder_sign_off", args=[plan.key]), empty).status_code == 422
    assert Event.objects.count() == events


def test_the_token_is_exchanged_for_a_cookie_and_an_address_that_says_nothing(asking: Pilot) -> None:
    link = link_of(asking, "question")
    response = Client().get(path_of(link))
    assert (response.status_code, response["Location"]) == (302, f"/s/{link.key}/")
    cookie = response.cookies[f"link_{link.key.hex}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", f"/s/{link.key}/")
    token = path_of(link).split("/")[2]
    assert token not in response["Location"] + cookie.value
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_its_page_is_not_kept_and_says_not_where_it_came_from(asking: Pilot) -> None:
    link = link_of(asking, "question")
    page = came_by(link).get(reverse("stakeholder", args=[link.key]))
    # Not "no-referrer": with it a browser posts the form from nowhere, and is refused.
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    assert path_of(link).encode() not in page.content


def test_no_token_stands_in_the_database(asking: Pilot) -> None:
    token = path_of(link_of(asking, "sign_off")).split("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE strpos(t::text, %s) > 0', [token])
            assert (table, cursor.fetchone()) == (table, (0,))


# --- links that do not open --------------------------------------------------------------------------


def test_every_link_that_cannot_be_used_leads_to_the_same_quiet_page(asking: Pilot) -> None:
    link = link_of(asking, "question")
    path, token = path_of(link), path_of(link).split("/")[2]
    spoilt = {
        "truncated": path.replace(token, token[:-1]),
        "longer": path.replace(token, token + "A"),
        "upper-cased": path.replace(token, token.upper()),
        "never made": path.replace(token, "A" * 43),
        "encoded twice": path.replace(token, token[:-1] + "%2541"),
        "the key itself": f"/s/{link.key.hex}x/",
        "nothing of ours": "/s/%00%ff%ed%a0%80/",
    }
    assert token.upper() != token
    pages = {name: quiet(Client().get(one)) for name, one in spoilt.items()}
    pages["the address without the cookie"] = quiet(Client().get(reverse("stakeholder", args=[link.key])))
    pages["a key that nothing has"] = quiet(Client().get(reverse("stakeholder", args=[uuid4()])))
    assert len(set(pages.values())) == 1, sorted(pages)


def test_a_cookie_that_was_tampered_with_opens_nothing(asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    name = f"link_{link.key.hex}"
    for value in (
        "",
        "x",
        browser.cookies[name].value[:-1],
        browser.cookies[name].value.replace(":", "::"),
        link.token_hash,
    ):
        browser.cookies[name] = value
        quiet(browser.get(reverse("stakeholder", args=[link.key])))


def test_the_cookie_of_another_link_opens_nothing(scoped: Cast, asking: Pilot) -> None:
    other = make_pilot(scoped, title="Another")
    stakeholder = make_stakeholder(scoped, other, "Ines Prado")
    stakeholder.ask_the_question(by=scoped.manager, at=NOW)
    mine, theirs = newest_link(stakeholder), link_of(asking, "question")
    browser = came_by(mine)
    browser.cookies[f"link_{theirs.key.hex}"] = browser.cookies[f"link_{mine.key.hex}"].value
    quiet(browser.get(reverse("stakeholder", args=[theirs.key])))
    quiet(browser.post(reverse("stakeholder_answer", args=[theirs.key]), {"text": WORDS}))


def test_after_thirty_days_it_is_too_old(asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        quiet(browser.get(reverse("stakeholder", args=[link.key])))
        quiet(browser.post(reverse("stakeholder_answer", args=[link.key]), {"text": WORDS}))
        assert Client().get(path_of(link), follow=True).status_code == 404


def test_a_newer_link_takes_the_place_of_the_older(scoped: Cast, asking: Pilot) -> None:
    old = link_of(asking, "question")
    browser = came_by(old)
    old.stakeholder.ask_the_question(by=scoped.manager, at=NOW)
    quiet(browser.get(reverse("stakeholder", args=[old.key])))
    quiet(browser.post(reverse("stakeholder_answer", args=[old.key]), {"text": WORDS}))
    came_by(link_of(asking, "question"))


# --- answering ----------------------------------------------------------------------------------------


def test_an_answer_is_kept_word_for_word_and_leaves_its_event(asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    response = browser.post(reverse("stakeholder_answer", args=[link.key]), {"text": WORDS}, follow=True)
    assert Answer.objects.latest("pk").text == WORDS
    assert asking.chain.events.latest("number").verb == "question.answered"
    assert WORDS in response.content.decode()


def test_whoever_signed_is_not_told_that_they_will_be_asked_to(scoped: Cast, asking: Pilot) -> None:
    question, sven = link_of(asking, "question"), link_of(asking, "sign_off").stakeholder
    browser, path = came_by(question), reverse("stakeholder", args=[question.key])
    assert "You will be asked to sign the plan before anything begins." in browser.get(path).content.decode()
    Delegation.objects.hand_on(
        link_of(asking, "sign_off"), name="Ines Prado", email="ines@customer.example", at=NOW
    )
    asked = browser.get(path).content.decode()
    assert "On 1 June 2026 you asked Ines Prado to sign the plan in your place." in asked
    deputys = link_of(asking, "sign_off")
    SignOff.objects.sign(deputys, at=NOW, **decided(deputys, typed_name="Ines Prado"))
    signed = browser.get(path).content.decode()
    assert "Ines Prado signed the plan in your place on 1 June 2026." in signed
    assert "You will be asked" not in signed

    Answer.objects.receive(sven, text=WORDS, at=NOW)
    more = browser.get(path).content.decode()
    assert "The plan will say how it delivers that. You will be asked to sign it anew" in more


def test_whoever_need_not_sign_is_not_told_that_they_will_be_asked_to(scoped: Cast, asking: Pilot) -> None:
    other = make_stakeholder(scoped, asking, "Ines Prado", is_sponsor=False, sign_off_required=False)
    answer(scoped, other)
    link = newest_link(other)
    page = came_by(link).get(reverse("stakeholder", args=[link.key])).content.decode()
    assert "Thank you. This is what you said." in page and "You need not sign the plan." in page
    assert "asked to sign" not in page


def test_its_lines_are_shown_as_they_were_written(scoped: Cast, asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    browser.post(
        reverse("stakeholder_answer", args=[link.key]), {"text": "Fewer <b>discounts</b>.\r\nI see it."}
    )
    member = Client()
    member.force_login(scoped.manager)
    shown = "Fewer &lt;b&gt;discounts&lt;/b&gt;.<br>I see it."
    assert shown in browser.get(reverse("stakeholder", args=[link.key])).content.decode()
    assert shown in member.get(reverse("pilot_people", args=["northwind", asking.pk])).content.decode()


def test_a_double_click_is_one_answer(asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    answers = Answer.objects.count()
    for _click in range(2):
        assert (
            browser.post(reverse("stakeholder_answer", args=[link.key]), {"text": WORDS}).status_code == 302
        )
    assert Answer.objects.count() == answers + 1
    assert asking.chain.events.filter(verb="question.answered").count() == answers + 1


def test_somebody_may_say_more_later(asking: Pilot) -> None:
    link = link_of(asking, "question")
    browser = came_by(link)
    for words in (WORDS, "And the new ones stay."):
        browser.post(reverse("stakeholder_answer", args=[link.key]), {"text": words})
    page = browser.get(reverse("stakeholder", args=[link.key])).content.decode()
    assert WORDS in page
    assert "And the new ones stay." in page


# --- signing ------------------------------------------------------------------------------------------


def test_a_signature_says_who_when_what_and_leaves_its_event(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser = came_by(link)
    page = browser.post(
        reverse("stakeholder_sign_off", args=[link.key]), decided(link), follow=True
    ).content.decode()
    signed = SignOff.objects.get()
    assert (signed.decision, signed.typed_name, signed.plan_version) == (
        "approve",
        "Sven Holm",
        link.plan_version,
    )
    assert [event.verb for event in asking.chain.events.order_by("-number")[:2]] == [
        "receipt.sent",
        "plan.signed",
    ]
    assert "1 June 2026, 12:00, Europe/Berlin (UTC+02:00)" in page
    assert "You signed this plan." in page
    assert "I agree that this is how success will be judged." in page


@pytest.mark.parametrize(
    ("decision", "heading"), [("condition", "You signed this plan."), ("decline", "You declined this plan.")]
)
def test_a_condition_and_a_refusal_need_words(asking: Pilot, decision: str, heading: str) -> None:
    link = link_of(asking, "sign_off")
    browser, path = came_by(link), reverse("stakeholder_sign_off", args=[link.key])
    assert browser.post(path, decided(link, decision=decision)).status_code == 422
    assert SignOff.objects.count() == 0
    page = browser.post(path, decided(link, decision=decision, words="Legal reads it first."), follow=True)
    assert heading in page.content.decode()
    assert "Legal reads it first." in page.content.decode()


def test_the_lines_of_a_condition_are_shown_as_they_were_written(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    sign(link.stakeholder, decision="condition", words="Legal reads it.\r\nAnd the board.")
    page = came_by(link).get(reverse("stakeholder", args=[link.key])).content.decode()
    assert "Legal reads it.<br>And the board." in page


def test_a_second_signature_is_the_first_again(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser, path = came_by(link), reverse("stakeholder_sign_off", args=[link.key])
    browser.post(path, decided(link))
    events = Event.objects.count()
    again = browser.post(path, decided(link, decision="decline", words="I changed my mind."), follow=True)
    assert "You signed this plan." in again.content.decode()
    assert (SignOff.objects.get().decision, Event.objects.count()) == ("approve", events)


def test_a_link_for_the_question_cannot_sign_and_the_other_way_round(asking: Pilot) -> None:
    question, plan = link_of(asking, "question"), link_of(asking, "sign_off")
    browser, events = came_by(question, plan), Event.objects.count()
    quiet(browser.post(reverse("stakeholder_sign_off", args=[question.key]), decided(plan)))
    quiet(browser.post(reverse("stakeholder_answer", args=[plan.key]), {"text": WORDS}))
    assert (SignOff.objects.count(), Event.objects.count()) == (0, events)


def test_another_name_does_not_sign(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    response = came_by(link).post(
        reverse("stakeholder_sign_off", args=[link.key]), decided(link, typed_name="Mia Lindqvist")
    )
    assert response.status_code == 422
    assert "Please type your full name as it stands above: Sven Holm." in response.content.decode()
    assert SignOff.objects.count() == 0


@pytest.mark.parametrize("typed", ["sven holm", "  Sven   Holm ", "SVEN HOLM"])
def test_the_name_may_be_typed_as_people_type(asking: Pilot, typed: str) -> None:
    link = link_of(asking, "sign_off")
    came_by(link).post(reverse("stakeholder_sign_off", args=[link.key]), decided(link, typed_name=typed))
    assert SignOff.objects.count() == 1


@pytest.mark.parametrize(
    "tampered", [{"decision": "approved"}, {"decision": ""}, {"seen": "0" * 64}, {"seen": ""}]
)
def test_what_was_tampered_with_signs_nothing(asking: Pilot, tampered: dict[str, str]) -> None:
    link, events = link_of(asking, "sign_off"), Event.objects.count()
    more = {"pilot": "1", "plan_version": "1", "stakeholder": "1", "at": "2001-01-01", **tampered}
    response = came_by(link).post(reverse("stakeholder_sign_off", args=[link.key]), decided(link, **more))
    assert response.status_code == 422
    assert (SignOff.objects.count(), Event.objects.count()) == (0, events)


def test_a_plan_that_changed_since_it_was_opened_is_not_signed(scoped: Cast, asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser = came_by(link)
    asking.refresh_from_db()
    asking.change_plan(by=scoped.manager, at=NOW, expected_version=asking.version, target=17.0)
    asking.request_sign_off(by=scoped.manager, at=NOW)
    quiet(browser.post(reverse("stakeholder_sign_off", args=[link.key]), decided(link)))
    new = link_of(asking, "sign_off")
    response = came_by(new).post(
        reverse("stakeholder_sign_off", args=[new.key]), decided(new, seen=decided(link)["seen"])
    )
    assert response.status_code == 422
    assert "Nothing was signed." in response.content.decode()
    assert SignOff.objects.count() == 0


def test_a_plan_that_is_being_changed_is_read_and_not_signed(scoped: Cast, asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    opened, path = came_by(link), reverse("stakeholder", args=[link.key])
    asking.refresh_from_db()
    asking.change_plan(by=scoped.manager, at=NOW, expected_version=asking.version, target=17.0)

    fresh = came_by(link).get(path).content.decode()
    assert "The plan is being changed." in fresh and "you get a new mail" in fresh
    assert "<form" not in fresh and "since you opened this page" not in fresh
    assert "18.5" in fresh  # what was out can still be read

    words = decided(link, decision="condition", words="Legal reads it first.")
    refused = opened.post(reverse("stakeholder_sign_off", args=[link.key]), words)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "The plan changed since you opened this page. Nothing was signed." in page
    assert "Legal reads it first." in page and "The plan is being changed." in page
    assert "<form" not in page
    assert SignOff.objects.count() == 0

    asking.request_sign_off(by=scoped.manager, at=NOW)
    new = link_of(asking, "sign_off")
    came_by(new).post(reverse("stakeholder_sign_off", args=[new.key]), decided(new))
    assert SignOff.objects.count() == 1


def test_whoever_owns_the_pilot_by_now_does_not_sign_it(scoped: Cast, asking: Pilot) -> None:
    """Named while somebody else owned it; then it became theirs."""
    link = link_of(asking, "sign_off")
    browser = came_by(link)
    type(link.stakeholder).objects.filter(pk=link.stakeholder_id).update(email=scoped.manager.email)
    response = browser.post(reverse("stakeholder_sign_off", args=[link.key]), decided(link))
    assert response.status_code == 422
    assert "Nobody signs for a pilot they own." in response.content.decode()
    assert SignOff.objects.count() == 0


def test_the_owner_cannot_be_named_as_stakeholder(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    browser = Client()
    browser.force_login(scoped.manager)
    form = {
        "name": "Mia Lindqvist",
        "email": scoped.manager.email.upper(),
        "stance": "sceptic",
        "resistance": "",
    }
    response = browser.post(reverse("stakeholder_new", args=["northwind", pilot.pk]), form)
    assert response.status_code == 422
    assert "Nobody signs for a pilot they own." in response.content.decode()
    assert not pilot.stakeholders.exists()


def test_a_cancelled_pilot_is_not_signed(scoped: Cast, asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser = came_by(link)
    asking.cancel_planning(reason="Not now.", by=scoped.manager, at=NOW)
    refused = browser.post(reverse("stakeholder_sign_off", args=[link.key]), decided(link))
    assert refused.status_code == 422
    for page in (refused, browser.get(reverse("stakeholder", args=[link.key]))):
        assert "There is nothing left to sign here." in page.content.decode()
        assert "The plan changed" not in page.content.decode()
    assert SignOff.objects.count() == 0


def test_the_page_says_on_which_day_the_receipt_was_sent(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    sign(link.stakeholder)
    browser, path = came_by(link), reverse("stakeholder", args=[link.key])
    assert "A receipt with this page is on its way to you by mail." in browser.get(path).content.decode()
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        later = browser.get(path).content.decode()
    assert "A receipt with this page went to you by mail on 1 June 2026." in later
    assert "on its way" not in later


def test_todays_level_stands_beside_the_target_and_is_not_signed(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser, path = came_by(link), reverse("stakeholder", args=[link.key])
    page = browser.get(path).content.decode()
    assert "It stands at 20.0\xa0min today" in page and "no part of what you sign" in page
    assert link.plan_version
    assert "20.0" not in link.plan_version.content
    Organisation.objects.update(minimum_group=50)  # thirty-one are planned
    assert "It stands at" not in browser.get(path).content.decode()
    Organisation.objects.update(minimum_group=5)
    sign(link.stakeholder)
    assert "It stands at" not in browser.get(path).content.decode()


def test_the_page_shows_what_was_signed_for_as_long_as_the_link_lives(asking: Pilot) -> None:
    link = link_of(asking, "sign_off")
    browser = came_by(link)
    sign(link.stakeholder)
    page = browser.get(reverse("stakeholder", args=[link.key])).content.decode()
    assert "You signed this plan." in page
    assert link.plan_version
    assert link.plan_version.sha256 in page
