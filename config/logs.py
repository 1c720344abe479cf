"""Logs: one JSON object a line, or readable lines where a person looks on.

Whoever logs, ``structlog`` or the standard library (Django, Celery, gunicorn), comes out by the same door,
with the id of the request, and that door blacks out what opens others: links of stakeholders, of invitations,
of resets.
"""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

if TYPE_CHECKING:
    from django.http import HttpRequest

#: What is blacked out, each with what a line must hold for that to be looked for at all: six expressions over a line that holds
#: none of it would cost more than putting the line together.
_SECRETS: Final = (
    # Addresses whose last part lets its holder in: stakeholder, shared outcome, learner label, invitation, mails to leave.
    (
        ("/s/", "/o/", "/l/", "/u/", "/accounts/invitation/"),
        re.compile(r"""(/(?:s|o|l(?:/(?:data|charter))?|u|accounts/invitation)/)[^/\s"'?#&<>\\]+"""),
    ),
    (
        ("/accounts/password/reset/key/",),
        re.compile(r"""(/accounts/password/reset/key/)[^/\s"'?#&<>\\]+"""),
    ),
    # Tokens of programs and secrets of webhooks, wherever they stand.
    (("plt_", "plws_"), re.compile(r"""(plt_|plws_)[A-Za-z0-9_-]{8,}""")),
    (("=",), re.compile(r"""((?:^|[?&\s"'(\\])\w*token=)[^&\s"'#<>\\]+""", re.IGNORECASE)),
    (
        ("=",),
        re.compile(
            r"""([?&](?:key|api_?key|code|password|secret|signature|sig)=)[^&\s"'#<>\\]+""", re.IGNORECASE
        ),
    ),
    # user:password@ in the address of a database, a broker or a source.
    (("://",), re.compile(r"""(\w+://[^/\s:@"']*:)[^/\s@"']+(?=@)""")),
)


def scrub(text: str) -> str:
    for marks, secret in _SECRETS:
        for mark in marks:
            if mark in text:
                text = secret.sub(r"\1[hidden]", text)
                break
    return text


def configure(*, plain: bool = False) -> None:
    """Set up all logging of this process; to be called once, before anything logs."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        # First of all: what nobody reads is not put together.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _at_once[:] = _ending(plain=plain)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_ending(plain=plain)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)


#: Who says the same as our own lines, or says it too often.
_LEVELS: Final = {
    "django.request": logging.CRITICAL,  # django-structlog logs each request with its error
    "django.server": logging.WARNING,
    "django.security.DisallowedHost": logging.ERROR,
    "celery.beat": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "fontTools": logging.WARNING,
}


def _ending(*, plain: bool) -> list[Processor]:
    if plain:
        return [_Scrubbed(_console())]
    return [
        structlog.processors.format_exc_info,
        _Scrubbed(structlog.processors.JSONRenderer(ensure_ascii=False)),
    ]


def _console() -> structlog.dev.ConsoleRenderer:
    # The plain traceback: the pretty one prints local variables, and with them what should stay hidden.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def address_of(request: HttpRequest) -> str | None:
    from django.conf import settings

    if (
        not settings.ALLAUTH_TRUSTED_PROXY_COUNT
    ):  # whoever connects is the caller, and no header says otherwise
        return str(request.META["REMOTE_ADDR"]) if request.META.get("REMOTE_ADDR") else None
    from allauth.account.adapter import get_adapter
    from django.core.exceptions import PermissionDenied

    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None


class _Scrubbed:
    """The last step: the finished line, without secrets. Nothing in the event can slip past it."""

    def __init__(self, render: Any) -> None:
        self.render = render

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        return scrub(str(self.render(logger, name, event)))


#: The last steps of ``tell_at_once``, which are those of all other lines.
_at_once: list[Processor] = _ending(plain=False)


def tell_at_once(level: str, logger: str, event: str, **facts: Any) -> None:
    """A line like any other, without the standard library's record of it, which takes longer than all the rest.

    For what is said of every request of a program: one may send a thousand a second.
    """
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told: Any = {
        **facts, "event": event, **structlog.contextvars.get_contextvars(),
        "level": level, "logger": logger, "timestamp": now,
    }  # fmt: skip
    for step in _at_once:
        told = step(None, level, told)
    sys.stderr.write(f"{told}\n")
