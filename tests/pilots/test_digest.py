"""The weekly digest: on its day, once, whole in the mail, and honest about what did not work."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from time_machine import Traveller

from accounts import posts
from accounts.models import Channel, Delivery, Job, Membership, Message, Preference
from accounts.models.delivery import Posted
from pilots.models import Digest, Pilot
from pilots.models.standing import Standing
from pilots.tasks import look_after_news, post_delivery, post_digest, send_digest
from tests.cast import NOW, TODAY, Cast, bring, job_of, make_measured_metric, make_pilot, noise, work

pytestmark = pytest.mark.usefixtures("monday", "bell")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def morning(weeks: int, days: int = 0, hour: int = 8) -> datetime:
    """Some Monday's digest time, counted from the cast's."""
    return datetime.combine(TODAY + timedelta(weeks=weeks, days=days), time(hour, 5), tzinfo=BERLIN)


def member(cast: Cast, role: str = "manager") -> Membership:
    return cast.organisation.memberships.select_related("organisation", "person").get(
        person=cast.in_role(role)
    )


def running(cast: Cast, title: str, level: float, weeks: int) -> Pilot:
    """A pilot whose metric stood at ``level`` for some weeks (20 before), read on their last day."""
    metric = make_measured_metric(cast, name=f"{title}: time")
    pilot = make_pilot(cast, "running", metric=metric, title=title)
    at = NOW + timedelta(weeks=weeks)
    bring(cast, metric, noise(7 * weeks, level=level, sd=0.5, seed=3), on=at)
    pilot = Pilot.objects.select_related("organisation", "metric__source").get(pk=pilot.pk)
    pilot.read(at=at)
    return pilot


def write(cast: Cast, at: datetime, role: str = "manager") -> Message | None:
    digest = Digest.objects.write(member(cast, role), at=at)
    return digest.message if digest else None


def sections(message: Message | None) -> dict[str, list[str]]:
    assert message
    return {one["name"]: [line["title"] for line in one["lines"]] for one in message.context["sections"]}


def test_it_says_what_moved_what_did_not_and_what_needs_a_decision(scoped: Cast) -> None:
    running(scoped, "Moves", 17.0, 3)
    running(scoped, "Stuck", 20.5, 3)
    over = running(scoped, "Over", 18.0, 3)
    over.stop_early(reason="The tool is gone.", by=scoped.manager, at=NOW + timedelta(weeks=3))
    message = write(scoped, morning(3))
    assert sections(message) == {"decide": ["Over"], "moved": ["Moves"], "stuck": ["Stuck"]}
    assert message
    assert message.context["title"] == "Your pilots this week: a decision is due"
    letter = message.as_email()
    mail = letter.message()
    images = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    html = str(letter.alternatives[0][0])
    assert len(images) == 3
    assert all(f"cid:{part['Content-ID'].strip('<>')}" in html for part in images)
    assert all(part.get_payload(decode=True)[:4] == b"\x89PNG" for part in images)  # type: ignore[index]
    text = str(letter.body)
    assert "Stuck: time has not moved" in text or "Stuck: time is" in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_no_effect_is_news_too_and_executives_read_of_all_pilots(scoped: Cast) -> None:
    pilot = running(scoped, "No effect", 20.0, 6)
    at = NOW + timedelta(weeks=6)
    pilot.decide(
        decision="stop", learned="People like it; nothing moved.", other_causes="None.", by=scoped.manager, at=at,
        reason="" if pilot.recommendation() == "stop" else "It did not move.",
    )  # fmt: skip
    message = write(scoped, at + timedelta(hours=1), "viewer")
    assert sections(message) == {"decided": ["No effect"]}
    assert message
    [line] = message.context["sections"][0]["lines"]
    assert "Decided on 13 July 2026: stop." in line["lede"]
    assert message.context["title"] == "Northwind Learning this week: one was decided"


def test_it_comes_on_its_day_once_and_not_at_all_where_nothing_is_to_tell(
    scoped: Cast, monday: Traveller
) -> None:
    assert write(scoped, morning(1)) is None, "no pilot runs"
    running(scoped, "Moves", 17.0, 3)
    assert write(scoped, morning(3, days=-3)) is None, "on a Friday"
    assert write(scoped, morning(3))
    assert write(scoped, morning(3, days=1)) is None, "once a week"
    assert write(scoped, morning(4, days=1)), "a day late, after an outage"


def test_a_first_one_that_comes_late_leaves_out_nothing_of_its_week(scoped: Cast) -> None:
    pilot = running(scoped, "No effect", 20.0, 6)
    pilot.decide(
        decision="stop", learned="People like it; nothing moved.", other_causes="None.", by=scoped.manager, at=morning(6, hour=12),
        reason="" if pilot.recommendation() == "stop" else "It did not move.",
    )  # fmt: skip
    channel = channel_of(scoped)
    late = morning(7, days=2)
    assert sections(write(scoped, late)) == {"decided": ["No effect"]}
    assert Digest.objects.post(channel, at=late)


def test_the_worker_writes_it_and_looks_again_a_week_later(scoped: Cast, monday: Traveller) -> None:
    running(scoped, "Moves", 17.0, 3)
    assert look_after_news() == 4
    assert look_after_news() == 0
    mine = member(scoped)
    job = job_of(Job.Kind.DIGEST, mine.pk)
    assert job.due_at == datetime(2026, 6, 8, 6, tzinfo=job.due_at.tzinfo)  # type: ignore[union-attr]
    monday.move_to(morning(3))
    work(send_digest, Job.Kind.DIGEST, mine.pk)
    assert Message.objects.filter(template="digest", to=scoped.manager.email).count() == 1
    job.refresh_from_db()
    assert job.due_at == datetime(2026, 6, 29, 6, tzinfo=job.due_at.tzinfo)  # type: ignore[union-attr]


def test_another_day_of_the_organisation_moves_it(scoped: Cast) -> None:
    look_after_news()
    organisation = scoped.organisation
    organisation.change_settings(
        by=scoped.administrator, at=NOW, expected_version=organisation.version, digest_day=3
    )
    mine = member(scoped)
    work(send_digest, Job.Kind.DIGEST, mine.pk)
    due = job_of(Job.Kind.DIGEST, mine.pk).due_at
    assert due
    assert due.astimezone(BERLIN) == datetime.combine(TODAY + 3 * DAY, time(8), tzinfo=BERLIN)


def test_whoever_left_or_wants_none_gets_none(scoped: Cast) -> None:
    running(scoped, "Moves", 17.0, 3)
    Preference.objects.leave(member(scoped), "digest", at=NOW)
    Preference.objects.choose(member(scoped, "viewer"), at=NOW, rhythms={"digest": "never"})
    assert (write(scoped, morning(3)), write(scoped, morning(3), "viewer")) == (None, None)


def test_values_about_too_few_people_are_in_no_mail(scoped: Cast) -> None:
    pilot = running(scoped, "Moves", 17.0, 3)
    Pilot.objects.filter(pk=pilot.pk).update(planned_reach=3)
    Standing.refresh(Pilot.objects.get(pk=pilot.pk))
    scoped.organisation.minimum_group = 5
    scoped.organisation.save()
    message = write(scoped, morning(3))
    assert sections(message) == {"withheld": ["Moves"]}
    assert message
    assert message.context["lede"] == "1 pilot runs: 1 is about too few people to show."
    delivery = Digest.objects.post(channel_of(scoped), at=morning(3))
    assert message.context["pictures"] == {}
    [line] = message.context["sections"][0]["lines"]
    assert "\N{NO-BREAK SPACE}min" not in line["sentence"] + line["lede"]
    assert delivery
    [line] = delivery.content["news"]
    assert line["pilot"] == "Moves"
    assert "\N{NO-BREAK SPACE}min" not in line["words"]


def channel_of(cast: Cast, kind: str = "slack", at: datetime = NOW, **more: Any) -> Channel:
    """One of the organisation's, that gets the digest."""
    given = {"topics": ["flag", "digest"], **more}
    channel, _secret = Channel.objects.add(
        cast.organisation, kind=kind, name=f"#{kind}", url="https://hooks.example.com/x", by=cast.administrator, at=at, **given
    )  # fmt: skip
    return channel


def test_a_channel_of_the_organisation_gets_it_of_all_pilots_once_a_week(
    scoped: Cast, monday: Traveller
) -> None:
    channel = channel_of(scoped)
    running(scoped, "Moves", 17.0, 3)
    work(post_digest, Job.Kind.DIGEST_CHANNEL, channel.pk)
    assert not Delivery.objects.exists(), "added on a Monday at noon: that morning was before it"
    job = job_of(Job.Kind.DIGEST_CHANNEL, channel.pk)
    assert job.due_at
    assert job.due_at.astimezone(BERLIN) == datetime.combine(TODAY + 7 * DAY, time(8), tzinfo=BERLIN)

    monday.move_to(morning(3))
    for _twice in range(2):
        Job.objects.want(Job.Kind.DIGEST_CHANNEL, channel.pk, at=morning(3))
        work(post_digest, Job.Kind.DIGEST_CHANNEL, channel.pk)
    [delivery] = Delivery.objects.all()
    assert (delivery.content["title"], delivery.created_at) == (
        "Northwind Learning this week: 1 of 1 moves",
        morning(3),
    )
    [line] = delivery.content["news"]
    assert (line["topic"], line["section"], line["heading"], line["pilot"]) == (
        "digest",
        "moved",
        "One moves",
        "Moves",
    )
    assert line["words"].startswith("Moves: time is moving")
    assert (
        delivery.content["foot"]
        == "As it stood on 22 June 2026. The links open for members of Northwind Learning."
    )


def test_what_was_not_taken_is_posted_again_under_the_same_id(
    scoped: Cast, monday: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = channel_of(scoped, "webhook")
    running(scoped, "Moves", 17.0, 3)
    monday.move_to(morning(3))
    work(post_digest, Job.Kind.DIGEST_CHANNEL, channel.pk)
    [delivery] = Delivery.objects.all()
    seen: list[str] = []
    answers = [Posted(503), Posted(200)]
    monkeypatch.setattr(
        "pilots.tasks.post",
        lambda url, headers, body: seen.append(headers["Pilotlight-Id"]) or answers.pop(0),
    )
    for _try in range(2):
        work(post_delivery, Job.Kind.POST, delivery.pk)
        monday.shift(timedelta(minutes=2))
    assert seen == [str(delivery.uid)] * 2


def test_a_digest_and_what_delivers_it_are_written_together(
    scoped: Cast, monday: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = channel_of(scoped)
    running(scoped, "Moves", 17.0, 3)

    def killed(*_any: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Job.objects, "want", killed)
        with pytest.raises(KeyboardInterrupt):
            Digest.objects.post(channel, at=morning(3))
    channel.refresh_from_db()
    assert (channel.digest_at, Delivery.objects.exists()) == (None, False)
    assert Digest.objects.post(channel, at=morning(3))


@pytest.mark.parametrize(
    "case", ["nothing to tell", "not chosen", "switched off", "a week's end", "a member's own"]
)
def test_no_channel_gets_it_that_should_not(scoped: Cast, case: str) -> None:
    of_one = {"membership": member(scoped)} if case == "a member's own" else {}
    channel = channel_of(scoped, topics=["flag"] if case == "not chosen" else ["digest"], **of_one)
    if case != "nothing to tell":
        running(scoped, "Moves", 17.0, 3)
    if case == "switched off":
        channel.failed("status 410", gone=True, at=NOW)
    at = morning(3, days=4) if case == "a week's end" else morning(3)
    assert Digest.objects.post(channel, at=at) is None


def test_a_channel_that_was_off_gets_it_when_it_is_on_again_in_time(scoped: Cast, monday: Traveller) -> None:
    channel = channel_of(scoped)
    running(scoped, "Moves", 17.0, 3)
    channel.failed("status 410", gone=True, at=NOW)
    monday.move_to(morning(3))
    work(post_digest, Job.Kind.DIGEST_CHANNEL, channel.pk)
    assert not Delivery.objects.exists()
    monday.move_to(morning(3, days=1))
    channel.switch_on(by=scoped.administrator, at=morning(3, days=1))
    work(post_digest, Job.Kind.DIGEST_CHANNEL, channel.pk)
    assert Delivery.objects.count() == 1


def test_where_the_organisation_moves_west_the_week_has_one_digest_still(
    scoped: Cast, monday: Traveller
) -> None:
    channel, organisation = channel_of(scoped), scoped.organisation
    running(scoped, "Moves", 17.0, 3)
    assert (Digest.objects.post(channel, at=morning(3)) and write(scoped, morning(3))) is not None
    organisation.change_settings(
        by=scoped.administrator, at=morning(3), expected_version=organisation.version, time_zone="America/Los_Angeles"
    )  # fmt: skip
    due = job_of(Job.Kind.DIGEST_CHANNEL, channel.pk).due_at
    assert due, "it is looked for anew"
    later = morning(3, hour=17)  # a quarter past eight on Monday, where they live now
    assert Digest.objects.post(channel, at=later) is None
    assert write(scoped, later) is None
    assert Digest.objects.post(channel, at=later + timedelta(weeks=1))


def test_each_kind_of_channel_shows_it_in_its_own_way(scoped: Cast) -> None:
    channel = channel_of(scoped)
    running(scoped, "Moves", 17.0, 3)
    running(scoped, "Stuck & held", 20.5, 3)
    delivery = Digest.objects.post(channel, at=morning(3))
    assert delivery
    said = posts.slack(delivery.content)["blocks"]
    assert said[0]["text"]["text"] == "Northwind Learning this week: 1 of 2 moves"
    texts = [block["text"]["text"] for block in said if block["type"] == "section"]
    assert texts[0] == "2 pilots run: 1 moves, 1 does not move as agreed."
    assert texts[1] == "*One moves*"
    assert texts[2].split("\n")[0].endswith("|Moves>*")
    assert texts[3] == "*One does not move as agreed*"
    assert texts[4].split("\n")[0].endswith("|Stuck &amp; held>*")
    assert said[-1]["elements"][0]["text"].startswith("As it stood on 22 June 2026.")
    [attachment] = posts.teams(delivery.content)["attachments"]
    card = [block["text"] for block in attachment["content"]["body"]]
    assert card[1:3] == ["2 pilots run: 1 moves, 1 does not move as agreed.", "One moves"]
    assert card[-1].startswith("As it stood on 22 June 2026.")
