from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

import pgtrigger
from django.core.files import File
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.lookup import Lookup
from accounts.models import Topic
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.flag import Flag
from pilots.models.flag_kind import FlagKind
from pilots.models.notice import Notice
from pilots.models.release import Release, Released
from pilots.models.review import Review, ReviewDecision
from pilots.models.version import ContentVersion, Given

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
    TRANSLATION = "translation", _("translation")
    EMAIL = "email", _("e-mail")
    MEDIA = "media", _("picture, sound or film")
    OTHER = "other", _("something else")


class Wait(models.TextChoices):
    """What an item waits for, as the reviewer's queue says it."""

    FIRST = "first", _("its first review")
    CHANGED = "changed", _("a review of what changed")
    SECOND = "second", _("a second reviewer")
    INCIDENT = "incident", _("a new review after an incident")


class ContentItemQuerySet(models.QuerySet["ContentItem"]):
    def needs_review(self) -> Self:
        """Items that AI had a hand in and that somebody has to decide on."""
        return self.exclude(waits_for="")

    def not_approved(self) -> Self:
        return self.exclude(ai_use=AiUse.NONE).exclude(state=ReviewDecision.APPROVE)

    def lost_approval(self) -> Self:
        """Items that were approved once and are not now: edited since, objected to, or re-opened by an incident."""
        once = Review.objects.filter(version__item=OuterRef("pk"), decision=ReviewDecision.APPROVE)
        return self.not_approved().filter(Exists(once))

    def waiting_for(self, reviewer: Person, organisation: Organisation) -> Self:
        """What this person may decide on, oldest first; never what they made themselves, nor what they approved."""
        made = ContentVersion.objects.filter(item=OuterRef("pk"), made_by=reviewer)
        said = Review.objects.filter(version=OuterRef("newest"), reviewer=reviewer, round=OuterRef("round"))
        waiting = self.needs_review().filter(
            pilot__organisation=organisation, pilot__cancel=None, pilot__outcome=None
        )
        waiting = waiting.exclude(maker=reviewer).filter(~Exists(made), ~Exists(said))
        return waiting.select_related("pilot", "maker").order_by("waiting_since", "pk")


_ContentItemManager = TenantManager.from_queryset(ContentItemQuerySet)


class ContentItemManager(_ContentItemManager["ContentItem"]):
    @transaction.atomic
    def make(
        self,
        pilot: Pilot,
        *,
        by: Person,
        at: datetime,
        text: str = "",
        url: str = "",
        upload: File[bytes] | None = None,
        **fields: Any,
    ) -> ContentItem:
        """A new item with its first version: a text, a link or a file."""
        given = Given.looked_at(text=text, url=url, upload=upload)
        item: ContentItem = self.create(pilot=pilot, maker=by, **fields)
        pilot.chain.record("content.made", by=by.actor, at=at, item=item.pk, ai_use=item.ai_use)
        item.keep(given, number=1, by=by, at=at)
        return item


class ContentItem(Released, models.Model):
    """Something that learners will see.

    ``state``, ``waits_for``, ``waiting_since``, ``round`` and ``newest`` are derived from versions, reviews and
    incidents, and written anew by each verb, so that a queue of thousands is one query. Nothing is released by them.
    """

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="content")
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=ContentKind)
    audience = models.CharField(_("for whom"), max_length=200, blank=True)
    ai_use = models.CharField(_("was AI used?"), max_length=10, choices=AiUse)
    ai_tool = models.CharField(_("which AI tool"), max_length=120, blank=True)
    ai_model = models.CharField(_("which model"), max_length=120, blank=True)
    ai_asked = models.TextField(_("what the AI was asked"), max_length=4000, blank=True)
    high_stakes = models.BooleanField(
        _("it influences who gets development, or how people are judged"), default=False
    )
    needed_for_launch = models.BooleanField(_("learners need it from the first day"), default=True)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")

    newest = models.ForeignKey(
        "pilots.ContentVersion", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, blank=True, editable=False, choices=ReviewDecision)
    waits_for = models.CharField(max_length=10, blank=True, editable=False, choices=Wait)
    waiting_since = models.DateTimeField(null=True, editable=False)
    round = models.PositiveIntegerField(default=0, editable=False)

    tenant_path = "pilot__organisation"
    objects = ContentItemManager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            # The reviewer's queue: what waits, oldest first.
            models.Index(fields=["waiting_since", "id"], name="content_queue", condition=~Q(waits_for="")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="content_origin_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("ai_use", "maker", "high_stakes", "pilot"),
                func="RAISE EXCEPTION 'pilotlight: how an item was made stays as it was said' USING ERRCODE = 'restrict_violation';",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reviewers_needed(self) -> int:
        """Two where much hangs on the item, or where the organisation asks for two."""
        return 2 if self.high_stakes or self.pilot.organisation.two_reviewers else 1

    def newest_version(self) -> ContentVersion:
        version = _NEWEST.get(self.pk)
        assert version, "an item is made with its first version"
        version.item = self
        return version

    @transaction.atomic
    def add_version(
        self,
        *,
        by: Person,
        at: datetime,
        text: str = "",
        url: str = "",
        upload: File[bytes] | None = None,
        after: int | None = None,
    ) -> ContentVersion:
        """The item anew. What was approved stays so; this version has to be reviewed itself.

        ``after`` is the number of the version that it was written over: when there is a newer one, nothing is kept.
        """
        self.lock()
        last = self.versions.order_by("-number").first()
        given = Given.looked_at(text=text, url=url, upload=upload)
        if last and (last.form, last.sha256) == (given.form, given.sha256):
            return last  # a double click, or nothing was changed: there is nothing new to review
        if after is not None and last and last.number != after:
            raise RefusedError(
                _t(
                    "There is a newer version by now, number %(number)s. Compare it with yours, then save again."
                )
                % {"number": last.number}
            )
        return self.keep(given, number=last.number + 1 if last else 1, by=by, at=at)

    def lock(self) -> None:
        """One thing at a time happens to an item: an edit, a review, a release, an incident."""
        ContentItem.objects.select_for_update(of=("self",)).get(pk=self.pk)

    def keep(self, given: Given, *, number: int, by: Person, at: datetime) -> ContentVersion:
        with given.stored() as fields:
            version = ContentVersion.objects.create(
                item=self, number=number, made_by=by, at=at, reviewers_needed=self.reviewers_needed, **fields
            )
        self.pilot.chain.record(
            "content.version_made", by=by.actor, at=at, item=self.pk, number=number, sha256=version.sha256, form=version.form
        )  # fmt: skip
        self.refresh_state(at=at)
        return version

    def refresh_state(self, *, at: datetime) -> None:
        """Write the derived columns anew from the records, and raise or clear the pilot's flag about them."""
        newest = self.newest_version()
        state, waits_for, since = "", "", None
        if self.ai_use != AiUse.NONE:
            state, approvals = newest.judged()
            if not state:
                waits_for, since = self._wait(newest, approvals)
        derived: dict[str, Any] = {
            "newest": newest, "state": state, "waits_for": waits_for, "waiting_since": since, "round": newest.round(),
        }  # fmt: skip
        if since and since != self.waiting_since and self.pilot.reviewer_id != self.maker_id:
            self._tell_reviewer(at=at)
        with connection.cursor() as cursor:
            told = [newest.pk, str(state), str(waits_for), since, derived["round"], self.pk]
            cursor.execute(_DERIVED, told)
        for name, value in derived.items():
            setattr(self, name, value)
        Flag.objects.settle_content(self.pilot, at=at)
        self.pilot.settle_wait(FlagKind.REVIEW_OVERDUE, at=at)

    def _tell_reviewer(self, *, at: datetime) -> None:
        pilot = self.pilot
        Notice.objects.tell(
            pilot,
            Topic.REVIEW,
            people=[pilot.reviewer_id],
            words=_t("“%(item)s” waits for a review.") % {"item": self},
            path=reverse("content_item", args=[pilot.organisation.slug, pilot.pk, self.pk]),
            item=self,
            at=at,
        )

    def _wait(self, newest: ContentVersion, approvals: int) -> tuple[Wait, datetime]:
        incident = newest.last_incident()
        since = incident.at if incident else newest.at
        if approvals:
            return Wait.SECOND, since
        if incident:
            return Wait.INCIDENT, since
        earlier = Review.objects.filter(version__item=self).exclude(version=newest)
        return (Wait.CHANGED if earlier.exists() else Wait.FIRST), since

    def releases(self) -> models.QuerySet[Release]:
        return Release.objects.filter(version__item=self).order_by("-pk")


_DERIVED: Final = """
    UPDATE pilots_contentitem SET newest_id = %s, state = %s, waits_for = %s, waiting_since = %s, round = %s WHERE id = %s
"""
_NEWEST: Final = Lookup(lambda: ContentVersion._base_manager.order_by("-number"), item=0)
