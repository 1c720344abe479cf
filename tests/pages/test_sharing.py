"""An outcome for people without an account: the link, its end, its password, and the files."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Bucket
from metrics.models import Metric
from pilots.models import Judgement, Outcome, Pilot, SharedLink, Worth
from pilots.views.sharing import TRIES_A_MINUTE
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, make_decided, make_measured_metric, make_pilot
from tests.links import newest_link
from tests.pages.page import Page
from tests.pages.tagged import complaints

pytestmark = pytest.mark.usefixtures("monday", "bell")
END = NOW + timedelta(weeks=6)
PASSWORD = "open sesame please"


@pytest.fixture
def outcome(scoped: Cast, monday: time_machine.Traveller) -> Outcome:
    metric = make_measured_metric(scoped, name="=cmd|' /C calc'!A0")
    make_pilot(scoped, "running", metric=metric, title="Ask Mia Lindqvist")
    monday.move_to(END)
    return make_decided(scoped, metric, learned="Mia Lindqvist was right, and so was Sven Holm.")


def share(cast: Cast, outcome: Outcome, **more: str) -> SharedLink:
    return SharedLink.objects.share(outcome, label="The board", days=30, by=cast.manager, at=END, **more)


def path(link: SharedLink) -> str:
    return reverse("shared_outcome", args=[link.token])


def test_line_breaks_in_a_judgement_are_kept(scoped: Cast, outcome: Outcome) -> None:
    asked = newest_link(outcome.pilot.stakeholders.get())
    Judgement.objects.give(asked, meant="partly", words="Fewer discounts.\r\nNot yet seen by me.", at=END)
    told = "Fewer discounts.<br>Not yet seen by me."
    browser = Client()
    browser.get(mailed_path("stakeholder", asked.key.hex))
    assert told in browser.get(f"/s/{asked.key}/").content.decode()
    assert told in Client().get(path(share(scoped, outcome))).content.decode()


def test_it_opens_counts_and_names_nobody(scoped: Cast, outcome: Outcome) -> None:
    link = share(scoped, outcome)
    answer = Client().get(path(link))
    text = Page(answer.content).text
    assert answer.status_code == 200
    assert "fell by" in text
    for name in ("Mia Lindqvist", "Sven Holm", "Ravi Menon"):
        assert name not in text
    assert "Head of sales was right" not in text
    assert "and so was Head of sales" in text
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert b'name="robots" content="noindex, nofollow"' in answer.content
    Client().head(path(link))
    link.refresh_from_db()
    assert (link.views, link.last_viewed_at) == (1, END)
    assert link.token not in str(SharedLink.objects.values().get())


def test_run_out_ended_guessed_and_deleted_are_one_answer(
    scoped: Cast, outcome: Outcome, monday: time_machine.Traveller
) -> None:
    ended, short = share(scoped, outcome), share(scoped, outcome)
    ended.revoke(by=scoped.manager, at=END)
    ended.revoke(by=scoped.manager, at=END)
    assert outcome.pilot.chain.events.filter(verb="outcome.share_revoked").count() == 1
    answers = [
        Client().get(address)
        for address in (path(ended), reverse("shared_outcome", args=["x" * 43]), path(ended) + "outcome.pdf")
    ]
    address, token = path(short), short.token
    monday.move_to(END + timedelta(days=30))
    answers.append(Client().get(address))
    monday.move_to(END)
    assert Client().get(address).status_code == 200
    SharedLink.objects.all().delete()
    answers += [Client().get(address), Client().post(address, {"password": PASSWORD})]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content) for answer in answers}
    assert len(bodies) == 1
    assert token.encode() not in bodies.pop()
    assert all(answer["X-Robots-Tag"] == "noindex, nofollow" for answer in answers)


def test_a_password_is_asked_for_and_cannot_be_tried_for_ever(scoped: Cast, outcome: Outcome) -> None:
    link = share(scoped, outcome, password=PASSWORD)
    assert PASSWORD not in link.password
    browser = Client()
    assert "shared with a password" in Page(browser.get(path(link)).content).text
    assert browser.get(path(link) + "outcome.json").status_code == 404
    wrong = [browser.post(path(link), {"password": "guess"}).status_code for _ in range(TRIES_A_MINUTE + 1)]
    assert wrong == [422] * TRIES_A_MINUTE + [429]
    assert browser.post(path(link), {"password": PASSWORD}).status_code == 429
    Bucket.objects.all().delete()
    assert browser.post(path(link), {"password": PASSWORD}).status_code == 302
    assert "fell by" in Page(browser.get(path(link)).content).text
    assert browser.get(path(link) + "outcome.json").status_code == 200
    other = share(scoped, outcome, password=PASSWORD)
    assert "shared with a password" in Page(browser.get(path(other)).content).text
    link.refresh_from_db()
    assert link.views == 1


def test_the_files(scoped: Cast, outcome: Outcome) -> None:
    link = share(scoped, outcome)
    made = {
        name: Client().get(path(link) + name)
        for name in ("outcome.pdf", "outcome-letter.pdf", "picture.png", "figures.csv", "outcome.json")
    }
    assert {answer.status_code for answer in made.values()} == {200}
    for name in ("outcome.pdf", "outcome-letter.pdf"):
        pdf = made[name].content
        assert pdf.startswith(b"%PDF-1.7")
        assert complaints(pdf) == [], name
        assert b"/Subtype/Image" not in pdf.replace(b" ", b"")  # the picture is vectors
    assert made["picture.png"].content.startswith(b"\x89PNG")
    rows = list(csv.reader(io.StringIO(made["figures.csv"].content.decode("utf-8-sig"))))
    assert rows[0][2].startswith("'=cmd")
    assert len(rows) == 1 + 90 + 42
    assert rows[-1][1] == "pilot"
    facts = json.loads(made["outcome.json"].content)
    assert facts["sha256"] == outcome.sha256
    assert facts["change"]["estimate"] == outcome.facts["reading"]["estimate"]
    assert "Mia Lindqvist" not in made["outcome.json"].content.decode()
    assert Client().get(path(link) + "outcome.exe").status_code == 404


def test_values_about_too_few_leave_by_no_file(scoped: Cast, outcome: Outcome) -> None:
    Pilot.objects.update(planned_reach=3)
    pilot = Pilot.objects.get()
    pilot.refresh_standing()
    link = share(scoped, outcome)
    answer = Client().get(path(link))
    assert "too few people to be shown" in Page(answer.content).text
    assert Client().get(path(link) + "figures.csv").status_code == 404
    assert Client().get(path(link) + "picture.png").status_code == 404
    facts = Client().get(path(link) + "outcome.json").json()
    assert facts["series"] == []
    assert set(facts["change"].values()) == {None}
    assert Client().get(path(link) + "outcome.pdf").status_code == 200


def test_the_manager_s_page(scoped: Cast, outcome: Outcome) -> None:
    browser = Client()
    browser.force_login(scoped.manager)
    address = reverse("sharing", args=["northwind", outcome.pilot_id])
    assert browser.post(address, {"label": "The board", "days": "7", "password": ""}).status_code == 302
    link = SharedLink.objects.get()
    assert link.expires_at == END + timedelta(days=7)
    content = browser.get(address).content.decode()
    assert path(link) in content
    assert "&lt;blockquote" in content
    assert "&lt;script" not in content
    assert browser.post(address, {"label": "x", "days": "7", "password": "short"}).status_code == 422


def test_a_browser_that_has_the_page_is_told_so(scoped: Cast, outcome: Outcome) -> None:
    link = share(scoped, outcome)
    browser, viewer = Client(), Client()
    viewer.force_login(scoped.viewer)
    own = reverse("pilot_outcome", args=["northwind", outcome.pilot_id])
    tags = [browser.get(path(link))["ETag"], viewer.get(own)["ETag"]]
    again = [
        browser.get(path(link), headers={"if-none-match": tags[0]}),
        viewer.get(own, headers={"if-none-match": tags[1]}),
    ]
    assert [(answer.status_code, answer.content) for answer in again] == [(304, b"")] * 2
    link.refresh_from_db()
    assert link.views == 2
    Worth.objects.state(outcome, no_value_because="Nobody knows.", by=scoped.manager, at=END)
    again = [
        browser.get(path(link), headers={"if-none-match": tags[0]}),
        viewer.get(own, headers={"if-none-match": tags[1]}),
    ]
    assert [answer.status_code for answer in again] == [200, 200]
    link.revoke(by=scoped.manager, at=END)
    assert browser.get(path(link), headers={"if-none-match": again[0]["ETag"]}).status_code == 404


def test_a_renamed_metric_is_told_as_it_was(scoped: Cast, outcome: Outcome) -> None:
    Metric.objects.update(name="Quite another")
    assert "Quite another" not in Page(Client().get(path(share(scoped, outcome))).content).text
