"""What goes into an evidence file, as plain facts: nothing is summed up, nothing is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilots.models import Answer, Delegation, SignOff

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Event
    from pilots.models import Amendment, Pilot


def records(pilot: Pilot, at: datetime) -> dict[str, Any]:
    """File name -> facts, ready for JSON."""
    chain = pilot.chain
    chain.refresh_from_db()
    return {
        "pilot.json": {
            "pilot": pilot.pk,
            "title": pilot.title,
            "organisation": pilot.organisation.name,
            "time_zone": pilot.organisation.time_zone,
            "made_at": at,
            "chain": {"id": chain.pk, "count": chain.count, "head": chain.head},
        },
        "plan-versions.json": [
            {
                "number": v.number,
                "sha256": v.sha256,
                "cut_at": v.cut_at,
                "cut_by": str(v.cut_by),
                "content": v.content,
            }
            for v in pilot.plan_versions.select_related("cut_by").order_by("number")
        ],
        "answers.json": [_answer(one) for one in _answers(pilot)],
        "amendments.json": [_amendment(one) for one in _amendments(pilot)],
        "delegations.json": [_delegation(one) for one in _delegations(pilot)],
        "sign-offs.json": [_sign_off(one) for one in _sign_offs(pilot)],
        "events.json": [_event(one) for one in chain.events.select_related("detail").order_by("number")],
    }


def _answers(pilot: Pilot) -> Any:
    return (
        Answer.objects.filter(stakeholder__pilot=pilot)
        .select_related("stakeholder", "mapping", "taken_down_by", "confirmation")
        .order_by("pk")
    )


def _answer(answer: Answer) -> dict[str, Any]:
    mapping = getattr(answer, "mapping", None)
    return {
        "id": answer.pk,
        "stakeholder": answer.stakeholder_id,
        "who": answer.stakeholder.name,
        "at": answer.at,
        "text": answer.text,
        **_taken_down(answer),
        "line": mapping.line if mapping else "",
        "delivered_by": mapping.delivered_by if mapping else "",
        "declined_because": mapping.declined_because if mapping else "",
    }


def _taken_down(answer: Answer) -> dict[str, Any]:
    """Of an answer given in person: who wrote it down, and what the stakeholder said of that."""
    if answer.taken_down_by is None:
        return {}
    said = getattr(answer, "confirmation", None)
    return {
        "taken_down_by": answer.taken_down_by.name,
        "confirmed": said and {"right": said.right, "at": said.at, "corrected_by": said.corrected_by_id},
    }


def _amendments(pilot: Pilot) -> Any:
    return pilot.amendments.select_related("plan_version", "by").order_by("number")


def _amendment(one: Amendment) -> dict[str, Any]:
    return {
        "id": one.pk,
        "plan_version": one.number,
        "plan_sha256": one.plan_version.sha256,
        "reason": one.reason,
        "changes": one.changes,
        "by": str(one.by),
        "at": one.at,
        "in_force_at": one.in_force_at,
        "withdrawn_at": one.withdrawn_at,
    }


def _delegations(pilot: Pilot) -> Any:
    return (
        Delegation.objects.filter(stakeholder__pilot=pilot)
        .select_related("stakeholder", "plan_version")
        .order_by("pk")
    )


def _delegation(one: Delegation) -> dict[str, Any]:
    return {
        "id": one.pk,
        "stakeholder": one.stakeholder_id,
        "who": one.stakeholder.name,
        "name": one.name,
        "email": one.email,
        "plan_version": one.plan_version.number,
        "at": one.at,
        "ended_at": one.ended_at,
    }


def _sign_offs(pilot: Pilot) -> Any:
    signed = SignOff.objects.filter(stakeholder__pilot=pilot)
    related = ("stakeholder", "plan_version", "condition", "deputy__stakeholder", "code")
    return signed.select_related(*related).order_by("pk")


def _sign_off(one: SignOff) -> dict[str, Any]:
    condition = getattr(one, "condition", None)
    return {
        "id": one.pk,
        "stakeholder": one.stakeholder_id,
        "who": one.stakeholder.name,
        "position": one.stakeholder.position,
        "plan_version": one.plan_version.number,
        "plan_sha256": one.plan_sha256,
        "decision": one.decision,
        "words": one.words,
        "printed_name": one.printed_name,
        "typed_name": one.typed_name,
        "meaning": one.meaning,
        "at": one.at,
        "time_zone": one.time_zone,
        "delegation": one.deputy_id,
        # That a code was sent and typed, and when; the digits stand nowhere.
        "code": one.code and {"id": one.code.pk, "sent_at": one.code.sent_at, "used_at": one.code.used_at},
        "condition": condition and {"when": condition.when, "closed_at": condition.closed_at},
    }


def _event(event: Event) -> dict[str, Any]:
    detail = event.detail
    return {
        "number": event.number,
        "verb": event.verb,
        "actor": [event.actor_kind, event.actor_id],
        "at": event.at,
        "recorded_at": event.recorded_at,
        "facts": event.facts,
        "private_digests": event.private_digests,
        "previous": event.previous,
        "digest": event.digest,
        "details": {"salt": detail.salt, "texts": detail.details, "erased_at": detail.erased_at},
    }
