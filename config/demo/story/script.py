"""What a pilot's story is written in: plain data, which ``walk.py`` walks through the verbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

type Chapter = Literal["asked", "ready", "running", "closed"]


@dataclass(frozen=True)
class Voice:
    """A stakeholder: what success looks like to them, and how the plan delivers it, or why not.

    Neither ``delivered`` nor ``declined``: the answer waits. ``line`` is where the plan says so, ``in_person``: the owner asked to
    their face and wrote the answer down. ``condition`` is what they signed under.
    """

    name: str
    position: str
    stance: Literal["champion", "neutral", "sceptic"]
    said: str
    delivered: str = ""
    declined: str = ""
    line: str = ""
    in_person: bool = False
    resistance: str = ""
    influence: int = 2
    sponsor: bool = False
    condition: str = ""
    #: Whom they asked to sign in their place.
    deputy: str = ""
    before_launch: bool = False


@dataclass(frozen=True)
class Item:
    """Something that learners see. ``mended`` is the second version, made after ``returned``, the reviewer's note.

    Without ``mended`` the changes are still to be made. ``passage``: the words that the note is about, and what should
    change in them. ``late``: made while the pilot runs; it waits for its review.
    """

    title: str
    kind: Literal["lesson", "scenario", "quiz", "script", "answers", "email", "translation"]
    text: str
    ai: Literal["none", "assisted", "made"] = "made"
    tool: str = "a language model on our own servers"
    asked: str = ""
    stakes: bool = False
    passage: tuple[tuple[str, str], ...] = ()
    maker: str = "Lena"
    returned: str = ""
    mended: str = ""
    late: bool = False


@dataclass(frozen=True)
class Data:
    """One row of the sheet of learner data, kept for so many days from the first day on."""

    data: str
    purpose: str
    source: str
    access: str
    personal: Literal["yes", "coded", "no"] = "no"
    days: int = 120


@dataclass(frozen=True)
class Sheet:
    """Which learner data is used: the first row, and ``more`` of them."""

    data: str
    purpose: str
    access: str
    told: str
    oversight: str
    source: str = "the coaching tool"
    personal: Literal["yes", "coded", "no"] = "no"
    more: tuple[Data, ...] = ()
    legal_basis: str = ""
    processor: str = ""

    @property
    def rows(self) -> tuple[Data, ...]:
        return (Data(self.data, self.purpose, self.source, self.access, self.personal), *self.more)


@dataclass(frozen=True)
class Money:
    """What an outcome is worth, as somebody vouched for it; or ``unknown``, why nobody can say. Euros."""

    value: float = 0.0
    volume: float = 0.0
    source: str = ""
    vouched_by: str = ""
    share: int = 100
    share_because: str = ""
    unknown: str = ""
    licences: float = 0.0
    work: float = 0.0
    review: float = 0.0
    learners: float = 0.0


@dataclass(frozen=True)
class Week:
    """The owner's note of a week, written on its Friday afternoon."""

    saw: str
    changed: str = ""
    confidence: Literal["high", "even", "low"] = "even"
    reach: int | None = None


@dataclass(frozen=True)
class Ending:
    """What was decided; by the agreed rule unless there is a ``reason``.

    ``judged``: what each voice said of it afterwards, by name: yes, partly or no, and their words. ``stopped``: on which day
    of the six weeks it was ended, and why. ``shared``: for whom a link was made.
    """

    learned: str
    other_causes: str
    next_step: str = ""
    decision: str = ""
    reason: str = ""
    judged: dict[str, tuple[str, str]] = field(default_factory=dict)
    money: Money | None = None
    stopped: tuple[int, str] | None = None
    shared: str = ""


@dataclass(frozen=True)
class Change:
    """What was changed of a running plan on a day of its six weeks, and why; everybody signs it the day after."""

    day: int
    reason: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Script:
    """A pilot. ``begins`` counts weeks from the anchor's Monday; ``target`` is a level in the metric's unit."""

    key: str
    chapter: Chapter
    begins: int
    title: str
    uses: str
    gap: str
    because: str
    problem: str
    visible_because: str
    ai_use: str
    audience: str
    reach: int
    metric: str
    target: float
    voices: tuple[Voice, ...]
    items: tuple[Item, ...]
    sheet: Sheet
    legal: tuple[str, str]  # who was consulted, and what came of it
    #: The result as it will be told, with … where the change will stand.
    in_words: str = ""
    group: str = ""
    comparison: str = ""
    chosen: str = "none"
    owner: str = "Mia"
    reviewer: str = "Ravi"
    #: What the owner wrote about a flag, by its kind.
    notes: dict[str, str] = field(default_factory=dict)
    #: The notes of its weeks, from the first one on.
    weeks: tuple[Week, ...] = ()
    ending: Ending | None = None
    #: Why the first who was asked to sign declined the first version; the owner then changes what follows.
    declined: str = ""
    rule: dict[str, str] = field(default_factory=dict)
    amended: Change | None = None
