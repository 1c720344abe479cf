from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pgtrigger
from django.db import connection, models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.checklist import Checklist
from pilots.models.stakeholder import Resistance, Stakeholder

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.content import ContentItem
    from pilots.models.version import ContentVersion


class ReviewDecision(models.TextChoices):
    APPROVE = "approve", _("Approve")
    CHANGES = "changes", _("Ask for changes")
    REJECT = "reject", _("Reject")


class ReviewerRole(models.TextChoices):
    """In which role somebody reviewed: what learners read instead of a name."""

    EXPERT = "expert", _("a subject-matter expert")
    REVIEWER = "reviewer", _("a content reviewer")
    MANAGER = "manager", _("a manager of learning and development")


# The rule of ``ContentVersion.review``, once more where no hurried hand gets round it.
_COUNTS = """
    SELECT item_id INTO the_item FROM pilots_contentversion WHERE id = NEW.version_id;
    PERFORM 1 FROM pilots_contentitem WHERE id = the_item FOR UPDATE;
    IF EXISTS (SELECT 1 FROM pilots_contentitem WHERE id = the_item AND maker_id = NEW.reviewer_id)
       OR EXISTS (SELECT 1 FROM pilots_contentversion WHERE item_id = the_item AND made_by_id = NEW.reviewer_id) THEN
        RAISE EXCEPTION 'pilotlight: nobody reviews what they made' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.version_id <> (SELECT id FROM pilots_contentversion WHERE item_id = the_item ORDER BY number DESC LIMIT 1) THEN
        RAISE EXCEPTION 'pilotlight: only the newest version is reviewed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.round <> (SELECT count(*) FROM pilots_incident i JOIN pilots_release r ON r.id = i.release_id
                      WHERE r.version_id = NEW.version_id) THEN
        RAISE EXCEPTION 'pilotlight: an incident opened this review again' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""


class Review(models.Model):
    """A person's decision about one version, with the questions as they were asked."""

    version = models.ForeignKey("pilots.ContentVersion", on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=ReviewerRole, default=ReviewerRole.REVIEWER)
    decision = models.CharField(max_length=10, choices=ReviewDecision)
    checklist = models.JSONField()
    note = models.TextField(_("note"), max_length=2000, blank=True)
    # Incidents open a review again: what was decided in an earlier round no longer counts.
    round = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(null=True)  # from when on it was waited for
    at = models.DateTimeField()

    tenant_path = "version__item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        triggers = [
            *append_only("review"),
            pgtrigger.Trigger(
                name="review_counts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("the_item", "BIGINT")],
                func=_COUNTS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.decision}"


class Passage(models.Model):
    """What a reviewer said about one passage of a version."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="passages")
    quoted = models.CharField(_("passage"), max_length=500)
    words = models.TextField(_("what should change"), max_length=1000)

    tenant_path = "review__version__item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]
        triggers = append_only("passage")

    def __str__(self) -> str:
        return self.quoted


_SAID: Final = """
    SELECT reviewer_id, decision FROM pilots_review
     WHERE version_id = %s AND round = %s
       AND reviewer_id NOT IN (SELECT made_by_id FROM pilots_contentversion WHERE item_id = %s)
     ORDER BY id
"""


class Reviewed(models.Model):
    """What a version can do about its reviews."""

    class Meta:
        abstract = True

    def judged(self: ContentVersion) -> tuple[str, int]:
        """What the reviews of this version come to, and how many approve of it.

        The newest word of each reviewer counts, of the present round. One objection stands until whoever made it
        takes it back, or until there is a new version. The word of a maker does not count, however it got there.
        """
        newest: dict[int, str] = {}
        with connection.cursor() as cursor:
            cursor.execute(_SAID, [self.pk, self.round(), self.item_id])
            for reviewer, decision in cursor:
                newest.pop(reviewer, None)
                newest[reviewer] = decision
        objections = [decision for decision in newest.values() if decision != ReviewDecision.APPROVE]
        approvals = len(newest) - len(objections)
        if objections:
            return objections[-1], approvals
        return (ReviewDecision.APPROVE if approvals >= self.reviewers_needed else ""), approvals

    @transaction.atomic
    def review(
        self: ContentVersion,
        *,
        decision: str,
        checklist: list[str],
        by: Person,
        at: datetime,
        note: str = "",
        passages: Sequence[tuple[str, str]] = (),
        asked: int | None = None,
    ) -> Review:
        """Decide on this version. Never by who made any version of the item; only on the newest one.

        ``checklist`` names the lines that hold; ``asked`` is the number of the checklist that the reviewer saw.
        """
        item: ContentItem = self.item
        item.lock()
        item.refresh_from_db(fields=["waits_for", "waiting_since", "state"])
        role = self._role_of(by)
        self._refuse(item, by)
        questions = Checklist.objects.current(item.pilot.organisation)
        if asked is not None and asked != questions.number:
            raise RefusedError(
                _t("The checklist changed since you opened this page. Look at the new questions first.")
            )
        if decision == ReviewDecision.APPROVE and set(checklist) != set(questions.keys):
            raise RefusedError(_t("To approve it, confirm every line of the checklist."))
        self._refuse_wrong_quotations(passages)
        round_ = self.round()
        last = self.reviews.filter(reviewer=by, round=round_).order_by("-pk").first()
        if last and (last.decision, last.note) == (decision, note):
            return last  # a double click
        review = Review.objects.create(
            version=self, reviewer=by, role=role, decision=decision, note=note, round=round_, at=at,
            since=item.waiting_since,
            checklist=[[key, question, key in checklist] for key, question in questions.lines],
        )  # fmt: skip
        for quoted, words in passages:
            Passage.objects.create(review=review, quoted=quoted, words=words)
        item.pilot.chain.record(
            "content.reviewed",
            by=by.actor,
            at=at,
            private={"note": note, **{f"passage {n}": f"{q}: {w}" for n, (q, w) in enumerate(passages, 1)}},
            item=item.pk,
            number=self.number,
            sha256=self.sha256,
            decision=decision,
            checklist=questions.number,
        )
        item.refresh_state(at=at)
        return review

    def _refuse(self: Any, item: ContentItem, by: Person) -> None:
        if item.maker_id == by.pk or item.versions.filter(made_by=by).exists():
            raise RefusedError(_t("You made this item. Somebody else has to review it."))
        if item.newest_version().pk != self.pk:
            raise RefusedError(
                _t("There is a newer version by now. Nothing was decided; please read that one.")
            )

    def _role_of(self: Any, by: Person) -> ReviewerRole:
        """In which role: an expert whose co-ownership was asked for, or what they are in the organisation."""
        pilot = self.item.pilot
        membership = pilot.organisation.memberships.filter(person=by).first()
        if membership is None or membership.role == Role.VIEWER:
            raise RefusedError(
                _t("Only a member of the organisation who is more than a viewer reviews content.")
            )
        experts = Stakeholder.objects.filter(pilot=pilot, resistance=Resistance.CO_OWNERSHIP)
        if experts.filter(email__iexact=by.email).exists():
            return ReviewerRole.EXPERT
        return ReviewerRole.REVIEWER if membership.role == Role.REVIEWER else ReviewerRole.MANAGER

    def _refuse_wrong_quotations(self: Any, passages: Sequence[tuple[str, str]]) -> None:
        whole = " ".join(self.text.split())
        for quoted, _words in passages:
            if self.form == "text" and " ".join(quoted.split()) not in whole:
                raise RefusedError(
                    _t("These words are not in this version: “%(words)s”.") % {"words": quoted[:80]}
                )
