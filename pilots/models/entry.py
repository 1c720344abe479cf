from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Versioned
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError, refuse_unfit
from pilots.models.reception import Comment, EntryWithdrawal, Thanks, Use, Weighing

if TYPE_CHECKING:
    from accounts.models import Organisation, Person
    from pilots.models.closing import Outcome
    from pilots.models.pilot import Pilot

# Words as they stand find names and any language; English ones are found by their stems too.
SIMPLE, STEMS = "simple", "english"
_WORD: Final = re.compile(r"\w{4,40}")
MOST_WORDS: Final = 24


class EntryKind(models.TextChoices):
    LEARNING = "learning", _("what we learned")
    METRIC = "metric", _("a metric that tells")
    CHECKLIST = "checklist", _("a checklist")
    MOVE = "move", _("what moves a stakeholder")
    PROMPT = "prompt", _("a prompt")


class EntryState(models.TextChoices):
    """What pilots say of a learning, derived from them."""

    UNTRIED = "untried", _("no pilot yet")
    ONE_PILOT = "one_pilot", _("one pilot")
    SUPPORTED = "supported", _("supported")
    CONTESTED = "contested", _("contested")


class EntryQuerySet(models.QuerySet["Entry"]):
    def standing(self) -> Self:
        """Those that count: not withdrawn, or restored since."""
        return self.exclude(_withdrawn())

    def withdrawn(self) -> Self:
        return self.filter(_withdrawn())

    def with_counts(self) -> Self:
        """Each with the number of pilots on either side, of people whom it helped, of comments, and its state."""
        return self.annotate(
            supports=Count("weighings", filter=Q(weighings__supports=True), distinct=True),
            contradicts=Count("weighings", filter=Q(weighings__supports=False), distinct=True),
            helped_people=Count("thanks", distinct=True),
            comment_count=Count("comments", distinct=True),
        ).annotate(
            state=Case(
                When(contradicts__gt=0, then=Value(EntryState.CONTESTED.value)),
                When(supports__gt=1, then=Value(EntryState.SUPPORTED.value)),
                When(supports=1, then=Value(EntryState.ONE_PILOT.value)),
                default=Value(EntryState.UNTRIED.value),
                output_field=models.CharField(),
            )
        )

    def matching(self, text: str) -> Self:
        """As somebody types it into a search box: all words, "phrases", or, -without; the nearest first."""
        query = SearchQuery(text, search_type="websearch", config=STEMS) | SearchQuery(
            text, search_type="websearch", config=SIMPLE
        )
        return self._ranked(query)

    def about(self, *texts: str) -> Self:
        """Those that share words with these texts, the nearest first."""
        words = list(dict.fromkeys(word.lower() for text in texts for word in _WORD.findall(text)))
        if not words:
            return self.none()
        raw = " | ".join(words[:MOST_WORDS])
        return self._ranked(SearchQuery(raw, search_type="raw", config=STEMS))

    def _ranked(self, query: Any) -> Self:
        found = self.filter(search=query).annotate(rank=SearchRank(F("search"), query))
        return found.order_by("-rank", "-pk")


_EntryManager = TenantManager.from_queryset(EntryQuerySet)


class EntryManager(_EntryManager["Entry"]):
    @transaction.atomic
    def add(
        self, organisation: Organisation, *, kind: str, title: str, words: str, by: Person, at: datetime,
        pilot: Pilot | None = None, metric: Any = None,
    ) -> Entry:  # fmt: skip
        """Something worth keeping. A learning rests on a pilot that was decided, which supports it."""
        if kind == EntryKind.METRIC and metric is None:
            raise RefusedError(_t("Say which metric it is."))
        if kind == EntryKind.LEARNING and pilot is None:
            raise RefusedError(_t("Say which pilot taught it."))
        entry: Entry = self.create(
            organisation=organisation, kind=kind, title=title, words=words, pilot=pilot, by=by, at=at,
            metric=metric if kind == EntryKind.METRIC else None,
        )  # fmt: skip
        organisation.chain.record(
            "library.added", by=by.actor, at=at, entry=entry.pk, kind=kind, private={"title": title}
        )
        if kind == EntryKind.LEARNING and pilot is not None:
            entry.weigh(pilot, supports=True, by=by, at=at)
        return entry

    def take_from(self, outcome: Outcome, *, by: Person, at: datetime) -> Entry | None:
        """What a pilot taught, as it was said with its decision; part of that decision, and no event of its own."""
        words: str = outcome.facts["decision"]["learned"].strip()
        if not words:
            return None
        entry: Entry = self.create(
            organisation_id=outcome.pilot.organisation_id, kind=EntryKind.LEARNING, title=first_sentence(words),
            words=words, pilot=outcome.pilot, outcome=outcome, by=by, at=at,
        )  # fmt: skip
        Weighing.objects.create(entry=entry, pilot=outcome.pilot, supports=True, by=by, at=at)
        return entry


class Entry(Versioned):
    """What an organisation keeps for its next pilot: something learned, or a piece to use again."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="library"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind)
    title = models.CharField(_("in one sentence"), max_length=200)
    words = models.TextField(_("in full"), max_length=5000, blank=True)
    pilot = models.ForeignKey(
        "pilots.Pilot", null=True, blank=True, on_delete=models.SET_NULL, related_name="entries"
    )
    metric = models.ForeignKey(
        "metrics.Metric", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The decision that it was said with: its words are that decision's, and stay.
    outcome = models.OneToOneField(
        "pilots.Outcome", null=True, blank=True, on_delete=models.CASCADE, related_name="entry"
    )
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=STEMS)
        + SearchVector("words", weight="B", config=STEMS)
        + SearchVector("title", "words", weight="C", config=SIMPLE),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = EntryManager()

    class Meta(Versioned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.METRIC) | Q(metric__isnull=False), name="entry_metric_is_named"
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="entry_search"),
            # The library's first page, of all kinds and of one.
            models.Index(fields=["organisation", "kind", "-id"], name="entry_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def rest(self) -> str:
        """The words without the sentence that is the title already."""
        return self.words.strip().removeprefix(self.title).strip()

    @property
    def withdrawal(self) -> EntryWithdrawal | None:
        """That it counts no more, if so."""
        found: EntryWithdrawal | None = self.withdrawals.open().select_related("by").first()
        return found

    @transaction.atomic
    def mend(self, *, expected_version: int, by: Person, at: datetime, **changes: Any) -> None:
        """Say it better. What it said before is kept beside the event."""
        if self.outcome_id:
            raise RefusedError(_t("These words were said with the decision, and stay as they were said."))
        said = Entry.objects.select_for_update().values(*changes).get(pk=self.pk)
        changed = self.apply(expected_version=expected_version, **changes)
        if changed:
            earlier = {f"earlier_{name}": said[name] for name in changed}
            self.organisation.chain.record(
                "library.mended", by=by.actor, at=at, entry=self.pk, changed=sorted(changed), private=earlier
            )

    @transaction.atomic
    def withdraw(self, *, reason: str, by: Person, at: datetime) -> EntryWithdrawal:
        """Let nobody build on it any more. Its page stays, and says why."""
        withdrawal, new = EntryWithdrawal.objects.get_or_create(
            entry=self, restored_at=None, defaults={"reason": reason, "by": by, "at": at}
        )
        if new:
            self.organisation.chain.record(
                "library.withdrawn", by=by.actor, at=at, entry=self.pk, private={"reason": reason}
            )
        return withdrawal

    @transaction.atomic
    def restore(self, *, by: Person, at: datetime) -> None:
        """It counts again."""
        if self.withdrawals.open().update(restored_by=by, restored_at=at):
            self.organisation.chain.record("library.restored", by=by.actor, at=at, entry=self.pk)

    @transaction.atomic
    def weigh(self, pilot: Pilot, *, supports: bool, by: Person, at: datetime, note: str = "") -> Weighing:
        """Say that a decided pilot supports it, or contradicts it. What was said of that pilot before is replaced."""
        if self.kind != EntryKind.LEARNING:
            raise RefusedError(_t("Only what was learned is supported or contradicted."))
        if not pilot.has("outcome"):
            raise RefusedError(_t("That pilot was not decided yet: it says nothing so far."))
        said = Weighing.objects.filter(entry=self, pilot=pilot).first()
        if said and (said.supports, said.note) == (supports, note):
            return said
        weighing, _new = Weighing.objects.update_or_create(
            entry=self, pilot=pilot, defaults={"supports": supports, "note": note, "by": by, "at": at}
        )
        self.organisation.chain.record(
            "library.weighed", by=by.actor, at=at, entry=self.pk, pilot=pilot.pk, supports=supports,
            private={"note": note} if note else {},
        )  # fmt: skip
        return weighing

    @transaction.atomic
    def comment(self, *, words: str, by: Person, at: datetime) -> Comment:
        made = Comment.objects.create(entry=self, words=words, by=by, at=at)
        self.organisation.chain.record(
            "library.commented", by=by.actor, at=at, entry=self.pk, comment=made.pk, private={"words": words}
        )
        return made

    def thank(self, *, by: Person, at: datetime) -> bool:
        """Say "this helped me"; once a person. Whether it was new."""
        _thanks, new = Thanks.objects.get_or_create(entry=self, person=by, defaults={"at": at})
        if new:
            self.organisation.chain.record("library.helped", by=by.actor, at=at, entry=self.pk)
        return new

    @transaction.atomic
    def start_pilot(self, *, title: str, by: Person, at: datetime) -> Pilot:
        """Plan a pilot with it: a metric becomes its metric, a prompt what its AI does; all of it stays at hand there."""
        from pilots.models.pilot import Pilot

        if self.withdrawal:
            raise RefusedError(_t("It was withdrawn. Restore it before a pilot is begun from it."))
        fields: dict[str, Any] = {}
        if self.kind == EntryKind.METRIC and self.metric:
            refuse_unfit(self.metric)
            fields["metric"] = self.metric
        if self.kind == EntryKind.PROMPT:
            fields["ai_use"] = self.words[:2000]
        started = Pilot.objects.start_planning(self.organisation, by=by, at=at, title=title, **fields)
        if self.pilot and self.pilot.has("outcome"):
            started.name_origin(self.pilot, by=by, at=at)
        Use.objects.create(entry=self, pilot=started, by=by, at=at)
        return started


def _withdrawn() -> Exists:
    return Exists(EntryWithdrawal.objects.filter(entry=OuterRef("pk"), restored_at=None))


def first_sentence(words: str) -> str:
    """The first sentence of a text, short enough to be a title."""
    first = re.split(r"(?<=[.!?])\s", " ".join(words.split()), maxsplit=1)[0]
    return first if len(first) <= 200 else f"{first[:199].rsplit(' ', 1)[0]}…"
