"""Idempotency: a request that is sent twice with one key is carried out once and answered twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.api.caller import Caller
from accounts.api.problems import Problem
from accounts.models import Answered

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


def answered_once(
    request: HttpRequest, caller: Caller, body: bytes, carry_out: Callable[[], str]
) -> HttpResponse:
    """The answer (JSON) that ``carry_out`` makes, in one transaction with what it does; or the one made earlier.

    Without an ``Idempotency-Key`` it is simply carried out, in a transaction of its own making.
    """
    key = key_of(request)
    if key is None:
        return answered(carry_out())
    digest = digest_of_request(request, body)
    with transaction.atomic():
        is_free, earlier, answer = Answered.objects.claim(caller.token, key)
        if earlier:
            if earlier != digest:
                raise Problem(422, _("This Idempotency-Key came with another request before. Use a new one."))
            return answered(answer, {"Idempotent-Replayed": "true"})
        if not is_free:
            raise _busy()
        answer = carry_out()
        if not Answered.objects.keep(caller.token, key, digest, answer):
            raise _busy()
        return answered(answer)


def key_of(request: HttpRequest) -> str | None:
    facts = request.META
    key: str | None = facts.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(400, _("An Idempotency-Key has 1 to 200 visible characters without blanks."))
    return key


def digest_of_request(request: HttpRequest, body: bytes) -> str:
    """What makes two requests the same one."""
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\0".encode() + body).hexdigest()


def answered(answer: str, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(answer, content_type="application/json", headers=headers)


def _busy() -> Problem:
    return Problem(
        409,
        _("The same request is being carried out at this moment. Send it again in a second for its answer."),
        headers={"Retry-After": "1"},
    )
