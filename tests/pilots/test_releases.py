"""Only what was approved reaches learners: by the verb, the page, the API, and in the database itself."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.models import Message
from pilots.errors import RefusedError
from pilots.labels import label_of, snippets
from pilots.models import ContentItem, Incident, Pilot, Release, Review
from pilots.models.checklist import CHECKLIST
from tests import door
from tests.api.client import Program, acting_token
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")
type Spoiler = Callable[[Cast, ContentItem], None]


def make(cast: Cast, **fields: object) -> ContentItem:
    given = {"title": "Price pushback", "kind": "scenario", "ai_use": "made", "text": "Too dear.", "by": cast.manager, **fields}  # fmt: skip
    return ContentItem.objects.make(Pilot.objects.first() or make_pilot(cast), at=NOW, **given)  # type: ignore[arg-type]


def decide(item: ContentItem, by: object, decision: str = "approve", note: str = "") -> Review:
    version = ContentItem.objects.get(pk=item.pk).newest_version()
    return version.review(decision=decision, checklist=list(CHECKLIST), note=note, by=by, at=NOW)  # type: ignore[arg-type]


def nobody_reviewed(cast: Cast, item: ContentItem) -> None:
    """As it was made."""


def rejected(cast: Cast, item: ContentItem) -> None:
    decide(item, cast.reviewer, "reject", "No.")


def changes_asked(cast: Cast, item: ContentItem) -> None:
    decide(item, cast.reviewer, "changes", "Shorter.")


def edited_after_approval(cast: Cast, item: ContentItem) -> None:
    decide(item, cast.reviewer)
    item.add_version(text="Edited.", by=cast.manager, at=NOW)


def one_of_two_objects(cast: Cast, item: ContentItem) -> None:
    decide(item, cast.reviewer)
    decide(item, cast.administrator, "reject", "Wrong.")


def reviewed_by_its_maker(cast: Cast, item: ContentItem) -> None:
    """As only somebody could who takes the database's own guard away."""
    with door.opened():
        Review.objects.create(
            version=item.newest_version(), reviewer=cast.manager, decision="approve", checklist=[], at=NOW
        )


def an_incident(cast: Cast, item: ContentItem) -> None:
    decide(item, cast.reviewer)
    item.release(number=1, to="The first", by=cast.manager, at=NOW).log_incident(
        what="Wrong.", by=cast.reviewer, at=NOW
    )


SPOILERS: list[tuple[Spoiler, str]] = [
    (nobody_reviewed, "Nobody has approved version 1"),
    (rejected, "was rejected"),
    (changes_asked, "Changes to version 1"),
    (edited_after_approval, "Nobody has approved version 2"),
    (one_of_two_objects, "was rejected"),
    (an_incident, "An incident opened"),
    (reviewed_by_its_maker, "Nobody has approved version 1"),
]


def refused_by_the_database(cast: Cast, item: ContentItem) -> bool:
    try:
        with transaction.atomic():
            Release.objects.create(version=item.newest_version(), to="All", by=cast.manager, at=NOW)
    except DatabaseError as error:
        return "pilotlight:" in str(error)
    return False


@pytest.mark.parametrize(("spoil", "words"), SPOILERS, ids=[one.__name__ for one, _words in SPOILERS])
def test_what_is_not_approved_is_refused_everywhere(
    scoped: Cast, client: Client, spoil: Spoiler, words: str
) -> None:
    item = make(scoped)
    spoil(scoped, item)
    before, number = Release.objects.count(), item.newest_version().number
    assert refused_by_the_database(scoped, item)
    with pytest.raises(RefusedError, match=words):
        item.release(number=number, to="All", by=scoped.manager, at=NOW)
    client.force_login(scoped.manager)
    address = f"/northwind/pilots/{item.pilot_id}/content/{item.pk}/releases/"
    answer = client.post(address, {"number": number, "to": "All"})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    program = Program(acting_token(scoped, "manager"))
    asked = {"number": number, "to": "All"}
    told = program.ask("POST", f"/pilots/{item.pilot_id}/content/{item.pk}/releases", asked)
    assert (told.status_code, words in told.json()["detail"]) == (409, True)
    assert Release.objects.count() == before


def test_the_older_version_is_not_released_either(scoped: Cast) -> None:
    item = make(scoped)
    edited_after_approval(scoped, item)
    with pytest.raises(RefusedError, match="Version 1 was edited since"):
        item.release(number=1, to="All", by=scoped.manager, at=NOW)
    with pytest.raises(DatabaseError, match="only the newest"), transaction.atomic():
        Release.objects.create(version=item.versions.get(number=1), to="All", by=scoped.manager, at=NOW)


@pytest.mark.parametrize("by", ["manager", "reviewer"])
def test_the_database_refuses_a_maker_s_review(scoped: Cast, by: str) -> None:
    item = make(scoped)
    item.add_version(text="By another hand.", by=scoped.reviewer, at=NOW)
    with pytest.raises(DatabaseError, match="nobody reviews what they made"), transaction.atomic():
        Review.objects.create(
            version=item.newest_version(),
            reviewer=scoped.in_role(by),
            decision="approve",
            checklist=[],
            at=NOW,
        )


@pytest.mark.parametrize("change", [{"ai_use": "none"}, {"maker": "administrator"}, {"high_stakes": False}])
def test_how_it_was_made_stays_as_it_was_said(scoped: Cast, change: dict[str, object]) -> None:
    item = make(scoped, high_stakes=True)
    given = {
        name: scoped.administrator if value == "administrator" else value for name, value in change.items()
    }
    with pytest.raises(DatabaseError, match="stays as it was said"), transaction.atomic():
        ContentItem.objects.filter(pk=item.pk).update(**given)


def test_two_are_needed_in_the_database_too(scoped: Cast) -> None:
    item = make(scoped, high_stakes=True)
    decide(item, scoped.reviewer)
    assert refused_by_the_database(scoped, item)
    with pytest.raises(RefusedError, match="needs a second reviewer"):
        item.release(number=1, to="All", by=scoped.manager, at=NOW)
    decide(item, scoped.administrator)
    assert item.release(number=1, to="All", by=scoped.manager, at=NOW).version.number == 1


def test_what_was_approved_is_released_once_and_can_be_taken_back(scoped: Cast) -> None:
    item = make(scoped)
    decide(item, scoped.reviewer)
    release = item.release(number=1, to=" All  of them ", by=scoped.manager, at=NOW)
    assert item.release(number=1, to="All of them", by=scoped.manager, at=NOW) == release
    taken_back = release.withdraw(reason="A newer one.", by=scoped.manager, at=NOW)
    assert release.withdraw(reason="Again.", by=scoped.manager, at=NOW) == taken_back
    again = item.release(number=1, to="All of them", by=scoped.manager, at=NOW)
    assert list(item.releases()) == [again, release]
    verbs = list(item.pilot.chain.events.order_by("number").values_list("verb", flat=True))
    assert verbs[-3:] == ["content.released", "content.withdrawn", "content.released"]


def test_what_people_made_alone_is_released_without_a_review(scoped: Cast) -> None:
    assert make(scoped, ai_use="none").release(number=1, to="All", by=scoped.manager, at=NOW)


@pytest.mark.parametrize(
    ("asked", "words"), [({"number": 9}, "no version 9"), ({"to": "  "}, "which learners")]
)
def test_a_release_that_makes_no_sense(scoped: Cast, asked: dict[str, object], words: str) -> None:
    item = make(scoped, ai_use="none")
    with pytest.raises(RefusedError, match=words):
        item.release(**{"number": 1, "to": "All", **asked}, by=scoped.manager, at=NOW)  # type: ignore[arg-type]


def test_a_cancelled_pilot_releases_nothing(scoped: Cast) -> None:
    item = make(scoped, ai_use="none")
    item.pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="cancelled"):
        ContentItem.objects.get(pk=item.pk).release(number=1, to="All", by=scoped.manager, at=NOW)


def test_an_incident_opens_the_review_again_and_tells_the_owner(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    item = pilot.content.get()
    release = item.release(number=1, to="All", by=scoped.manager, at=NOW)
    assert not pilot.flags.standing().exists()
    incident = release.log_incident(what="The price is old.", by=scoped.reviewer, at=NOW)
    assert release.log_incident(what="The price is old.", by=scoped.reviewer, at=NOW) == incident
    item.refresh_from_db()
    assert (item.state, item.waits_for, item.round) == ("", "incident", 1)
    message = Message.objects.get(template="incident")
    assert message.to == pilot.owner.email
    letter = message.as_email()
    assert "The price is old." in letter.body
    assert letter.subject.endswith("Price pushback")
    assert pilot.flags.standing().get().kind == "approval_lost"
    decide(item, scoped.reviewer)
    item.refresh_from_db()
    assert (item.state, pilot.flags.standing().count()) == ("approve", 0)
    assert item.release(number=1, to="Others", by=scoped.manager, at=NOW)
    assert Incident.objects.count() == 1
    assert pilot.chain.first_break() is None


def test_an_edit_while_it_runs_raises_a_flag_that_a_reading_leaves_alone(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    pilot.content.get().add_version(text="Edited.", by=scoped.manager, at=NOW)
    flag = pilot.flags.standing().get(kind="approval_lost")
    pilot.read(at=NOW)
    assert pilot.flags.standing().get(kind="approval_lost") == flag
    assert flag.figures == {"items": ["Price pushback"]}
    assert Pilot.objects.get(pk=pilot.pk).standing.top_flag == "approval_lost"


def test_a_new_item_that_was_never_approved_has_nothing_to_lose(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    ContentItem.objects.make(
        pilot, title="New", kind="quiz", ai_use="made", text="?", by=scoped.manager, at=NOW
    )
    assert not pilot.flags.standing().exists()


# --- labels -----------------------------------------------------------------------------------------


def label(item: ContentItem) -> tuple[str, str]:
    version = ContentItem.objects.get(pk=item.pk).newest_version()
    found = label_of(version)
    return found.code, found.words


def test_the_label_follows_from_the_records(scoped: Cast) -> None:
    item = make(scoped, high_stakes=True)
    assert label(item) == ("unreviewed", "AI-made, not reviewed")
    decide(item, scoped.reviewer)
    assert label(item)[0] == "unreviewed"
    decide(item, scoped.administrator)
    words = "AI-assisted, reviewed by a content reviewer and a manager of learning and development"
    assert label(item) == ("reviewed", words)
    item.release(number=1, to="All", by=scoped.manager, at=NOW).log_incident(
        what="!", by=scoped.manager, at=NOW
    )
    assert label(item)[0] == "unreviewed"
    assert label(make(scoped, ai_use="none")) == ("human", "human-made")


def test_a_learner_reads_roles_and_no_names(scoped: Cast, client: Client) -> None:
    item = make(scoped, title="<b>Price</b>")
    decide(item, scoped.reviewer)
    item.release(number=1, to="All", by=scoped.manager, at=NOW)
    pasted = snippets(item.newest_version())
    address = pasted["text"].rsplit(": ", 1)[1]
    assert pasted["html"].startswith(
        '<p class="ai-label">AI-assisted, reviewed by a content reviewer on 1 June 2026. <a href="'
    )
    item.add_version(text="Not yet reviewed.", by=scoped.manager, at=NOW)
    page = client.get(address.removeprefix("http://127.0.0.1:8000")).content.decode()
    assert "AI-assisted, reviewed by a content reviewer on 1 June 2026." in page
    assert "released on 1 June 2026" in page
    for person in (scoped.reviewer, scoped.manager):
        assert person.name not in page
    assert "<b>Price</b>" not in page


@pytest.mark.parametrize("token", ["1", "1.", "1.x", "x.y", "9" * 30 + ".x", "１.x", "1.\udce4"])
def test_a_token_that_is_none_opens_nothing(scoped: Cast, client: Client, token: str) -> None:
    make(scoped)
    from urllib.parse import quote

    assert client.get(f"/l/{quote(token, errors='surrogatepass')}/").status_code == 404
