"""What Northwind keeps for its next pilot: pieces, what others say of them, and which pilot grew from which."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from accounts.models import Organisation, Person
from config.demo.memory import Memory
from config.demo.story.people import moment
from metrics.models import Metric
from pilots.models import Entry, Pilot

#: Which pilot grew from which: nobody would have asked for the second without the first.
GREW: Final = (("answer-coach", "till-prompts"), ("case-notes", "answer-coach"))

#: Kind, title, words, the pilot it comes from, who wrote it down.
PIECES: Final = (
    (
        "checklist",
        "Before an answer is shown to an agent",
        "1. Section and date of the rule that it rests on.\n2. The sum first, the reason second.\n"
        "3. What the customer can do today.\n4. Who looks at it again when the tariff changes, and when.",
        "answer-coach", "Ravi",
    ),
    (
        "move",
        "Make the expert whose rules AI repeats its first reviewer",
        "Joanna Pike wrote half of the tariff rules and wanted to see every line. We asked her to be the reviewer before we "
        "asked her to agree. Two stale answers later she told the other team about it herself.",
        "answer-coach", "Mia",
    ),
    (
        "prompt",
        "A customer who rings for the third time",
        "You moved house and have been billed for both flats. You have rung twice and were told two different things. You are "
        "tired rather than angry. Do not help: answer only what you are asked.",
        "answer-coach", "Lena",
    ),
    (
        "metric",
        "First-contact resolution tells within six weeks",
        "A call counts as settled when the same customer does not ring again within seven days. Steady from week to week, known "
        "to every manager, and an eighth of it is worth showing.",
        "answer-coach", "Mia",
    ),
)  # fmt: skip
COMMENTS: Final = (
    (0, "Lena", "We use it for letters too; point 4 is the one that everybody forgets."),
    (
        1,
        "Tomasz",
        "Klaus in Soltau was right about the Saturdays, and we only asked him to sign. Next time he reviews.",
    ),
)
HELPED: Final = ((0, "Lena"), (0, "Tomasz"), (1, "Tomasz"), (3, "Tomasz"))


def furnish(organisation: Organisation, members: dict[str, Person], memory: Memory) -> None:
    """Write down what is missing; what somebody changed since stays."""
    _chain(members, memory)
    if Entry.objects.filter(title=PIECES[0][1]).exists():
        return
    day: date = memory.anchor - timedelta(days=6)
    entries = [
        Entry.objects.add(
            organisation, kind=kind, title=title, words=words, pilot=Pilot.objects.get(pk=memory.pilots[key]),
            metric=Metric.objects.get(pk=memory.metrics["first-contact"]) if kind == "metric" else None,
            by=members[who], at=moment(day, 9, 10 * number),
        )
        for number, (kind, title, words, key, who) in enumerate(PIECES)
    ]  # fmt: skip
    for number, who, words in COMMENTS:
        entries[number].comment(words=words, by=members[who], at=moment(day + timedelta(days=1), 14, number))
    for number, who in HELPED:
        entries[number].thank(by=members[who], at=moment(day + timedelta(days=2), 8, number))


def _chain(members: dict[str, Person], memory: Memory) -> None:
    for key, origin in GREW:
        pilot = Pilot.objects.get(pk=memory.pilots[key])
        if pilot.grew_from_id is None and not pilot.chain.events.filter(verb="pilot.origin_named").exists():
            pilot.name_origin(
                Pilot.objects.get(pk=memory.pilots[origin]), by=members["Mia"], at=moment(memory.anchor, 8)
            )
