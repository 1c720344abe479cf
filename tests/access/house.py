"""Two furnished organisations, and for each route of the product an object behind it and a form that is right.

The access matrix, the pages' and the forms' tests walk the same routes: a new one is entered in ``VISITS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from accounts.links import signed_for
from accounts.models import (
    ApiToken,
    Channel,
    Invitation,
    Job,
    Membership,
    Message,
    Organisation,
    Person,
    Role,
)
from metrics.models import Backfill, Jump, Metric, Source, SourceDraft
from pilots.charter_page import charter_path
from pilots.labels import data_path, public_path
from pilots.models import (
    Amendment,
    Answer,
    CalendarFeed,
    Charter,
    Checklist,
    ContentItem,
    Delegation,
    Entry,
    Flag,
    LearnerData,
    Pilot,
    Release,
    SharedLink,
    Stakeholder,
    StakeholderLink,
    SupportingSignal,
)
from pilots.models.law import QUESTIONS
from pilots.plan import decision_rule
from pilots.slides.deck import Deck, Page
from tests.cast import (
    NOW,
    PASSWORD,
    TODAY,
    Cast,
    answer,
    csv_of,
    make_cast,
    make_measured_metric,
    make_metric,
    make_person,
    make_pilot,
    make_stakeholder,
    noise,
)
from tests.links import newest_link
from tests.memory import remembered, state

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

NOWHERE: Final = "https://127.0.0.1/hook"  # an address that nothing is posted to
CHARTER: Final = {
    "vision": "AI takes the typing, people keep the judgement.", "uses": "Drafts that a person checks.",
    "owner": "Head of Learning", "governance": "The works council and legal",
}  # fmt: skip
NOBODY: Final = 999_999_999  # an id that no row has

type Form = dict[str, Any]
# What a test's browser gets: a response that also knows the context of its template.
type Answered = _MonkeyPatchedWSGIResponse


@dataclass(frozen=True)
class Rooms:
    """One organisation with something behind every address."""

    cast: Cast
    maker: Person
    metric: Metric
    typed: Metric  # its values are typed in
    token: ApiToken
    channel: Channel  # of the organisation
    asking: Pilot  # its plan is out for signature
    ready: Pilot  # every line of its gate is met
    running: Pilot
    deciding: Pilot
    closed: Pilot
    stakeholder: Stakeholder
    expert: Stakeholder  # whose content AI now writes
    said: Answer
    told: Answer  # taken down for the stakeholder, who said that it is right
    drafted: Pilot  # has a metric without a source, and a supporting signal
    signal: SupportingSignal
    item: ContentItem
    paper: ContentItem  # given as a file, made by a person alone
    release: Release
    row: LearnerData
    flag: Flag
    backfill: Backfill  # of a metric of its own, so that the other's days can be fetched too
    jump: Jump
    invitation: Invitation
    amendment: Amendment  # of a pilot that ran then; nobody has signed it
    delegation: Delegation  # the expert asked somebody to sign in their place
    question_link: StakeholderLink
    sign_off_link: StakeholderLink
    judgement_link: StakeholderLink
    shared: SharedLink

    @property
    def organisation(self) -> Organisation:
        return self.cast.organisation

    @property
    def slug(self) -> str:
        return self.organisation.slug

    def membership(self, role: str) -> Membership:
        return self.organisation.memberships.get(person=self.cast.in_role(role))


def furnish(slug: str, *, fully: bool = True) -> Rooms:
    """An organisation in which each kind of thing is there once, made by the real verbs.

    Where only the ids matter (those of somebody else's organisation), one pilot stands for several.
    """
    cast = make_cast(slug)
    maker = make_person("Lea Sommer", slug)
    cast.organisation.admit(maker, Role.REVIEWER, by=cast.administrator.actor, at=NOW)
    with scope(organisation=cast.organisation):
        metric = make_measured_metric(cast)
        asking = make_pilot(cast, "planned", metric=metric, title="Call coach")
        stakeholder = make_stakeholder(cast, asking)
        said = answer(cast, stakeholder)
        told = Answer.objects.take_down(stakeholder, text="And I see it.", by=cast.manager, at=NOW)
        told.confirm(at=NOW)
        told.map_to_plan(delivered_by="On the pilot's page.", by=cast.manager, at=NOW)
        drafted = make_pilot(cast, title="Half a plan")
        drafted.change_plan(
            by=cast.manager, at=NOW, expected_version=1, metric=make_metric(cast, name="Reopened cases")
        )
        signal = drafted.keep_as_signal("Logins", by=cast.manager, at=NOW)
        expert = make_stakeholder(
            cast, asking, "Olga Brandt", resistance="co_ownership", is_sponsor=False, sign_off_required=False
        )
        agent = make_stakeholder(cast, asking, "Emil Roth", resistance="", stance="neutral", is_sponsor=False)
        question_link = newest_link(stakeholder)
        asking.request_sign_off(by=cast.manager, at=NOW)
        delegation = Delegation.objects.hand_on(
            newest_link(agent), name="Nina Roth", email="nina@customer.example", at=NOW
        )
        amendment = amend(
            make_pilot(cast, "running", metric=metric, title="Onboarding guide"), by=cast.manager
        )
        closed = stop(amendment.pilot, by=cast.manager)
        close(closed, by=cast.manager)
        ready = running = deciding = closed
        if fully:
            ready = make_pilot(cast, "ready", metric=metric, title="Objection coach")
            running = make_pilot(cast, "running", metric=metric, title="Ticket helper")
            amendment = amend(running, by=cast.manager)
            deciding = make_stopped(cast, metric, "Pricing tutor")
        Flag.objects.create(
            pilot=running, kind="no_data", figures={"since": TODAY.isoformat()}, raised_at=NOW
        )
        running.refresh_standing()
        backfill, jump = make_questions(cast)
        _tried_by([cast.manager, cast.administrator], metric)
        item = ContentItem.objects.make(
            asking, title="Opening lines", kind="scenario", ai_use="made", ai_tool="A model", needed_for_launch=True,
            text="Ask before you answer.", by=maker, at=NOW,
        )  # fmt: skip
        paper = ContentItem.objects.make(
            asking, title="Handout", kind="lesson", ai_use="none", needed_for_launch=False,
            upload=SimpleUploadedFile("handout.txt", b"Ask twice."), by=maker, at=NOW,
        )  # fmt: skip
        row = LearnerData.objects.write_down(
            asking, data="Typed questions", purpose="To mend answers", source="The coach", access="Lea Sommer",
            kept_until=TODAY + timedelta(days=60), personal="no", by=cast.manager, at=NOW,
        )  # fmt: skip
        release = paper.release(number=1, to="Everybody new", by=cast.manager, at=NOW)
        Charter.objects.publish(cast.organisation, expected=0, by=cast.administrator, at=NOW, **CHARTER)
        typed = make_metric(cast, name="Hours saved", kind="total")
        Source.objects.connect(typed, "typed", settings={}, by=cast.manager, at=NOW)
        token, _raw = ApiToken.objects.make(
            cast.organisation, name="Nightly export", scope="push", by=cast.administrator, at=NOW
        )
        channel, _secret = Channel.objects.add(
            cast.organisation, kind="webhook", name="Our dashboard", url=NOWHERE, topics=["outcome"],
            by=cast.administrator, at=NOW,
        )  # fmt: skip
        for title in ("Tell nobody before it works", "Show it to the loudest sceptic"):
            entry = Entry.objects.add(
                cast.organisation, kind="move", title=title, words="A week before.", by=cast.manager, at=NOW
            )
            if title.startswith("Tell"):
                entry.withdraw(reason="It cost us a works council.", by=cast.manager, at=NOW)
        return Rooms(
            cast=cast, maker=maker, metric=metric, typed=typed, token=token, channel=channel, asking=asking, ready=ready, running=running, deciding=deciding,
            closed=closed, stakeholder=stakeholder, expert=expert, said=said, told=told, drafted=drafted, signal=signal, item=item, paper=paper, release=release, row=row,
            flag=running.flags.get(), backfill=backfill, jump=jump,
            invitation=Invitation.objects.invite(
                cast.organisation, email=f"new@{slug}.example", role="reviewer", by=cast.administrator, at=NOW
            ),
            judgement_link=newest_link(closed.stakeholders.get()),
            shared=SharedLink.objects.share(closed.outcome, label="The board", days=30, by=cast.manager, at=NOW),
            amendment=amendment, delegation=delegation, question_link=question_link, sign_off_link=newest_link(stakeholder),
        )  # fmt: skip


def make_questions(cast: Cast) -> tuple[Backfill, Jump]:
    """Another metric, whose days are being fetched once more, and which leapt."""
    metric = make_measured_metric(cast, values=[20.0, 21.0, 400.0], name="Waiting time")
    days = (TODAY - timedelta(days=90), TODAY)
    return Backfill.objects.ask(metric.source, *days, by=cast.manager, at=NOW), Jump.objects.get()


def make_stopped(cast: Cast, metric: Metric, title: str) -> Pilot:
    return stop(make_pilot(cast, "running", metric=metric, title=title), by=cast.manager)


def stop(pilot: Pilot, *, by: Person) -> Pilot:
    pilot.stop_early(reason="The tool is gone.", by=by, at=NOW)
    return pilot


def amend(pilot: Pilot, *, by: Person) -> Amendment:
    """A change of its plan is out for signature."""
    return pilot.amend(reason="Half of them left.", target=19.0, by=by, at=NOW)


def close(pilot: Pilot, *, by: Person) -> None:
    pilot.decide(
        decision=pilot.recommendation(), learned="People like to practise alone.", other_causes="None known.",
        by=by, at=NOW,
    )  # fmt: skip


# --- who calls --------------------------------------------------------------------------------------

MEMBERS: Final = ("viewer", "reviewer", "manager", "administrator")
CALLERS: Final = ("anonymous", "link holder", *MEMBERS, "manager of another organisation")


class Browser(Client):
    """As a browser does, it reads a download to its end."""

    def request(self, **request: Any) -> Answered:
        response = super().request(**request)
        if response.streaming:
            whole = HttpResponse(
                response.getvalue(), status=response.status_code, headers=dict(response.headers)
            )
            whole.context, whole.client = None, self  # type: ignore[attr-defined]
            return cast("Answered", whole)
        return response


@dataclass(eq=False)  # there is one in a module
class House:
    """Our organisation, somebody else's, and a browser for each caller."""

    ours: Rooms
    theirs: Rooms
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    newest_message: int = 0
    made: dict[Any, Any] = field(default_factory=dict)  # how views make their forms: tests/forms/again.py

    def browser(self, caller: str, **options: Any) -> Client:
        """A fresh browser with the caller's cookies: what one request does to them, the next does not see."""
        fresh = Browser(headers={"host": "127.0.0.1"}, **options)
        for name, morsel in self.cookies[caller].items():
            fresh.cookies[name] = morsel.value
            fresh.cookies[name].update({"path": morsel["path"] or "/"})
        return fresh


def make_house() -> House:
    house, _known = remembered(("house", state()), _make_house, by_all=True)
    return house


def _make_house() -> House:
    house = House(furnish("northwind"), furnish("southwind", fully=False))
    for caller in CALLERS:
        house.cookies[caller] = _signed_in(house, caller).cookies
    house.newest_message = Message.objects.latest("pk").pk
    return house


def _signed_in(house: House, caller: str) -> Client:
    browser = Client(headers={"host": "127.0.0.1"})
    if caller in MEMBERS:
        browser.force_login(house.ours.cast.in_role(caller))
    elif caller == "manager of another organisation":
        browser.force_login(house.theirs.cast.manager)
    elif caller == "link holder":
        for link in (house.ours.question_link, house.ours.sign_off_link, house.ours.judgement_link):
            browser.get(mailed_path("stakeholder", link.key.hex))
    return browser


def mailed_path(purpose: str, key: str) -> str:
    """The path of the link in the mail, as its receiver opens it."""
    return urlsplit(Message.objects.get(link=f"{purpose}:{key}").address()).path


def invitation_path(invitation: Invitation) -> str:
    message = Message.objects.filter(template="invitation", to=invitation.email).latest("pk")
    return urlsplit(message.address()).path


def token_in(path: str) -> str:
    return path.strip("/").rsplit("/", 1)[-1]


# --- where to ---------------------------------------------------------------------------------------


def _nothing(rooms: Rooms) -> Form:
    return {}


@dataclass(frozen=True)
class Visit:
    """What stands in the address of a route, and a form that its POST takes."""

    arguments: Callable[[Rooms], dict[str, Any]] = _nothing
    form: Callable[[Rooms], Form] = _nothing


def address(route: str, rooms: Rooms, **instead: Any) -> str:
    """The path of a route in an organisation; ``instead`` replaces arguments."""
    return reverse(route, kwargs={**arguments(route, rooms), **instead})


def arguments(route: str, rooms: Rooms) -> dict[str, Any]:
    with scope(organisation=rooms.organisation):
        return VISITS[route].arguments(rooms)


def form_of(route: str, rooms: Rooms) -> Form:
    """What a POST to the route takes, filled in rightly."""
    with scope(organisation=rooms.organisation):
        return VISITS[route].form(rooms)


def send(browser: Client, method: str, path: str, form: Form | None = None) -> Answered:
    if method == "POST":
        for value in (form or {}).values():
            if isinstance(value, SimpleUploadedFile):
                value.seek(0)
        return browser.post(path, form or {})
    return browser.get(path) if method == "GET" else browser.generic(method, path)


@contextmanager
def put_back() -> Iterator[None]:
    """Whatever is written meanwhile."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def changes_noted() -> Iterator[list[str]]:
    """What is written meanwhile, as SQL, and put back. Sessions, the counters of rate limits and how often a
    link was looked at say who called, not what was changed."""
    found: list[str] = []
    savepoints: list[str] = []  # one, from the first statement on that does more than read

    def note(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        if not savepoints and not sql.startswith("SELECT"):
            savepoints.append("")
            savepoints[0] = connection.savepoint()
        if _WRITES.match(sql):
            found.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        yield found
    for savepoint in savepoints:
        connection.savepoint_rollback(savepoint)
        connection.savepoint_commit(savepoint)


_WRITES: Final = re.compile(
    r'\s*(WITH\b.*)?\b(INSERT INTO|(?<!FOR )UPDATE|DELETE FROM) "?(?!"?(django_session|cache)\b|"?pilots_sharedlink" SET "views")',
    re.DOTALL,
)


def outcome(response: Answered) -> str:
    """What a cell of the matrix says of an answer."""
    if response.status_code == 302 and response["Location"].startswith("/accounts/login/?next="):
        return "302 sign-in"
    return str(response.status_code)


def _here(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug}


def _pilot(name: str) -> Callable[[Rooms], dict[str, Any]]:
    return lambda rooms: {"org": rooms.slug, "pilot_id": getattr(rooms, name).pk}


def _metric(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "metric_id": rooms.metric.pk}


def _typed(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "metric_id": rooms.typed.pk}


def _item(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "pilot_id": rooms.asking.pk, "item_id": rooms.item.pk}


@cache
def plain_deck() -> bytes:
    """A PowerPoint file, as an organisation's template may be."""
    return Deck(None, [Page("An example")]).write()


def _entry(rooms: Rooms) -> dict[str, Any]:
    """What the closed pilot taught."""
    return {"org": rooms.slug, "entry_id": Entry.objects.get(pilot=rooms.closed).pk}


def _added(rooms: Rooms, *, withdrawn: bool = False) -> dict[str, Any]:
    """What the manager added to the library."""
    entries = Entry.objects.withdrawn() if withdrawn else Entry.objects.standing()
    return {"org": rooms.slug, "entry_id": entries.get(kind="move").pk}


def _release(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "pilot_id": rooms.asking.pk, "release_id": rooms.release.pk}


def _row(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "pilot_id": rooms.asking.pk, "row_id": rooms.row.pk}


def _data_form(rooms: Rooms) -> Form:
    return {
        "data": "Call recordings", "purpose": "Feedback", "source": "The coach", "access": "Two coaches",
        "kept_until": (TODAY + timedelta(days=90)).isoformat(), "personal": "coded",
    }  # fmt: skip


def _review_form(rooms: Rooms) -> Form:
    return {
        "fails": [], "confirmed": "on", "decision": "approve", "note": "Good.", "passage_1": "answer", "words_1": "Say to whom.",
        "seen": rooms.item.versions.get(number=1).sha256, "asked": str(Checklist.objects.current(rooms.organisation).number),
    }  # fmt: skip


def _problem_form(rooms: Rooms) -> Form:
    return {
        "title": "Discovery coach", "problem": "First calls end too early.", "visible_because": "The board asks.",
        "ai_use": "Plays the customer.", "audience": "New representatives", "planned_reach": "24",
        "uses": "AI practice calls", "gap": "the discovery-call gap", "because": "who rehearses asks better questions",
    }  # fmt: skip


def _definition_form(rooms: Rooms) -> Form:
    metric = rooms.drafted.metric
    assert metric
    return {
        "name": "Reopened tickets", "meaning": "Opened again within a week", "unit": "%", "direction": "lower",
        "kind": "proportion", "cadence": "weekly", "category": "service", "version": str(Metric.objects.get(pk=metric.pk).version),
    }  # fmt: skip


def _expert(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "pilot_id": rooms.asking.pk, "stakeholder_id": rooms.expert.pk}


def _expert_form(rooms: Rooms) -> Form:
    return {
        "name": "Olga Brandt", "email": rooms.expert.email, "position": "Expert", "stance": "neutral", "influence": "3",
        "resistance": "quality",
    }  # fmt: skip


def _versioned(pilot: Callable[[Rooms], Pilot], form: Callable[[Rooms], Form]) -> Callable[[Rooms], Form]:
    return lambda rooms: {**form(rooms), "version": str(Pilot.objects.get(pk=pilot(rooms).pk).version)}


def _asking(rooms: Rooms) -> Pilot:
    return rooms.asking


def _weeks_form(rooms: Rooms) -> Form:
    return {
        "series": str(rooms.metric.series.get().pk), "target": "18.5", "start": (TODAY + timedelta(days=7)).isoformat(),
        "baseline_start": "", "comparison": "", "comparison_choice": "none", "ramp_weeks": "0",
    }  # fmt: skip


def _owners_form(rooms: Rooms) -> Form:
    cast = rooms.cast
    return {
        "owner": str(cast.manager.pk),
        "governance_owner": str(cast.administrator.pk),
        "reviewer": str(cast.reviewer.pk),
    }


def _settings_form(rooms: Rooms) -> Form:
    return {
        "name": rooms.organisation.name, "time_zone": "Europe/Berlin", "minimum_group": "7", "two_reviewers": "on",
        "code_at_signing": "everyone", "digest_day": "0", "sender_name": "L&D", "version": str(rooms.organisation.version),
        "unlikely_below": "5", "few_below": "40", "silent_after": "3", "answer_within": "7", "review_within": "4",
    }  # fmt: skip


def _worth_form(rooms: Rooms) -> Form:
    return {
        "value": "4.10", "currency": "€", "volume": "410000", "source": "Service budget", "vouched_by": "H. Sund, finance",
        "share": "80", "share_because": "A price list came too.", "licences": "12000", "work": "20000", "review": "6000",
        "learners": "", "other": "", "no_value_because": "",
    }  # fmt: skip


def _file_form(rooms: Rooms) -> Form:
    return {
        "upload": SimpleUploadedFile("values.csv", csv_of(TODAY - timedelta(days=50), noise(50))),
        "rows": "series", "date_column": "date", "value_column": "value", "schedule": "daily", "weekday": "0", "at": "06:00",
    }  # fmt: skip


def _kept_form(rooms: Rooms) -> Form:
    """The form of a file that was tried: it is here already, and nothing of it is changed."""
    return {name: value for name, value in _file_form(rooms).items() if name != "upload"}


def _tried_by(people: list[Person], metric: Metric) -> None:
    settings = {"rows": "series", "date_column": "date", "value_column": "value"}
    for person in people:
        upload = SimpleUploadedFile("values.csv", csv_of(TODAY - timedelta(days=50), noise(50)))
        SourceDraft.objects.try_out(metric, "file", settings=settings, upload=upload, by=person, at=NOW)


def _job(rooms: Rooms) -> int:
    """One that failed, and is due again."""
    job = Job.objects.get(kind=Job.Kind.READ, subject=rooms.running.pk)
    Job.objects.filter(pk=job.pk).update(last_error="The database was restarted.", due_at=job.due_at or NOW)
    return job.pk


def _feed(rooms: Rooms) -> str:
    """The manager's calendar address, without its ending."""
    feed = CalendarFeed.objects.filter(membership=rooms.membership("manager")).first()
    feed = feed or CalendarFeed.objects.renew(rooms.membership("manager"), by=rooms.cast.manager, at=NOW)
    return feed.path.removeprefix("/calendar/").removesuffix(".ics")


def _people_form(rooms: Rooms) -> Form:
    return {"name": "Mid-market team", "keys_pasted": "\n".join(f"P-{number}" for number in range(7))}


def _channel(rooms: Rooms) -> dict[str, Any]:
    return {"org": rooms.slug, "channel_id": rooms.channel.pk}


def _news_form(rooms: Rooms) -> Form:
    """The choice of whoever sends it: what a role is not told of is no part of their form."""
    topics = ("flag", "decision", "agreement", "review", "outcome")
    return {
        **{f"rhythm_{topic}": "daily" for topic in topics},
        "rhythm_digest": "weekly",
        "rhythm_check_in": "never",
        "quiet_from": "18:30",
        "quiet_until": "07:00",
        "weekends": "on",
        "time_zone": "Europe/Lisbon",
    }


VISITS: Final[dict[str, Visit]] = {
    "start": Visit(),
    "healthz": Visit(),
    "api_docs": Visit(),
    "readyz": Visit(),
    "styleguide": Visit(),
    "demo_mail": Visit(),
    "demo_posts": Visit(),
    "demo_feed": Visit(lambda rooms: {"name": "no-such-series"}),
    # --- accounts
    "invitation": Visit(
        lambda rooms: {"token": token_in(invitation_path(rooms.invitation))},
        lambda rooms: {"name": "Noor Haddad", "password": "quite another sentence"},
    ),
    "account_login": Visit(form=lambda rooms: {"login": rooms.cast.viewer.email, "password": PASSWORD}),
    "account_logout": Visit(),
    "account_signup": Visit(),
    "account_inactive": Visit(),
    "account_reauthenticate": Visit(form=lambda rooms: {"password": PASSWORD}),
    "account_change_password": Visit(
        form=lambda rooms: {
            "oldpassword": PASSWORD,
            "password1": "quite another sentence",
            "password2": "quite another sentence",
        }
    ),
    "account_set_password": Visit(),
    "account_reset_password": Visit(form=lambda rooms: {"email": rooms.cast.viewer.email}),
    "account_reset_password_done": Visit(),
    "account_reset_password_from_key": Visit(lambda rooms: {"uidb36": "1", "key": "no-such-key"}),
    "account_reset_password_from_key_done": Visit(),
    # --- stakeholders
    "stakeholder_enter": Visit(
        lambda rooms: {"token": token_in(mailed_path("stakeholder", rooms.question_link.key.hex))}
    ),
    "stakeholder": Visit(lambda rooms: {"key": rooms.question_link.key}),
    "stakeholder_answer": Visit(
        lambda rooms: {"key": rooms.question_link.key},
        lambda rooms: {"text": "Fewer discounts, and I can see it."},
    ),
    "stakeholder_confirmation": Visit(
        lambda rooms: {"key": rooms.question_link.key, "answer_id": rooms.told.pk},
        lambda rooms: {"right": "yes", "instead": ""},
    ),
    "stakeholder_sign_off": Visit(
        lambda rooms: {"key": rooms.sign_off_link.key},
        lambda rooms: {
            "decision": "condition",
            "words": "The legal team reads it first.",
            "when": "before",
            "typed_name": rooms.stakeholder.name,
            "seen": rooms.asking.agreed_version().sha256,  # type: ignore[union-attr]
        },
    ),
    "stakeholder_judgement": Visit(
        lambda rooms: {"key": rooms.judgement_link.key},
        lambda rooms: {"meant": "partly", "words": "Half of it."},
    ),
    "stakeholder_code": Visit(
        lambda rooms: {"key": rooms.sign_off_link.key}, lambda rooms: {"code": "012 345"}
    ),
    "stakeholder_deputy": Visit(
        lambda rooms: {"key": rooms.sign_off_link.key},
        lambda rooms: {"name": "Noor Haddad", "email": "noor@customer.example"},
    ),
    "stakeholder_consultation": Visit(
        lambda rooms: {"key": rooms.sign_off_link.key},
        lambda rooms: {"consultation-typed_name": rooms.stakeholder.name},
    ),
    "stakeholder_condition": Visit(
        lambda rooms: {"key": rooms.sign_off_link.key},
        lambda rooms: {"typed_name": rooms.stakeholder.name},
    ),
    # --- an organisation
    "home": Visit(_here),
    "outcomes": Visit(_here),
    "outcomes_slides": Visit(_here),
    "slide_template": Visit(_here, lambda rooms: {"upload": SimpleUploadedFile("ours.pptx", plain_deck())}),
    "slide_template_end": Visit(_here),
    "library": Visit(_here),
    "entry_new": Visit(
        _here,
        lambda rooms: {
            "kind": "checklist",
            "title": "Before each lesson",
            "words": "Ask twice.",
            "pilot": "",
            "metric": "",
        },
    ),
    "entry": Visit(_entry),
    "entry_words": Visit(
        _added, lambda rooms: {"title": "Let Legal see it first", "words": "A week before.", "version": "1"}
    ),
    "entry_withdrawal": Visit(_added, lambda rooms: {"reason": "Legal wants to see it last."}),
    "entry_restoration": Visit(lambda rooms: _added(rooms, withdrawn=True)),
    "entry_weighing": Visit(
        _entry, lambda rooms: {"pilot": str(rooms.closed.pk), "supports": "no", "note": "Not here."}
    ),
    "entry_comments": Visit(_entry, lambda rooms: {"words": "So it was with us."}),
    "entry_thanks": Visit(_entry),
    "entry_pilot": Visit(_entry, lambda rooms: {"title": "Practice, alone"}),
    "reviews": Visit(_here),
    "charter": Visit(_here),
    "charter_new": Visit(_here, lambda rooms: {**CHARTER, "limits": "No grades.", "number": "1"}),
    "charter_version": Visit(lambda rooms: {"org": rooms.slug, "number": 1}),
    "charter_acknowledgement": Visit(lambda rooms: {"org": rooms.slug, "number": 1}),
    "charter_public": Visit(lambda rooms: {"token": token_in(charter_path(rooms.organisation))}),
    "checklist": Visit(_here, lambda rooms: {"questions": "Is it right?\nIs it fair?", "number": "0"}),
    "pilots": Visit(_here),
    "calendar": Visit(lambda rooms: {"token": _feed(rooms)}),
    "my_calendar": Visit(_here),
    "work": Visit(_here),
    "work_retry": Visit(lambda rooms: {"org": rooms.slug, "job_id": _job(rooms)}),
    "calendar_renewal": Visit(_here),
    "people": Visit(_here),
    "settings": Visit(_here, _settings_form),
    "tokens": Visit(
        _here, lambda rooms: {"name": "Weekly load", "scope": "push", "member": "", "lasts": "90"}
    ),
    "token_end": Visit(lambda rooms: {"org": rooms.slug, "token_id": rooms.token.pk}),
    "invitations": Visit(_here, lambda rooms: {"email": "someone@elsewhere.example", "role": "viewer"}),
    "invitation_withdrawal": Visit(lambda rooms: {"org": rooms.slug, "invitation_id": rooms.invitation.pk}),
    "membership_role": Visit(
        lambda rooms: {"org": rooms.slug, "membership_id": rooms.membership("viewer").pk},
        lambda rooms: {"role": "reviewer"},
    ),
    "membership_end": Visit(
        lambda rooms: {"org": rooms.slug, "membership_id": rooms.membership("viewer").pk}
    ),
    # --- metrics
    "metrics": Visit(_here),
    "metric_new": Visit(
        _here,
        lambda rooms: {
            "name": "Win rate",
            "meaning": "Deals won of deals closed",
            "kind": "proportion",
            "unit": "%",
            "direction": "higher",
            "cadence": "weekly",
            "category": "sales",
            "decimals": "1",
            "delay_days": "2",
            "looks_back_days": "0",
        },
    ),
    "metric": Visit(_metric),
    "metric_source": Visit(_metric),
    "metric_push": Visit(_metric),
    "metric_typed": Visit(_metric),
    "metric_values": Visit(
        _typed, lambda rooms: {"day": (TODAY - timedelta(days=1)).isoformat(), "value": "12,5", "group": ""}
    ),
    "metric_values_pasted": Visit(
        _typed,
        lambda rooms: {
            "rows": "2026-05-29;11,5\n2026-05-30;12,5",
            "pasted_group": "",
            "day_order": "",
            "decimal_mark": "",
        },
    ),
    "metric_source_kind": Visit(lambda rooms: {**_metric(rooms), "kind": "file"}, _kept_form),
    "metric_source_trial": Visit(lambda rooms: {**_metric(rooms), "kind": "file"}, _file_form),
    "metric_file": Visit(_metric, lambda rooms: {"upload": _file_form(rooms)["upload"]}),
    "metric_participants": Visit(_metric, _people_form),
    "pull": Visit(_metric),
    "jump": Visit(
        lambda rooms: {"org": rooms.slug, "metric_id": rooms.jump.series.metric_id, "jump_id": rooms.jump.pk}
    ),
    "backfills": Visit(
        _metric,
        lambda rooms: {
            "first": (TODAY - timedelta(days=60)).isoformat(),
            "last": (TODAY - timedelta(days=1)).isoformat(),
        },
    ),
    "backfill_cancellation": Visit(
        lambda rooms: {
            "org": rooms.slug,
            "metric_id": rooms.backfill.source.metric_id,
            "backfill_id": rooms.backfill.pk,
        }
    ),
    # --- pilots
    "pilot_new": Visit(_here, _problem_form),
    "pilot": Visit(_pilot("running")),
    "outcome_slides": Visit(_pilot("closed")),
    "pilot_duplicate": Visit(_pilot("closed"), lambda rooms: {"title": "Once more", "with_people": "on"}),
    "pilot_origin": Visit(_pilot("asking"), lambda rooms: {"origin": str(rooms.closed.pk)}),
    "pilot_problem": Visit(_pilot("asking"), _versioned(_asking, _problem_form)),
    "pilot_metric": Visit(_pilot("asking"), lambda rooms: {"own": "Reopened cases"}),
    "metric_choice": Visit(_pilot("asking"), lambda rooms: {"metric": str(rooms.metric.pk)}),
    "metric_definition": Visit(_pilot("drafted"), _definition_form),
    "pilot_usage": Visit(
        _pilot("drafted"), lambda rooms: {"series": str(rooms.metric.series.earliest("pk").pk)}
    ),
    "supporting_signal_end": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.drafted.pk, "signal_id": rooms.signal.pk}
    ),
    "pilot_weeks": Visit(_pilot("asking"), _versioned(_asking, _weeks_form)),
    "pilot_owners": Visit(_pilot("asking"), _versioned(_asking, _owners_form)),
    "pilot_people": Visit(_pilot("asking")),
    "stakeholder_new": Visit(
        _pilot("asking"),
        lambda rooms: {
            "name": "Ines Prado",
            "email": "ines@customer.example",
            "position": "Head of service",
            "stance": "neutral",
            "influence": "3",
            "resistance": "quality",
            "sign_off_required": "on",
        },
    ),
    "stakeholder_change": Visit(_expert, _expert_form),
    "answer_in_person": Visit(_expert, lambda rooms: {"text": "That I read every line first."}),
    "approach": Visit(_expert, lambda rooms: {"due": (TODAY + timedelta(days=3)).isoformat()}),
    "approach_done": Visit(_expert),
    "question": Visit(
        lambda rooms: {
            "org": rooms.slug,
            "pilot_id": rooms.asking.pk,
            "stakeholder_id": rooms.stakeholder.pk,
        }
    ),
    "reviewer_invitation": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "stakeholder_id": rooms.expert.pk}
    ),
    "answer_mapping": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "answer_id": rooms.said.pk},
        lambda rooms: {
            "line": "target",
            "delivered_by": "The target, read every week.",
            "declined_because": "",
        },
    ),
    "pilot_agreement": Visit(_pilot("asking")),
    "pilot_rule": Visit(
        _pilot("asking"), _versioned(_asking, lambda rooms: {**decision_rule(), "short": "run_again"})
    ),
    "amendment_new": Visit(
        _pilot("running"),
        lambda rooms: {
            "reason": "Two teams moved to another tool.",
            "ai_use": "Practises calls.",
            "audience": "Three teams",
            "planned_reach": "24",
            "target": "19.5",
            "ramp_weeks": "0",
            "start": TODAY.isoformat(),
            "series": str(rooms.running.series_id),
        },
    ),
    "amendment_end": Visit(
        lambda rooms: {
            "org": rooms.slug,
            "pilot_id": rooms.amendment.pilot_id,
            "amendment_id": rooms.amendment.pk,
        }
    ),
    "delegation_end": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "delegation_id": rooms.delegation.pk}
    ),
    "plan_versions": Visit(_pilot("asking")),
    "evidence": Visit(_pilot("asking")),
    "plan_version": Visit(lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "number": 1}),
    "pilot_content": Visit(_pilot("asking")),
    "content_new": Visit(
        _pilot("asking"),
        lambda rooms: {
            "title": "Closing lines",
            "kind": "scenario",
            "ai_use": "assisted",
            "ai_tool": "A model",
            "ai_model": "3",
            "ai_asked": "Write closing lines.",
            "audience": "New representatives",
            "high_stakes": "on",
            "needed_for_launch": "on",
            "form": "text",
            "text": "Sum up, then ask.",
            "url": "",
        },
    ),
    "content_item": Visit(_item),
    "content_version": Visit(
        _item,
        lambda rooms: {"form": "text", "text": "Ask twice before you answer.", "url": "", "after": "1"},
    ),
    "review": Visit(
        lambda rooms: {**_item(rooms), "number": 1},
        _review_form,
    ),
    "content_file": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "item_id": rooms.paper.pk, "number": 1}
    ),
    "releases": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.asking.pk, "item_id": rooms.paper.pk},
        lambda rooms: {"number": "1", "to": "The second group"},
    ),
    "release_register": Visit(_pilot("asking")),
    "release_withdrawal": Visit(_release, lambda rooms: {"reason": "A newer one is coming."}),
    "release_incident": Visit(_release, lambda rooms: {"what": "The second answer is out of date."}),
    "learner_label": Visit(lambda rooms: {"token": token_in(public_path(rooms.item))}),
    "pilot_safeguards": Visit(_pilot("asking")),
    "pilot_data_sheet": Visit(
        _pilot("asking"),
        lambda rooms: {
            "told": "In the invitation",
            "oversight": "Ada Berg",
            "legal_basis": "Legitimate interest",
            "processor": "Nobody",
            "impact": "Not needed",
        },
    ),
    "pilot_chance": Visit(
        _pilot("asking"), lambda rooms: {"words": "A hint is worth it: the tool is cheap."}
    ),
    "learner_data_new": Visit(_pilot("asking"), _data_form),
    "learner_data_row": Visit(_row, _data_form),
    "learner_data_end": Visit(_row),
    "pilot_consultation": Visit(
        _pilot("asking"),
        lambda rooms: {
            "with_whom": "J. Brandt, legal",
            "held_on": TODAY.isoformat(),
            "outcome": "No objection",
            "workers": "council",
            "workers_note": "On Monday",
        },
    ),
    "pilot_law": Visit(
        _pilot("asking"), lambda rooms: {**dict.fromkeys(QUESTIONS, "unsure"), "counsel": "Asked on Monday."}
    ),
    "law_dates": Visit(_here, lambda rooms: {**dict.fromkeys(QUESTIONS, "2028-01-01"), "number": "0"}),
    "learner_data": Visit(lambda rooms: {"token": token_in(data_path(rooms.asking))}),
    "launch": Visit(_pilot("ready")),
    "stop": Visit(_pilot("running"), lambda rooms: {"reason": "The tool is gone."}),
    "cancel": Visit(_pilot("asking"), lambda rooms: {"reason": "Another problem is more urgent."}),
    "pilot_timeline": Visit(_pilot("running")),
    "check_in": Visit(
        _pilot("running"),
        lambda rooms: {
            "saw": "Two teams use it daily.",
            "changed": "A shorter start.",
            "reach": "12",
            "confidence": "even",
        },
    ),
    "acknowledgement": Visit(
        lambda rooms: {"org": rooms.slug, "pilot_id": rooms.running.pk, "flag_id": rooms.flag.pk},
        lambda rooms: {"note": "The export is repaired on Friday."},
    ),
    "decision": Visit(
        _pilot("deciding"),
        lambda rooms: {
            "decision": "run_again",
            "reason": "",
            "learned": "Too short to tell.",
            "other_causes": "We know of no other.",
            "next_step": "Mia asks again in spring.",
            "version": "unclear",
        },
    ),
    "pilot_outcome": Visit(_pilot("closed")),
    "outcome_file": Visit(lambda rooms: {**_pilot("closed")(rooms), "name": "outcome.json"}),
    "worth": Visit(_pilot("closed"), _worth_form),
    "judgement_requests": Visit(_pilot("closed")),
    "sharing": Visit(
        _pilot("closed"), lambda rooms: {"label": "The board", "days": "30", "password": "open sesame please"}
    ),
    "sharing_end": Visit(lambda rooms: {**_pilot("closed")(rooms), "link_id": rooms.shared.pk}),
    "shared_outcome": Visit(lambda rooms: {"token": rooms.shared.token}),
    "shared_outcome_file": Visit(lambda rooms: {"token": rooms.shared.token, "name": "outcome.json"}),
    "news": Visit(_here, _news_form),
    "channel_new": Visit(
        _here,
        lambda rooms: {"name": "My own", "kind": "slack", "url": "https://hooks.slack.com/services/T/B/x"},
    ),
    "channels": Visit(
        _here,
        lambda rooms: {
            "name": "Everybody",
            "kind": "teams",
            "url": "https://example.logic.azure.com/workflows/x",
            "topics": ["flag", "outcome"],
        },
    ),
    "channel_test": Visit(_channel),
    "channel_secret": Visit(_channel, lambda rooms: {"was": rooms.channel.mark}),
    "channel_on": Visit(_channel),
    "channel_end": Visit(_channel),
    "unsubscribe": Visit(
        lambda rooms: {"token": signed_for("unsubscribe", f"{rooms.membership('viewer').pk}:digest")}
    ),
}
