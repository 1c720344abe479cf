"""What people are told of pilots: with its cause, when they want it, many things in one mail, and only while it holds."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from time_machine import Traveller

from accounts.models import Chain, Channel, Delivery, Job, Membership, Message, Preference, Topic
from accounts.tasks import deliver_message
from pilots.models import Flag, Notice, Pilot
from pilots.tasks import tell_member
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    answer,
    job_of,
    make_measured_metric,
    make_pilot,
    make_stakeholder,
    review_content,
    sign,
    work,
)

pytestmark = pytest.mark.usefixtures("monday", "bell")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    pilot = make_pilot(scoped, "running")
    Job.objects.filter(kind=Job.Kind.READ).update(due_at=None)  # it has been read
    return pilot


def membership_of(cast: Cast, role: str = "manager") -> Membership:
    return cast.organisation.memberships.get(person=cast.in_role(role))


def raise_flag(pilot: Pilot, kind: str = "no_data", at: datetime = NOW) -> Flag:
    Flag.objects.settle(pilot, [], {kind: {"since": TODAY.isoformat()}}, judged=True, at=at)
    return pilot.flags.get(kind=kind, cleared_at=None)


def tell(cast: Cast, role: str = "manager") -> list[Message]:
    """What one member is told when the worker comes to it; the news of before are done with."""
    known = set(Message.objects.values_list("pk", flat=True))
    work(tell_member, Job.Kind.TELL, membership_of(cast, role).pk)
    return list(Message.objects.exclude(pk__in=known))


def test_a_flag_is_told_to_the_owner_a_minute_later(scoped: Cast, pilot: Pilot, monday: Traveller) -> None:
    flag = raise_flag(pilot)
    notice = Notice.objects.get(flag=flag)
    job = job_of(Job.Kind.TELL, membership_of(scoped).pk)
    assert (notice.membership, job.due_at) == (membership_of(scoped), NOW + MINUTE)
    assert tell(scoped) == []
    monday.shift(MINUTE)
    [message] = tell(scoped)
    assert (message.to, message.mail_list) == (scoped.manager.email, f"{notice.membership_id}:news")
    assert message.context["title"] == "Objection coach: No data"
    notice.refresh_from_db()
    assert notice.message == message
    assert tell(scoped) == []


def test_it_falls_with_its_cause(scoped: Cast, pilot: Pilot) -> None:
    before = Notice.objects.count()
    with transaction.atomic():
        raise_flag(pilot)
        transaction.set_rollback(True)
    assert Notice.objects.count() == before


def test_a_thousand_flagged_pilots_are_one_mail(
    scoped: Cast, pilot: Pilot, monday: Traveller, mailoutbox: list[EmailMessage]
) -> None:
    chains = Chain.objects.bulk_create(Chain(subject="pilot") for _number in range(1000))
    many = Pilot.objects.bulk_create(_copy(pilot, chain) for chain in chains)
    flags = Flag.objects.bulk_create(
        Flag(pilot=one, kind="no_data", figures={"since": TODAY.isoformat()}, raised_at=NOW) for one in many
    )
    Notice.objects.tell(many[0], Topic.FLAG, people=[scoped.manager.pk], flag=flags[0], at=NOW)
    mine = membership_of(scoped)
    Notice.objects.bulk_create(
        Notice(membership=mine, topic="flag", pilot=flag.pilot, flag=flag, at=NOW, due_at=NOW)
        for flag in flags[1:]
    )
    monday.shift(MINUTE)
    [message] = tell(scoped)
    work(deliver_message, Job.Kind.DELIVER, message.pk)
    [mail] = mailoutbox
    assert mail.subject == "1,000 pilots want your eye"
    assert "and 985 more pilots" in mail.body
    assert mail.body.count("No data.") == 15
    assert len(mail.body) < 6000


def _copy(pilot: Pilot, chain: Chain) -> Pilot:
    return Pilot(
        organisation=pilot.organisation, title=f"Pilot {chain.pk}", problem="-", owner=pilot.owner, metric=pilot.metric,
        chain=chain, created_at=NOW,
    )  # fmt: skip


def test_nobody_is_told_while_their_pilots_are_being_read(
    scoped: Cast, pilot: Pilot, monday: Traveller
) -> None:
    raise_flag(pilot)
    monday.shift(MINUTE)
    Job.objects.want(Job.Kind.READ, pilot.pk, at=NOW)
    assert tell(scoped) == []
    monday.shift(11 * MINUTE)
    assert len(tell(scoped)) == 1, "nobody waits for ever"


def test_after_a_mail_there_is_peace_for_a_quarter_of_an_hour(
    scoped: Cast, pilot: Pilot, monday: Traveller
) -> None:
    raise_flag(pilot)
    monday.shift(MINUTE)
    assert len(tell(scoped)) == 1
    Flag.objects.raise_on(pilot, "unlikely", {"chance": 0.05}, at=NOW + 2 * MINUTE)
    monday.shift(3 * MINUTE)
    assert tell(scoped) == []
    monday.shift(13 * MINUTE)
    [message] = tell(scoped)
    assert message.context["title"] == "Objection coach: Unlikely to reach the target"


@pytest.mark.parametrize("gone", ["cleared", "acknowledged"])
def test_what_has_gone_meanwhile_is_not_told(
    scoped: Cast, pilot: Pilot, monday: Traveller, gone: str
) -> None:
    flag = raise_flag(pilot)
    if gone == "cleared":
        flag.clear(at=NOW)
    else:
        flag.acknowledge(note="Seen.", by=scoped.manager, at=NOW)
    monday.shift(MINUTE)
    assert tell(scoped) == []
    assert not Notice.objects.filter(flag=flag, told_at=None).exists()


def test_at_night_it_waits_for_the_morning(scoped: Cast, pilot: Pilot, monday: Traveller) -> None:
    night = datetime.combine(TODAY, time(22, 15), tzinfo=BERLIN)
    raise_flag(pilot, at=night)
    due = Notice.objects.get(flag__kind="no_data").due_at
    assert due.astimezone(BERLIN) == datetime.combine(TODAY + timedelta(days=1), time(7, 30), tzinfo=BERLIN)


def test_whoever_wants_nothing_of_it_is_not_written_to(scoped: Cast, pilot: Pilot) -> None:
    Preference.objects.choose(membership_of(scoped), at=NOW, rhythms={"flag": "never"})
    raise_flag(pilot)
    assert not Notice.objects.filter(flag__isnull=False).exists()


def test_answers_and_signatures_come_once_a_day(scoped: Cast, monday: Traveller) -> None:
    pilot = make_pilot(scoped, "planned", metric=make_measured_metric(scoped))
    stakeholder = make_stakeholder(scoped, pilot)
    answer(scoped, stakeholder)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    sign(stakeholder, decision="condition", words="Weekly figures.")
    words = list(Notice.objects.filter(topic="agreement").order_by("pk").values_list("words", flat=True))
    assert words == [
        "Sven Holm answered: what does success look like?",
        "Sven Holm signed the plan, on a condition.",
    ]
    monday.shift(timedelta(hours=4))
    assert tell(scoped) == []
    monday.move_to(datetime.combine(TODAY + timedelta(days=1), time(8, 2), tzinfo=BERLIN))
    [message] = tell(scoped)
    assert message.context["title"] == "Objection coach: 2 things are new"


def test_the_reviewer_is_told_of_what_waits_and_not_of_what_they_decided(
    scoped: Cast, monday: Traveller
) -> None:
    pilot = make_pilot(scoped, "planned", metric=make_measured_metric(scoped))
    item = review_content(scoped, pilot)
    item.add_version(text="Ask twice.", by=scoped.manager, at=NOW)
    told = Notice.objects.filter(topic="review", membership=membership_of(scoped, "reviewer"))
    assert [one.words for one in told] == ["“Price pushback” waits for a review."] * 2
    monday.move_to(datetime.combine(TODAY + timedelta(days=1), time(8, 2), tzinfo=BERLIN))
    item.newest_version().review(decision="changes", checklist=[], note="No.", by=scoped.reviewer, at=NOW)
    assert tell(scoped, "reviewer") == []


def test_own_channels_get_what_is_chosen_for_them(scoped: Cast, pilot: Pilot, monday: Traveller) -> None:
    mine = membership_of(scoped)
    channel, _secret = Channel.objects.add(
        scoped.organisation, kind="slack", name="My Slack", url="https://hooks.slack.com/services/T/B/x",
        by=scoped.manager, at=NOW, membership=mine,
    )  # fmt: skip
    Preference.objects.choose(mine, at=NOW, places={"flag": [str(channel.pk)]})
    raise_flag(pilot)
    monday.shift(MINUTE)
    assert tell(scoped) == []
    [delivery] = Delivery.objects.all()
    assert [one["pilot"] for one in delivery.content["news"]] == ["Objection coach"]
