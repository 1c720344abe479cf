from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import sha256
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Organisation, Person
    from pilots.models.pilot import Pilot


class AiUse(models.TextChoices):
    """Was AI used? A choice that has to be made; there is no default."""

    NONE = "none", _("No: a person made it")
    ASSISTED = "assisted", _("Yes: AI helped a person make it")
    MADE = "made", _("Yes: AI made it")


class ContentKind(models.TextChoices):
    LESSON = "lesson", _("lesson")
    SCENARIO = "scenario", _("practice scenario")
    QUIZ = "quiz", _("quiz")
    SCRIPT = "script", _("video script")
    ANSWERS = "answers", _("set of chatbot answers")
    EMAIL = "email", _("e-mail")


class ReviewDecision(models.TextChoices):
    APPROVE = "approve", _("Approve")
    CHANGES = "changes", _("Ask for changes")
    REJECT = "reject", _("Reject")


CHECKLIST: Final = {
    "accuracy": _("It is correct, and says where its facts come from."),
    "bias": _("It treats people fairly: no group is left out or talked down to."),
    "pedagogy": _("It teaches what the pilot is about, in the right order."),
    "voice": _("It sounds like us and fits how we work."),
    "accessibility": _("Everybody can use it: plain words, alternatives for pictures and sound."),
}


class ContentItemQuerySet(models.QuerySet["ContentItem"]):
    def with_state(self) -> Self:
        """Each item with ``state``: the newest version's decision, or "" while nobody has decided."""
        newest = ContentVersion.objects.filter(item=OuterRef("pk")).order_by("-number").values("pk")[:1]
        decided = Review.objects.filter(version=OuterRef("newest")).order_by("-pk").values("decision")[:1]
        return self.annotate(newest=Subquery(newest)).annotate(state=Subquery(decided))

    def needs_review(self) -> Self:
        """Items that AI had a hand in and whose newest version nobody has decided on."""
        return self.with_state().exclude(ai_use=AiUse.NONE).filter(state=None)

    def not_approved(self) -> Self:
        return (
            self.with_state()
            .exclude(ai_use=AiUse.NONE)
            .filter(~Q(state=ReviewDecision.APPROVE) | Q(state=None))
        )

    def waiting_for(self, reviewer: Person, organisation: Organisation) -> Self:
        """What this person may decide on, oldest first; never what they made themselves."""
        mine = ContentVersion.objects.filter(item=OuterRef("pk"), made_by=reviewer)
        since = ContentVersion.objects.filter(item=OuterRef("pk")).order_by("-number").values("at")[:1]
        waiting = self.filter(pilot__organisation=organisation, pilot__cancel=None, pilot__outcome=None)
        waiting = waiting.needs_review().filter(~Exists(mine)).annotate(waiting_since=Subquery(since))
        return waiting.select_related("pilot", "maker").order_by("waiting_since", "pk")


_ContentItemManager = TenantManager.from_queryset(ContentItemQuerySet)


class ContentItemManager(_ContentItemManager["ContentItem"]):
    @transaction.atomic
    def make(self, pilot: Pilot, *, text: str, by: Person, at: datetime, **fields: Any) -> ContentItem:
        """A new item with its first version."""
        item: ContentItem = self.create(pilot=pilot, maker=by, **fields)
        pilot.chain.record("content.made", by=by.actor, at=at, item=item.pk, ai_use=item.ai_use)
        item.add_version(text=text, by=by, at=at)
        return item


class ContentItem(models.Model):
    """Something that learners will see."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="content")
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=ContentKind)
    ai_use = models.CharField(_("was AI used?"), max_length=10, choices=AiUse)
    ai_tool = models.CharField(_("which AI"), max_length=120, blank=True)
    needed_for_launch = models.BooleanField(_("learners need it from the first day"), default=True)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")

    # What ``with_state`` adds: the decision on the newest version, None while there is none.
    state: str | None

    tenant_path = "pilot__organisation"
    objects = ContentItemManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def newest_version(self) -> ContentVersion:
        return self.versions.order_by("-number")[:1].get()

    @transaction.atomic
    def add_version(self, *, text: str, by: Person, at: datetime) -> ContentVersion:
        """The item anew; a version that was approved stays so, this one has to be reviewed itself."""
        ContentItem.objects.select_for_update(of=("self",)).get(pk=self.pk)  # as ``review`` does
        last = self.versions.order_by("-number").first()
        if last and last.text == text:
            return last  # a double click, or nothing was changed: there is nothing new to review
        version = ContentVersion.objects.create(
            item=self,
            number=last.number + 1 if last else 1,
            text=text,
            sha256=sha256(text),
            made_by=by,
            at=at,
        )
        self.pilot.chain.record(
            "content.version_made",
            by=by.actor,
            at=at,
            item=self.pk,
            number=version.number,
            sha256=version.sha256,
        )
        return version


class ContentVersion(models.Model):
    """One state of an item's text, as learners would see it."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(_("the content"), max_length=50_000)
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="content_version_number_once")]
        triggers = append_only("content_version")

    def __str__(self) -> str:
        return f"{self.item}, {self.number}"

    @transaction.atomic
    def review(self, *, decision: str, checklist: list[str], note: str, by: Person, at: datetime) -> Review:
        """Decide on this version. Never by who made any version of the item; only on the newest one."""
        item = ContentItem.objects.select_for_update(of=("self",)).get(pk=self.item_id)
        if item.maker_id == by.pk or item.versions.filter(made_by=by).exists():
            raise RefusedError(_t("You made this item. Somebody else has to review it."))
        if item.newest_version().pk != self.pk:
            raise RefusedError(
                _t("There is a newer version by now. Nothing was decided; please read that one.")
            )
        if decision == ReviewDecision.APPROVE and set(checklist) != set(CHECKLIST):
            raise RefusedError(_t("To approve it, confirm every line of the checklist."))
        last = self.reviews.order_by("-pk").first()
        if last and (last.reviewer_id, last.decision, last.note) == (by.pk, decision, note):
            return last  # a double click
        review = Review.objects.create(
            version=self,
            reviewer=by,
            decision=decision,
            note=note,
            at=at,
            checklist=[[key, str(question), key in checklist] for key, question in CHECKLIST.items()],
        )
        item.pilot.chain.record(
            "content.reviewed",
            by=by.actor,
            at=at,
            private={"note": note},
            item=item.pk,
            number=self.number,
            sha256=self.sha256,
            decision=decision,
        )
        return review


class Review(models.Model):
    """A person's decision about one version, with the questions as they were asked."""

    version = models.ForeignKey(ContentVersion, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=ReviewDecision)
    checklist = models.JSONField()
    note = models.TextField(_("note"), max_length=2000, blank=True)
    at = models.DateTimeField()

    tenant_path = "version__item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        triggers = append_only("review")

    def __str__(self) -> str:
        return f"{self.version}: {self.decision}"
