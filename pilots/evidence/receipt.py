"""The receipt of a signature: the page that was signed, as a document that nobody can change from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts.models.message import Attachment
from pilots.agreement_page import plan_lines, rule_lines, signature_lines
from pilots.evidence.document import typeset
from pilots.evidence.seal import fingerprint, public_key
from pilots.models import SignOff

if TYPE_CHECKING:
    from accounts.models import Event

_TEMPLATE: Final = Path(__file__).with_name("receipt.typ")


def attach(key: str) -> Attachment:
    """The file that goes with the mail ``receipt``; ``key`` is the signature's id."""
    with scopes_disabled():
        signed = SignOff.objects.select_related(
            "stakeholder__pilot__organisation", "stakeholder__pilot__chain", "plan_version", "deputy__stakeholder", "code"
        ).get(pk=int(key))  # fmt: skip
    organisation = signed.stakeholder.pilot.organisation
    with scope(organisation=organisation):
        name = f"receipt-{organisation.slug}-{signed.stakeholder.pilot_id}-{signed.pk}.pdf"
        return Attachment(name, receipt(signed), "application/pdf")


def receipt(signed: SignOff) -> bytes:
    """The PDF. Every text is data to the template: none of it is set as code."""
    pilot, version = signed.stakeholder.pilot, signed.plan_version
    event: Event = pilot.chain.events.get(verb__startswith="plan.", facts__sign_off=signed.pk)
    told: dict[str, Any] = {
        "title": pilot.title,
        "organisation": pilot.organisation.name,
        "version": version.number,
        "sha256": version.sha256,
        "signature": signature_lines(signed),
        "lines": plan_lines(version.facts, rule=False),
        "rule": rule_lines(version.facts),
        "success": [
            {**said, "answered": said["delivered_by"] or said["declined_because"]}
            for said in version.facts["success"]
        ],
        "chain": {"count": event.number, "head": event.digest},
        "fingerprint": fingerprint(public_key()),
        "language": (get_language() or "en")[:2],
        "words": {
            "receipt": _("Receipt of a decision") if signed.decision == "decline" else _("Receipt of a signature"),
            "version": _("Plan version"),
            "signature": _("What was signed, by whom"),
            "success": _("What success looks like"),
            "plan": _("The plan"),
            "rule": _("What follows from which result"),
            "proof": _("How to prove it"),
            "chain": _("Number and digest of this event in the pilot's ledger:"),
            "seal": _("Seal of this installation, as an evidence file names it:"),
            "how": _(
                "Ask for the evidence file of the pilot: it holds the same version and this signature, and shows whether anything was changed since."
            ),
        },
    }  # fmt: skip
    return typeset(_TEMPLATE, json.dumps(told))
