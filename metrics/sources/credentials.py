"""How a web address lets us in: a key, a name with a password, headers, or a token that a second address hands out.

The fields that ask for them stand in ``key_fields``.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from .base import Ask, SourceError
from .http import Answer, Body, Visit
from .statuses import check_status

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,3998}[\x21-\x7e])?")
TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
# A token that was handed out by a machine may hold a whole signed document.
_LONGEST_ISSUED = 16_000
# They decide where the request ends and where it goes.
_OWN_HEADERS = frozenset(
    [
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
_MOST_HEADERS = 20
IN_HEADER, IN_BODY = "header", "body"


def parse_headers(text: str) -> dict[str, str]:
    """ValueError in plain words, without repeating what was typed: it is a secret."""
    headers: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(_("Line %(line)s is not of the form “Name: value”.") % {"line": number})
        if name.lower() in _OWN_HEADERS or len(headers) == _MOST_HEADERS:
            raise ValueError(_("The header in line %(line)s cannot be set here.") % {"line": number})
        headers[name] = value
    return headers


def keys(ask: Ask, visit: Visit) -> dict[str, str]:
    """The headers that let us in. Where a token has to be fetched first, that is done now, and it is kept nowhere."""
    try:
        headers = parse_headers(ask.secrets.get("headers", ""))
    except ValueError as error:
        raise SourceError(str(error), field="headers") from error
    if ask.settings.get("token_url"):
        return {**headers, "Authorization": f"Bearer {_issued(ask, visit)}"}
    if ask.settings.get("username"):
        return {**headers, "Authorization": basic(ask.settings["username"], ask.secrets.get("password", ""))}
    token = ask.secrets.get("bearer_token", "")
    if token and not TOKEN.fullmatch(token):
        raise SourceError(_("A key has no spaces and no special letters."), field="bearer_token")
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")


@contextmanager
def about(field: str) -> Iterator[None]:
    """What goes wrong here is said beside that field, not beside the address."""
    try:
        yield
    except SourceError as error:
        error.field = field if error.field == "url" else error.field
        raise


def _issued(ask: Ask, visit: Visit) -> str:
    secret = ask.secrets.get("client_secret", "")
    if not secret:
        raise SourceError(_("The client secret is missing."), field="client_secret")
    wanted = {"grant_type": "client_credentials"}
    wanted |= {name: str(ask.settings[name]) for name in ("scope", "audience") if ask.settings.get(name)}
    client_id = str(ask.settings.get("client_id", ""))
    headers: Mapping[str, str] = {}
    if ask.settings.get("client_auth") == IN_BODY:
        wanted |= {"client_id": client_id, "client_secret": secret}
    else:  # RFC 6749, section 2.3.1: both are form-encoded before they are joined
        headers = {"Authorization": basic(quote(client_id, safe=""), quote(secret, safe=""))}
    body = Body(urlencode(wanted).encode(), "application/x-www-form-urlencoded", secret=True)
    with about("token_url"):
        answer = visit.ask(str(ask.settings["token_url"]), keys=headers, body=body, with_errors=True)
        return _token(answer)


def _token(answer: Answer) -> str:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    if answer.status in (400, 401, 403):
        raise _refusal(said.get("error"))
    check_status(answer.status, answer.retry_after)
    token = said.get("access_token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token) or len(token) > _LONGEST_ISSUED:
        raise SourceError(
            _("The sign-in address answered, but with no token. Please check it."), field="token_url"
        )
    if str(said.get("token_type", "bearer")).lower() != "bearer":
        raise SourceError(
            _("The sign-in address hands out a kind of token that cannot be used here."), field="token_url"
        )
    return token


def _refusal(code: Any) -> SourceError:
    """The codes of RFC 6749, section 5.2, in words. What else the answer says is not repeated."""
    if code == "invalid_scope":
        return SourceError(_("The sign-in address does not know this scope."), field="scope")
    if code == "unauthorized_client":
        return SourceError(
            _(
                "This client id may not sign in without a person. Whoever looks after the system can allow it."
            ),
            field="client_id",
        )
    if code == "unsupported_grant_type":
        return SourceError(
            _("The sign-in address gives no keys for a client id and a client secret."), field="token_url"
        )
    return SourceError(
        _("The sign-in address refused the client id or the client secret."), field="client_secret"
    )
