"""Walks a script through the real verbs, each at the time that it would have happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from accounts.models import Organisation, Person
from config.demo.series import WEEK, monday
from config.demo.story.afterwards import look_back
from config.demo.story.people import address, moment
from config.demo.story.script import Change, Item, Script, Voice
from metrics.models import Metric, Series
from pilots.models import (
    Answer,
    Condition,
    Consultation,
    ContentItem,
    DataSheet,
    Delegation,
    LawCheck,
    LowChance,
    Pilot,
    SignOff,
    Stakeholder,
    StakeholderLink,
)
from pilots.models.checklist import CHECKLIST
from pilots.models.law import QUESTIONS

#: A pilot that is half-way through its gate was begun so many weeks before the anchor's Monday, plus five.
HALF_WAY: Final = 3 * WEEK
MONDAY, THURSDAY, FRIDAY = 0, 3, 4
#: The worker reads every day. Of the past, Mondays are enough to see how it went, and lately Thursdays too; of what is
#: long over, the middle and the end.
READ_ON: Final = {MONDAY, THURSDAY}
LATELY: Final = 21
LONG_AGO: Final = 70
MIDDLE_AND_END: Final = (21, 42)
ALL_THE_SAME: Final = (
    "We know. A larger target would not be honest, and even a hint tells us whether to go on: "
    "the tool costs little, and stopping is cheap."
)


def newest_link(stakeholder: Stakeholder) -> StakeholderLink:
    links = stakeholder.links.select_related(
        "stakeholder__pilot__organisation", "plan_version", "deputy__stakeholder"
    )
    return links.latest("pk")


@dataclass
class Walk:
    """One pilot on its way. ``day(n)`` counts from the first day of its six weeks, which is a Monday."""

    script: Script
    organisation: Organisation
    people: dict[str, Person]
    metric: Metric
    anchor: date
    pilot: Pilot = field(init=False)
    voices: list[tuple[Voice, Stakeholder]] = field(default_factory=list)

    @property
    def owner(self) -> Person:
        return self.people[self.script.owner]

    @property
    def reviewer(self) -> Person:
        return self.people[self.script.reviewer]

    @property
    def start(self) -> date:
        return monday(self.anchor) + self.script.begins * WEEK

    def day(self, number: int, hour: int, minute: int = 0) -> datetime:
        first = monday(self.anchor) + HALF_WAY if self.script.chapter == "asked" else self.start
        return moment(first + timedelta(days=number), hour, minute)

    @transaction.atomic
    def walk(self) -> Pilot:
        """All of it in one transaction: it is there or it is not, and no worker reads it half told."""
        self.plan()
        self.ask()
        self.make_content()
        if self.script.chapter != "asked":
            self.consult()
        self.review()
        self.write_data_sheet()
        if self.script.chapter != "asked":
            self.agree()
        if self.script.chapter in {"running", "closed"}:
            self.launch()
            self.release()
            self.meet_conditions()
            self.read()
        if self.script.ending:
            self.decide()
        self.add_late_items()
        return self.pilot

    # --- planning ---------------------------------------------------------------------------------

    def plan(self) -> None:
        script = self.script
        self.pilot = Pilot.objects.start_planning(
            self.organisation, by=self.owner, at=self.day(-34, 9, 40), title=script.title, problem=script.problem,
            visible_because=script.visible_because, ai_use=script.ai_use, audience=script.audience,
            planned_reach=script.reach, uses=script.uses, gap=script.gap, because=script.because,
        )  # fmt: skip
        self.change(self.day(-34, 10, 5), metric=self.metric)
        self.change(
            self.day(-33, 14, 20), series=self.series(script.group), target=script.target, start=self.start,
            in_words=script.in_words,
            comparison=self.series(script.comparison) if script.comparison else None,
            comparison_choice=script.chosen,
        )  # fmt: skip
        self.change(self.day(-33, 14, 30), governance_owner=self.people["Ada"], reviewer=self.reviewer)

    def change(self, at: datetime, **changes: Any) -> None:
        self.pilot.change_plan(by=self.owner, at=at, expected_version=self.pilot.version, **changes)

    def series(self, group: str) -> Series:
        return Series.objects.get(metric=self.metric, group=group)

    def ask(self) -> None:
        """Name everybody, ask the one question, take the answers down, say how the plan delivers them."""
        for number, voice in enumerate(self.script.voices):
            stakeholder = Stakeholder.objects.name_for(
                self.pilot, by=self.owner, at=self.day(-31, 9, number), name=voice.name, email=address(voice.name),
                position=voice.position, stance=voice.stance, resistance=voice.resistance, influence=voice.influence,
                is_sponsor=voice.sponsor,
            )  # fmt: skip
            self.voices.append((voice, stakeholder))
        for number, (voice, stakeholder) in enumerate(self.voices):
            if voice.said and not voice.in_person:
                stakeholder.ask_the_question(by=self.owner, at=self.day(-31, 9, 30 + number))
        answers = [
            self.answer(voice, stakeholder, at=self.day(-28 + number, 11 + number, 17))
            for number, (voice, stakeholder) in enumerate(self.voices)
            if voice.said
        ]
        self.win_over()
        for number, answer in enumerate(answers):
            self.map(answer, self.script.voices[number], at=self.day(-25, 10, 7 * number))

    def answer(self, voice: Voice, stakeholder: Stakeholder, *, at: datetime) -> Answer:
        if voice.in_person:
            return Answer.objects.take_down(stakeholder, text=voice.said, by=self.owner, at=at)
        return Answer.objects.receive(stakeholder, text=voice.said, at=at)

    def win_over(self) -> None:
        """Make the recommended move with everybody; half-way through the gate, only with the first."""
        for number, (_voice, stakeholder) in enumerate(self.voices):
            if stakeholder.approach and (number == 0 or self.script.chapter != "asked"):
                stakeholder.approach.do(by=self.owner, at=self.day(-26, 14, number))
            else:
                due = self.anchor + timedelta(days=2 + number)
                stakeholder.plan_approach(by=self.owner, at=self.day(-26, 14, number), due=due)

    def map(self, answer: Answer, voice: Voice, *, at: datetime) -> None:
        if voice.delivered:
            answer.map_to_plan(delivered_by=voice.delivered, line=voice.line, by=self.owner, at=at)
        elif voice.declined:
            answer.decline(reason=voice.declined, by=self.owner, at=at)

    def make_content(self) -> None:
        for number, item in enumerate(item for item in self.script.items if not item.late):
            self.make(item, at=self.day(-24, 10 + number, 15))

    def make(self, item: Item, *, at: datetime) -> ContentItem:
        return ContentItem.objects.make(
            self.pilot, title=item.title, kind=item.kind, ai_use=item.ai, ai_tool="" if item.ai == "none" else item.tool,
            ai_asked=item.asked, audience=self.script.audience, high_stakes=item.stakes,
            needed_for_launch=not item.late, text=item.text, by=self.people[item.maker], at=at,
        )  # fmt: skip

    def review(self) -> None:
        """Send back what has to be mended, mend it, approve it. A pilot half-way through its gate is at the first step."""
        scripted = {item.title: item for item in self.script.items}
        items = [(made, scripted[made.title]) for made in self.pilot.content.exclude(ai_use="none")]
        returned = [(made, item) for made, item in items if item.returned]
        for number, (made, item) in enumerate(returned):
            at = self.day(-23, 9, number) if self.script.chapter == "asked" else self.day(-20, 13, number)
            self.decide_on(made, "changes", at, note=item.returned, passages=item.passage)
        if self.script.chapter == "asked":
            return
        for number, (made, item) in enumerate(returned):
            made.add_version(text=item.mended, by=self.people[item.maker], at=self.day(-19, 15, number))
        for number, (made, _item) in enumerate(items):
            self.decide_on(made, "approve", self.day(-18, 9, 10 + number))

    def decide_on(
        self,
        item: ContentItem,
        decision: str,
        at: datetime,
        note: str = "",
        passages: Sequence[tuple[str, str]] = (),
    ) -> None:
        checked = list(CHECKLIST) if decision == "approve" else ["bias", "voice", "accessibility"]
        item.newest_version().review(
            decision=decision, checklist=checked, note=note, passages=passages, by=self.reviewer, at=at
        )

    def release(self) -> None:
        """Two days before the first day, what was approved or made by people alone goes to those who take part."""
        for number, item in enumerate(self.pilot.content.all()):
            item.release(
                number=item.newest_version().number,
                to=self.script.audience,
                by=self.owner,
                at=self.day(-2, 9, number),
            )

    def consult(self) -> None:
        with_whom, outcome = self.script.legal
        held = self.day(-21, 15)
        Consultation.objects.record(
            self.pilot, with_whom=with_whom, held_on=held.date(), outcome=outcome, by=self.owner, at=held,
            workers="told", workers_note=f"{held:%-d %B}, in the team meeting",
        )  # fmt: skip
        answers = {**dict.fromkeys(QUESTIONS, "no"), "talks": "yes", "makes": "yes"}
        LawCheck.objects.answer(
            self.pilot, answers=answers, counsel="Say on the first page that it is an AI.", by=self.owner,
            at=held + timedelta(minutes=10),
        )  # fmt: skip

    def write_data_sheet(self) -> None:
        sheet = self.script.sheet
        DataSheet.objects.answer(
            self.pilot, told=sheet.told, oversight=sheet.oversight, legal_basis=sheet.legal_basis,
            processor=sheet.processor, by=self.owner,
            rows=[{
                "data": row.data, "purpose": row.purpose, "source": row.source, "access": row.access,
                "personal": row.personal, "kept_until": self.start + timedelta(days=row.days),
            } for row in sheet.rows],
            at=self.day(-14 if self.script.chapter != "asked" else -23, 11),
        )  # fmt: skip

    def agree(self) -> None:
        if self.script.declined:
            self.hear_a_no()
        self.pilot.request_sign_off(by=self.owner, at=self.day(-13, 9))
        held: list[Condition] = []
        for number, (voice, stakeholder) in enumerate(self.voices):
            for told in stakeholder.answers.unconfirmed():
                told.confirm(at=self.day(-12 + number, 16, 40))
            if voice.deputy:
                Delegation.objects.hand_on(
                    newest_link(stakeholder),
                    name=voice.deputy,
                    email=address(voice.deputy),
                    at=self.day(-12 + number, 8, 5),
                )
            signed = self.sign(
                stakeholder, self.day(-12 + number, 16, 42), "condition" if voice.condition else "approve",
                words=voice.condition, when="before" if voice.before_launch else "during",
            )  # fmt: skip
            if voice.before_launch:
                held.append(signed.condition)
        for condition in held:
            condition.close(at=self.day(-10, 17, 35))

        self.face_the_odds(self.day(-10, 18, 5))

    def hear_a_no(self) -> None:
        """The first who is asked declines, and the plan is changed: what they sign the next day is another version."""
        self.pilot.request_sign_off(by=self.owner, at=self.day(-14, 12))
        _voice, first = self.voices[0]
        self.sign(first, self.day(-14, 17, 20), "decline", words=self.script.declined)
        self.pilot.refresh_from_db()
        self.change(self.day(-13, 8, 30), decision_rule={**self.pilot.decision_rule, **self.script.rule})

    def sign(self, stakeholder: Stakeholder, at: datetime, decision: str = "approve", **said: Any) -> SignOff:
        link = newest_link(stakeholder)
        assert link.plan_version
        return SignOff.objects.sign(
            link, decision=decision, typed_name=link.holder, seen=link.plan_version.sha256, at=at, **said
        )

    def face_the_odds(self, at: datetime) -> None:
        """Where six weeks will hardly show the target, the owner says why they go ahead all the same."""
        target = next(line for line in self.pilot.gate(at) if line.key == "target")
        if target.move == "pilot_chance":
            found = self.pilot.outlook()
            LowChance.objects.acknowledge(
                self.pilot, words=ALL_THE_SAME, chance=found.chance if found else None, by=self.owner, at=at
            )

    # --- running ----------------------------------------------------------------------------------

    def launch(self) -> None:
        self.pilot.launch_now(by=self.owner, at=self.day(-3, 15, 20))
        self.pilot = Pilot.objects.select_related("organisation", "metric__source").get(pk=self.pilot.pk)

    def meet_conditions(self) -> None:
        """Who asked for something during the pilot has seen it by the third day, and says so."""
        for condition in Condition.objects.open_during(self.pilot).select_related(
            "sign_off__stakeholder__pilot"
        ):
            condition.close(at=self.day(2, 15, 10))

    def read(self) -> None:
        """As the worker would have done, up to the day before the demonstration began."""
        ending = self.script.ending
        stopped = ending.stopped if ending else None
        for number in range(3, stopped[0] if stopped else 43):
            at = self.day(number, 6, 15)
            days_ago = (self.anchor - at.date()).days
            if self.script.amended and number == self.script.amended.day and days_ago > 0:
                self.amend(self.script.amended)
            if days_ago > 0 and number % 7 == FRIDAY:
                self.write_note(number // 7, self.day(number, 16, 40))
            if days_ago > 0 and self.is_read_on(number, at.weekday(), days_ago):
                self.pilot.read(at=at)
                self.acknowledge(at + timedelta(days=1, hours=2, minutes=50))

        if stopped:
            self.pilot.stop_early(reason=stopped[1], by=self.owner, at=self.day(stopped[0], 14, 20))
            self.pilot = Pilot.objects.select_related("organisation", "metric__source").get(pk=self.pilot.pk)

    def is_read_on(self, number: int, weekday: int, days_ago: int) -> bool:
        if (self.anchor - self.day(42, 6).date()).days > LONG_AGO:
            return number in MIDDLE_AND_END
        return weekday in (READ_ON if days_ago < LATELY else {MONDAY})

    def amend(self, change: Change) -> None:
        """The owner proposes it at noon, and everybody signs it the next morning."""
        self.pilot.amend(
            reason=change.reason, by=self.owner, at=self.day(change.day, 12, 10), **change.changes
        )
        for number, (_voice, stakeholder) in enumerate(self.voices):
            self.sign(stakeholder, self.day(change.day + 1, 8, 20 + number))
        self.pilot = Pilot.objects.select_related("organisation", "metric__source").get(pk=self.pilot.pk)

    def write_note(self, week: int, at: datetime) -> None:
        if week < len(self.script.weeks):
            note = asdict(self.script.weeks[week])
            self.pilot.check_in(by=self.owner, at=at, **note)

    def acknowledge(self, at: datetime) -> None:
        if at.date() < self.anchor:
            for flag in self.pilot.flags.standing().filter(acknowledged_at=None, kind__in=self.script.notes):
                flag.acknowledge(note=self.script.notes[flag.kind], by=self.owner, at=at)

    def add_late_items(self) -> None:
        """What was made yesterday, for the reviewer's desk."""
        for number, item in enumerate(item for item in self.script.items if item.late):
            self.make(item, at=moment(self.anchor - timedelta(days=1), 10 + number, 25))

    def decide(self) -> None:
        ending = self.script.ending
        assert ending is not None
        at = self.day(ending.stopped[0] + 3 if ending.stopped else 45, 10, 30)
        if not ending.stopped:
            self.pilot.read(at=at - timedelta(hours=4))
        outcome = self.pilot.decide(
            decision=ending.decision or self.pilot.recommendation(), learned=ending.learned,
            other_causes=ending.other_causes, reason=ending.reason, next_step=ending.next_step, by=self.owner, at=at,
        )  # fmt: skip
        look_back(self, outcome, ending, at)
