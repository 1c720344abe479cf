from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from accounts.links import code_for
from accounts.models import Message
from accounts.models.organisation import CodeAtSigning
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.agreement import SignOff
    from pilots.models.link import StakeholderLink
    from pilots.models.stakeholder import Stakeholder

VALID_FOR: Final = timedelta(minutes=10)
TRIES: Final = 5
MOST_AN_HOUR: Final = 5


def needs_code(stakeholder: Stakeholder) -> bool:
    """Whether the organisation asks this stakeholder for a code when they sign."""
    setting = stakeholder.pilot.organisation.code_at_signing
    return setting == CodeAtSigning.EVERYONE or (setting == CodeAtSigning.LEGAL and stakeholder.is_legal)


class SigningCodeQuerySet(models.QuerySet["SigningCode"]):
    def standing(self, link: StakeholderLink, at: datetime) -> Self:
        """The code that can still be typed for a link: the newest alone, if it is neither used nor too old."""
        return self.waiting(link, at).filter(expires_at__gt=at, tries__lt=TRIES)

    def waiting(self, link: StakeholderLink, at: datetime) -> Self:
        """The decision of today that was typed and is not signed yet, even if its code holds no more."""
        return self.filter(link=link, used_at=None, replaced_at=None, sent_at__gt=at - timedelta(days=1))


_SigningCodeManager = TenantManager.from_queryset(SigningCodeQuerySet)


class SigningCodeManager(_SigningCodeManager["SigningCode"]):
    @transaction.atomic
    def send(self, link: StakeholderLink, *, given: dict[str, Any], at: datetime) -> SigningCode:
        """Mail a code that signs exactly what was ``given``: this link, this version, this decision, these words."""
        type(link).objects.select_for_update(of=("self",)).get(pk=link.pk)
        _still_to_sign(link)
        standing = self.standing(link, at).first()
        if standing and standing.given == given:
            return standing
        self._hold_back(link, at)
        return self._send(link, given, at)

    def _hold_back(self, link: StakeholderLink, at: datetime) -> None:
        """No more codes than these in an hour. With the link locked."""
        if self.filter(link=link, sent_at__gt=at - timedelta(hours=1)).count() >= MOST_AN_HOUR:
            raise RefusedError(
                _t("So many codes were sent already. Please wait an hour, and try again: nothing was signed.")
            )

    @transaction.atomic
    def send_again(self, link: StakeholderLink, *, at: datetime) -> SigningCode | None:
        """Another code for what was decided: the mail did not come, it is too old, or too many tries went wrong."""
        type(link).objects.select_for_update(of=("self",)).get(pk=link.pk)
        last = self.waiting(link, at).first()
        if last is None:
            return None
        _still_to_sign(link)
        self._hold_back(link, at)
        return self._send(link, last.given, at)

    def _send(self, link: StakeholderLink, given: dict[str, Any], at: datetime) -> SigningCode:
        self.filter(link=link, used_at=None, replaced_at=None).update(replaced_at=at, given={})
        code = self.create(link=link, key=uuid4(), given=given, sent_at=at, expires_at=at + VALID_FOR)
        pilot = link.stakeholder.pilot
        Message.objects.queue(
            "code",
            to=link.address,
            at=at,
            link=f"code:{code.key.hex}",
            organisation=pilot.organisation,
            context={"name": link.holder, "pilot": pilot.title},
        )
        pilot.chain.record("sign_off.code_sent", by=link.actor, at=at, link=link.pk, code=code.pk)
        return code


def _still_to_sign(link: StakeholderLink) -> None:
    """A code for a plan that cannot be signed now would be a mail for nothing."""
    assert link.plan_version is not None
    if not link.stakeholder.pilot.is_out_for_signature(link.plan_version):
        raise RefusedError(_t("The plan changed since you opened this page. Nothing was signed."))


class SigningCode(models.Model):
    """Six digits by mail that sign one decision. They stand nowhere: mail and check make them anew from ``key``."""

    link = models.ForeignKey("pilots.StakeholderLink", on_delete=models.CASCADE, related_name="codes")
    key = models.UUIDField(unique=True)
    # What was typed, until it is signed or replaced.
    given = models.JSONField(default=dict)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    tenant_path = "link__stakeholder__pilot__organisation"
    objects = SigningCodeManager()

    def __str__(self) -> str:
        return f"code {self.pk} of {self.sent_at:%Y-%m-%d %H:%M}"

    def is_over(self, at: datetime) -> bool:
        return self.expires_at <= at or self.tries >= TRIES

    def get_decision_display(self) -> str:
        """What is about to be signed, in the words of the form."""
        from pilots.models.agreement import Decision

        return str(Decision(self.given["decision"]).label)

    def sign(self, *, typed: str, at: datetime, signed_in: Person | None = None, **where: Any) -> SignOff:
        """Sign what was given, with the digits from the mail. A wrong try counts, whatever else happens."""
        from pilots.models.agreement import SignOff

        mine = SigningCode.objects.standing(self.link, at).filter(pk=self.pk)
        if not mine.update(tries=F("tries") + 1):
            raise RefusedError(
                _t("This code is used up or too old. Have a new one sent: nothing was signed.")
            )
        if not hmac.compare_digest(_digits(typed), code_for("signing", self.key.hex)):
            self.refresh_from_db(fields=["tries"])
            left = TRIES - self.tries
            raise RefusedError(
                ngettext(
                    "This is not the code that was sent. You have %(count)s try left.",
                    "This is not the code that was sent. You have %(count)s tries left.",
                    left,
                )
                % {"count": left}
            )
        return SignOff.objects.sign(self.link, at=at, code=self, signed_in=signed_in, **self.given, **where)


def _digits(typed: str) -> str:
    """What was typed, as six digits: mail programs and people put blanks between them."""
    return "".join(letter for letter in typed if letter.isascii() and letter.isdigit())
