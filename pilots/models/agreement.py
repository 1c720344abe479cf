from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models import Message, Topic
from accounts.models.ledger import SYSTEM, append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.answer import Answer
from pilots.models.flag_kind import FlagKind
from pilots.models.link import Purpose, StakeholderLink
from pilots.models.mailbox import is_owner
from pilots.models.notice import Notice
from pilots.models.plan_version import PlanVersion
from pilots.models.signing_code import needs_code
from pilots.plan import decision_rule, plan_facts

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.delegation import Delegation
    from pilots.models.pilot import Pilot
    from pilots.models.signing_code import SigningCode
    from pilots.models.stakeholder import Stakeholder

MEANING: Final = _("I agree that this is how success will be judged.")
MEANINGS: Final = {
    "approve": MEANING,
    "condition": _("I agree that this is how success will be judged, on my condition."),
    "decline": _("I do not agree that this is how success will be judged."),
}


class Decision(models.TextChoices):
    APPROVE = "approve", _("I agree")
    CONDITION = "condition", _("I agree, on a condition")
    DECLINE = "decline", _("I do not agree")


class When(models.TextChoices):
    BEFORE = "before", _("before launch")
    DURING = "during", _("during the pilot")


class ChangedSinceOpenedError(RefusedError):
    """The plan that the signer was shown is no longer the plan."""


class SignOffManager(TenantManager["SignOff"]):
    @transaction.atomic
    def sign(
        self,
        link: StakeholderLink,
        *,
        decision: str,
        typed_name: str,
        seen: str,
        at: datetime,
        words: str = "",
        when: str = When.BEFORE,
        address: str | None = None,
        browser: str = "",
        code: SigningCode | None = None,
        signed_in: Person | None = None,
    ) -> SignOff:
        """Sign the plan version that the link was sent for, having seen the text with digest ``seen``.

        ``code`` is the one that was typed, where the organisation asks for one; ``signed_in`` is who uses this browser.
        A second signing by the same link is the first one again. Raises ``ChangedSinceOpenedError`` when the plan
        moved on meanwhile, ``RefusedError`` for a rule, both in words for the signer.
        """
        stakeholder, version = link.stakeholder, link.plan_version
        assert version is not None, "a link for signing names its plan version"
        pilot = type(stakeholder.pilot).objects.select_for_update().get(pk=stakeholder.pilot_id)
        if signed := self.filter(stakeholder=stakeholder, plan_version=version).first():
            return signed
        if seen != version.sha256 or not pilot.is_out_for_signature(version):
            raise ChangedSinceOpenedError(
                _t("The plan changed since you opened this page. Nothing was signed.")
            )
        if not StakeholderLink.objects.filter(pk=link.pk, replaced_at=None).exists():
            # Handed on, or replaced by a newer one, since this page was opened.
            raise ChangedSinceOpenedError(_t("This link has ended meanwhile. Nothing was signed by it."))
        if is_owner(pilot, link.holder, link.address) or signed_in == pilot.owner:
            raise RefusedError(_t("Nobody signs for a pilot they own."))
        if needs_code(stakeholder) and (code is None or code.link_id != link.pk):
            raise RefusedError(_t("A code from a second mail is needed to sign."))
        if link.deputy is None and stakeholder.answers.unconfirmed().exists():
            raise RefusedError(_t("First say whether what was written down for you is what you said."))
        sign_off = self.create(
            stakeholder=stakeholder,
            plan_version=version,
            plan_sha256=version.sha256,
            decision=decision,
            words=words,
            typed_name=typed_name,
            meaning=str(MEANINGS[decision]),
            at=at,
            time_zone=pilot.organisation.time_zone,
            address=address,
            browser=browser[:200],
            deputy=link.deputy,
            code=code,
        )
        sign_off._note_what_follows(link, pilot, when)
        version.settle_amendment(at=at)
        pilot.settle_wait(FlagKind.ANSWER_MISSING, at=at)
        return sign_off


_TOLD: Final = {
    "approve": _("%(name)s signed the plan."),
    "condition": _("%(name)s signed the plan, on a condition."),
    "decline": _("%(name)s declined to sign the plan, and says why."),
}
_PAST: Final = {"approve": "signed", "condition": "signed_with_condition", "decline": "declined"}


class SignOff(models.Model):
    """A signature under one plan version: who, when, what it means, and what exactly was shown."""

    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.PROTECT, related_name="sign_offs")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="sign_offs")
    plan_sha256 = models.CharField(max_length=64)
    decision = models.CharField(max_length=20, choices=Decision)
    words = models.TextField(max_length=2000, blank=True)
    typed_name = models.CharField(max_length=120)
    meaning = models.CharField(max_length=200)
    at = models.DateTimeField()
    # Where the signer's clock was taken to be; empty for what was signed before it was written down.
    time_zone = models.CharField(max_length=60, blank=True, db_default="")
    # Who signed in the stakeholder's place, and the code that was typed, where there was one.
    deputy = models.ForeignKey(
        "pilots.Delegation", null=True, on_delete=models.PROTECT, related_name="sign_offs"
    )
    code = models.OneToOneField("pilots.SigningCode", null=True, on_delete=models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)

    tenant_path = "stakeholder__pilot__organisation"
    objects = SignOffManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["stakeholder", "plan_version"], name="one_sign_off_per_version"),
            models.CheckConstraint(
                condition=models.Q(decision="approve") | ~models.Q(words=""), name="reason_given"
            ),
        ]
        triggers = append_only("sign_off")

    def __str__(self) -> str:
        return f"{self.typed_name}: {self.decision}"

    @property
    def printed_name(self) -> str:
        """Whose signature it is, in print: the stakeholder's, or their deputy's and for whom."""
        return str(self.deputy) if self.deputy else self.stakeholder.name

    def _note_what_follows(self, link: StakeholderLink, pilot: Pilot, when: str) -> None:
        """The event, the condition, the letters, and what a signature under an amendment brings about."""
        if self.decision == Decision.CONDITION:
            Condition.objects.create(sign_off=self, when=when)
        if self.code:
            type(self.code).objects.filter(pk=self.code.pk).update(used_at=self.at, given={})
        pilot.chain.record(
            f"plan.{_PAST[self.decision]}",
            by=link.actor,
            at=self.at,
            private={"typed_name": self.typed_name, "words": self.words},
            stakeholder=self.stakeholder_id,
            sign_off=self.pk,
            plan_version=self.plan_version.number,
            plan_sha256=self.plan_sha256,
            **({"delegation": link.deputy_id} if link.deputy_id else {}),
            **({"code": self.code.pk} if self.code else {}),
        )
        self._send_receipt(link, pilot)
        if self.decision == Decision.DECLINE:
            self._tell_the_owner(pilot)
        Notice.objects.tell(
            pilot,
            Topic.AGREEMENT,
            people=[]
            if self.decision == Decision.DECLINE
            else [pilot.owner_id],  # they got a letter of its own
            words=_TOLD[self.decision] % {"name": self.printed_name},
            path=reverse("pilot_agreement", args=[pilot.organisation.slug, pilot.pk]),
            at=self.at,
        )

    def _send_receipt(self, link: StakeholderLink, pilot: Pilot) -> None:
        """The signed page goes to whoever signed: what they hold, nobody can change."""
        message = Message.objects.queue(
            "receipt",
            to=link.address,
            at=self.at,
            attachment=f"receipt:{self.pk}",
            organisation=pilot.organisation,
            context={
                "name": link.holder, "pilot": pilot.title, "number": self.plan_version.number, "decision": self.decision,
                "sha256": self.plan_sha256, "asker": pilot.owner.name,
            },
        )  # fmt: skip
        pilot.chain.record("receipt.sent", by=SYSTEM, at=self.at, sign_off=self.pk, message=message.pk)

    def _tell_the_owner(self, pilot: Pilot) -> None:
        Message.objects.queue(
            "declined",
            to=pilot.owner.email,
            at=self.at,
            link=f"page:/{pilot.organisation.slug}/pilots/{pilot.pk}/agreement/",
            organisation=pilot.organisation,
            context={
                "name": pilot.owner.name, "pilot": pilot.title, "who": self.printed_name, "words": self.words,
                "number": self.plan_version.number,
            },
        )  # fmt: skip


class ConditionQuerySet(models.QuerySet["Condition"]):
    def open_during(self, pilot: Pilot) -> Self:
        """What was asked for during a pilot, by who signed the version that it runs under, and is not met yet."""
        runs = models.Q(sign_off__plan_version__launched__pilot=pilot) | models.Q(
            sign_off__plan_version__amendment__in=pilot.amendments.in_force()
        )
        return self.filter(runs, when=When.DURING, closed_at=None)

    def figures(self, pilot: Pilot) -> dict[str, Any]:
        """For the flag: how many are open. Nothing when none is."""
        count = self.open_during(pilot).count()
        return {"count": count} if count else {}


_ConditionManager = TenantManager.from_queryset(ConditionQuerySet)


class Condition(models.Model):
    """What a stakeholder asked for when signing; open until they say that it is met."""

    sign_off = models.OneToOneField(SignOff, on_delete=models.PROTECT, related_name="condition")
    when = models.CharField(max_length=10, choices=When)
    closed_at = models.DateTimeField(null=True)

    tenant_path = "sign_off__stakeholder__pilot__organisation"
    objects = _ConditionManager()

    def __str__(self) -> str:
        return self.sign_off.words

    @transaction.atomic
    def close(self, *, at: datetime) -> None:
        """The stakeholder confirms that it is met."""
        if Condition.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at):
            stakeholder = self.sign_off.stakeholder
            pilot = stakeholder.pilot
            pilot.chain.record("condition.closed", by=stakeholder.actor, at=at, sign_off=self.sign_off_id)
            self.sign_off.plan_version.settle_amendment(at=at)
            pilot.settle_conditions(at=at)


class Agreed(models.Model):
    """What a pilot can do about its agreement."""

    decision_rule = models.JSONField(default=decision_rule)

    class Meta:
        abstract = True

    def agreed_version(self: Any) -> PlanVersion | None:
        """The newest plan version, whether or not the plan still says the same."""
        return PlanVersion.newest(self)

    def plan_digest(self: Any) -> str:
        return sha256(canonical_json(plan_facts(self)))

    def plan_is_as_agreed(self: Any) -> bool:
        version = self.agreed_version()
        return version is not None and version.sha256 == self.plan_digest()

    def is_out_for_signature(self: Pilot, version: PlanVersion) -> bool:
        """Whether this version can be signed now: the newest, while the plan still says the same; or an open amendment."""
        if self.has("cancel") or self.has("outcome") or self.agreed_version() != version:
            return False
        if self.has("launch"):
            return self.amendments.open().filter(plan_version=version).exists()
        return version.sha256 == self.plan_digest()

    @transaction.atomic
    def request_sign_off(self: Pilot, *, by: Person, at: datetime) -> PlanVersion:
        """Cut a version of the plan as it stands, and ask everybody who signs to sign it.

        Those who signed this very version are not asked again.
        """
        locked = type(self).objects.select_for_update().get(pk=self.pk)
        if reason := locked.reason_not_to_request_sign_off():
            raise RefusedError(reason)
        version = locked.agreed_version()
        if version is None or version.sha256 != locked.plan_digest():
            version = locked.cut_version(version, canonical_json(plan_facts(locked)), by=by, at=at)
        for stakeholder in locked.stakeholders.must_sign().exclude(sign_offs__plan_version=version):
            locked.ask_to_sign(stakeholder, version, by=by, at=at)
        return version

    def reason_not_to_request_sign_off(self: Pilot) -> str:
        """Why the plan is not ready to be signed, in words; empty when it is."""
        if self.has("launch") or self.has("cancel"):
            return _t("The plan is fixed since the launch.")
        from pilots.steps import unsaid

        if missing := unsaid(self):
            return _t("The plan does not say yet: %(what)s.") % {"what": ", ".join(missing)}
        if not self.stakeholders.must_sign().exists():
            return _t("Name the people who have to sign first.")
        if (
            waiting := Answer.objects.filter(stakeholder__pilot=self)
            .waiting()
            .select_related("stakeholder")
            .first()
        ):
            return _t("%(name)s answered, and the plan does not say yet how it delivers that.") % {
                "name": waiting.stakeholder
            }
        return ""

    def cut_version(
        self: Pilot, last: PlanVersion | None, content: str, *, by: Person, at: datetime
    ) -> PlanVersion:
        """The next version, of this text. Whoever calls it holds the lock on the pilot's row."""
        version = PlanVersion.objects.create(
            pilot=self,
            number=last.number + 1 if last else 1,
            content=content,
            sha256=sha256(content),
            cut_by=by,
            cut_at=at,
        )
        self.chain.record(
            "plan.version_cut", by=by.actor, at=at, number=version.number, sha256=version.sha256
        )
        return version

    def ask_to_sign(
        self: Pilot, stakeholder: Stakeholder, version: PlanVersion, *, by: Person, at: datetime
    ) -> None:
        """Send the link to sign this version: to the stakeholder, or to whom they asked to sign in their place."""
        deputy = stakeholder.delegations.standing().filter(plan_version=version).first()
        link = self._send_to_sign(stakeholder, version, deputy, by=by.name, at=at)
        self.chain.record(
            "sign_off.requested",
            by=by.actor,
            at=at,
            stakeholder=stakeholder.pk,
            number=version.number,
            link=link.pk,
        )

    def ask_deputy(self: Pilot, deputy: Delegation, *, at: datetime) -> None:
        """Send the link to whom a stakeholder asked to sign in their place."""
        self._send_to_sign(deputy.stakeholder, deputy.plan_version, deputy, by=deputy.stakeholder.name, at=at)

    def _send_to_sign(
        self: Pilot,
        stakeholder: Stakeholder,
        version: PlanVersion,
        deputy: Delegation | None,
        *,
        by: str,
        at: datetime,
    ) -> StakeholderLink:
        from pilots.plan_changes import asked_again

        amendment = version.amendment_of()
        since = "" if deputy or amendment or version.number == 1 else asked_again(stakeholder, version)
        return StakeholderLink.objects.send(
            stakeholder,
            Purpose.SIGN_OFF,
            by=by,
            at=at,
            template="sign_off_deputy" if deputy else "sign_amendment" if amendment else "sign_off",
            plan_version=version,
            deputy=deputy,
            context={
                "number": version.number, "metric": str(self.metric), "for_whom": stakeholder.name,
                "button": _t("Read and decide"), "since": since, **({"reason": amendment.reason} if amendment else {}),
            },
        )  # fmt: skip
