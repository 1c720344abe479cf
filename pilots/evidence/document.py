"""The evidence as a document for reading: PDF/UA-1, typeset by Typst, which comes whole in its wheel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.canonical import canonical_json
from pilots.agreement_page import plan_lines

_TEMPLATE: Final = Path(__file__).with_name("document.typ")


def document(facts: Mapping[str, Any]) -> bytes:
    """The PDF of what ``records`` gathered. Every text is data to the template: none of it is set as code."""
    told = json.loads(canonical_json(facts))
    data = {**_read(told), "words": _words(), "language": (get_language() or "en")[:2]}
    return typeset(_TEMPLATE, json.dumps(data))


def typeset(template: Path, data: str) -> bytes:
    """A PDF of ``data``, which is JSON. Every text in it is data to the template."""
    inputs = {"data": data}
    try:
        return bytes(
            typst.compile(template, pdf_standards=["ua-1"], sys_inputs=inputs, ignore_system_fonts=True)
        )
    except typst.TypstError:
        # A letter that no font at hand can show (an emoji, another script): the standard wants all of them, readers
        # can do without. With the machine's own fonts there may be more.
        return bytes(typst.compile(template, sys_inputs=inputs))


def _read(told: Mapping[str, Any]) -> dict[str, Any]:
    about = told["pilot.json"]
    return {
        "about": about,
        "versions": [
            {**version, "lines": plan_lines(json.loads(version["content"]))}
            for version in told["plan-versions.json"]
        ],
        "answers": told["answers.json"],
        "amendments": told["amendments.json"],
        "sign_offs": [_signature(one) for one in told["sign-offs.json"]],
        "events": [
            {
                "number": e["number"],
                "at": e["at"],
                "verb": e["verb"],
                "who": e["details"]["texts"].get("actor", ""),
                "digest": e["digest"],
            }
            for e in told["events.json"]
        ],
    }


def _signature(one: dict[str, Any]) -> dict[str, Any]:
    code = _("Confirmed by a six-digit code, sent to their address at that moment.") if one["code"] else ""
    return {**one, "code": code}


def _words() -> dict[str, str]:
    return {
        "evidence": _("Evidence"),
        "made": _("Made"),
        "chain": _("events; the last one's digest is"),
        "times": _("Times are in UTC."),
        "answers": _("What success looks like, in their words"),
        "told": _("Said in person, written down by"),
        "delivered": _("How the plan delivers it:"),
        "declined": _("Why the plan does not deliver it:"),
        "open": _("The plan does not say yet how it delivers this."),
        "version": _("Plan version"),
        "amended": _("Amended"),
        "in_force": _("in force since"),
        "not_in_force": _("never came into force"),
        "signatures": _("Signatures"),
        "nobody": _("Nobody signed yet."),
        "signed": _("Version"),
        "events": _("What happened"),
        "number": _("No."),
        "when": _("When"),
        "what": _("What"),
        "who": _("Who"),
        "approve": _("agreed"),
        "condition": _("agreed on a condition"),
        "decline": _("declined"),
    }
