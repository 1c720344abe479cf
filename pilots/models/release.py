from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pgtrigger
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Message
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.content import ContentItem
    from pilots.models.version import ContentVersion

# The rule of ``ContentItem.release``, told from the records and not from the derived columns.
_ALLOWED = """
    SELECT v.item_id, v.reviewers_needed, i.ai_use, i.maker_id INTO the_item, needed, ai, maker
      FROM pilots_contentversion v JOIN pilots_contentitem i ON i.id = v.item_id WHERE v.id = NEW.version_id;
    PERFORM 1 FROM pilots_contentitem WHERE id = the_item FOR UPDATE;
    IF NEW.version_id <> (SELECT id FROM pilots_contentversion WHERE item_id = the_item ORDER BY number DESC LIMIT 1) THEN
        RAISE EXCEPTION 'pilotlight: it was edited since; only the newest version is released' USING ERRCODE = 'restrict_violation';
    END IF;
    IF ai <> 'none' THEN
        SELECT count(*) FILTER (WHERE decision = 'approve'), count(*) FILTER (WHERE decision <> 'approve')
          INTO approvals, objections
          FROM (SELECT DISTINCT ON (reviewer_id) decision FROM pilots_review
                 WHERE version_id = NEW.version_id AND reviewer_id <> maker
                   AND reviewer_id NOT IN (SELECT made_by_id FROM pilots_contentversion WHERE item_id = the_item)
                   AND round = (SELECT count(*) FROM pilots_incident n JOIN pilots_release r ON r.id = n.release_id
                                 WHERE r.version_id = NEW.version_id)
                 ORDER BY reviewer_id, id DESC) said;
        IF approvals < needed OR objections > 0 THEN
            RAISE EXCEPTION 'pilotlight: only an approved version is released' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
"""


class ReleaseQuerySet(models.QuerySet["Release"]):
    def standing(self) -> Self:
        return self.filter(withdrawal=None)


_ReleaseManager = TenantManager.from_queryset(ReleaseQuerySet)


class Release(models.Model):
    """That a version went to learners: which version, to whom, when, by whom. Never altered; it can be withdrawn."""

    version = models.ForeignKey("pilots.ContentVersion", on_delete=models.PROTECT, related_name="releases")
    to = models.CharField(_("which learners"), max_length=200)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "version__item__pilot__organisation"
    objects = _ReleaseManager()

    class Meta:
        triggers = [
            *append_only("release"),
            pgtrigger.Trigger(
                name="release_is_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("the_item", "BIGINT"), ("needed", "INT"), ("ai", "TEXT"), ("maker", "BIGINT"),
                    ("approvals", "INT"), ("objections", "INT"),
                ],
                func=_ALLOWED,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.version} to {self.to}"

    @transaction.atomic
    def withdraw(self, *, reason: str, by: Person, at: datetime) -> Withdrawal:
        """Take it back from learners; the release and this stay in the register."""
        self.version.item.lock()
        if known := Withdrawal.objects.filter(release=self).first():
            return known
        withdrawal = Withdrawal.objects.create(release=self, reason=reason, by=by, at=at)
        self._record("content.withdrawn", by, at, {"reason": reason})
        return withdrawal

    @transaction.atomic
    def log_incident(self, *, what: str, by: Person, at: datetime) -> Incident:
        """Write down that something was wrong in front of a learner: opens the review again, and tells the owner."""
        item = self.version.item
        item.lock()
        last = self.incidents.order_by("-pk").first()
        if last and (last.by_id, last.what) == (by.pk, what):
            return last  # a double click
        incident = Incident.objects.create(release=self, what=what, by=by, at=at)
        self._record("content.incident", by, at, {"what": what}, incident=incident.pk)
        item.refresh_state(at=at)
        pilot = item.pilot
        Message.objects.queue(
            "incident",
            to=pilot.owner.email,
            at=at,
            link=f"page:{reverse('content_item', args=[pilot.organisation.slug, pilot.pk, item.pk])}",
            organisation=pilot.organisation,
            context={
                "name": pilot.owner.name, "pilot": pilot.title, "item": item.title, "what": what, "finder": by.name,
                "to": self.to, "number": self.version.number,
            },
        )  # fmt: skip
        return incident

    def _record(self, verb: str, by: Person, at: datetime, private: dict[str, str], **facts: Any) -> None:
        self.version.item.pilot.chain.record(
            verb, by=by.actor, at=at, private=private, item=self.version.item_id, number=self.version.number,
            sha256=self.version.sha256, release=self.pk, **facts,
        )  # fmt: skip


class Withdrawal(models.Model):
    """That a release was taken back: who, when, why."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.TextField(_("why"), max_length=1000)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "release__version__item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        triggers = append_only("withdrawal")

    def __str__(self) -> str:
        return f"withdrawal of {self.release}"


class Incident(models.Model):
    """Something that was wrong in front of a learner. It opens the review of the version again."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="incidents")
    what = models.TextField(_("what was wrong"), max_length=2000)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "release__version__item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        triggers = append_only("incident")

    def __str__(self) -> str:
        return self.what[:80]


class Released(models.Model):
    """What an item can do about its release."""

    class Meta:
        abstract = True

    @transaction.atomic
    def release(self: ContentItem, *, number: int, to: str, by: Person, at: datetime) -> Release:
        """Let a version reach learners. ``RefusedError`` says why it cannot: only what was approved can.

        The same version to the same learners, while it is with them, is the first release again.
        """
        to = " ".join(to.split())
        if not to or len(to) > 200:
            raise RefusedError(_t("Say which learners get it, in at most 200 letters."))
        self.lock()
        version = self.versions.filter(number=number).first()
        if version is None:
            raise RefusedError(_t("There is no version %(number)s of this item.") % {"number": number})
        version.item = self
        self._refuse_release(version)
        if known := Release.objects.standing().filter(version=version, to=to).first():
            return known
        release = Release.objects.create(version=version, to=to, by=by, at=at)
        release._record("content.released", by, at, {"to": to})
        return release

    def _refuse_release(self: ContentItem, version: ContentVersion) -> None:
        if self.pilot.has("cancel"):
            raise RefusedError(_t("This pilot was cancelled."))
        newest = self.newest_version()
        if version.pk != newest.pk:
            raise RefusedError(
                _t(
                    "Version %(number)s was edited since. Version %(newest)s is the one to review and release."
                )
                % {"number": version.number, "newest": newest.number}
            )
        if self.ai_use == "none":
            return
        state, approvals = version.judged()
        if state != "approve":
            raise RefusedError(self._why_not(version, state, approvals) % {"number": version.number})

    def _why_not(self: Any, version: ContentVersion, state: str, approvals: int) -> str:
        if state == "reject":
            return _t("Version %(number)s was rejected.")
        if state == "changes":
            return _t("Changes to version %(number)s were asked for.")
        if approvals:
            return _t("Version %(number)s needs a second reviewer.")
        if version.round():
            return _t(
                "An incident opened the review of version %(number)s again. It has to be approved anew."
            )
        return _t("Nobody has approved version %(number)s yet.")
