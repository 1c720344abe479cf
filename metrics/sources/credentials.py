"""How a web address lets us in: a key, a name with a password, headers, or a token that a second address hands out."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses
from .base import Ask, SourceError
from .http import Answer, Body, Visit
from .statuses import check_status

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,3998}[\x21-\x7e])?")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
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


class SecretTextarea(forms.Textarea):
    """Several lines that are written and never shown again."""

    def format_value(self, value: Any) -> str | None:
        return ""


def secret_field(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4000,
        strip=False,  # a space may belong to a password; where it cannot, that is said
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=help_text
        or gettext_lazy("Kept encrypted and never shown again. Empty keeps the one that is stored."),
    )


class KeyFields(forms.Form):
    """A key, or a name with a password, or headers: what most addresses ask for.

    `ways_in` are the fields that few need.
    """

    ways_in: ClassVar[tuple[str, ...]] = ("username", "password", "headers")

    key_secrets: ClassVar[tuple[str, ...]] = ("bearer_token", "password", "headers")

    bearer_token = secret_field(gettext_lazy("Key (bearer token)"))
    username = forms.CharField(
        label=gettext_lazy("User name"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Only if your system asks for a name and a password instead of a key."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = secret_field(gettext_lazy("Password"))
    headers = forms.CharField(
        label=gettext_lazy("Other headers"),
        required=False,
        max_length=8000,
        widget=SecretTextarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Only if your system asks for them, one a line, as in “X-Api-Key: …”. "
            "Kept encrypted and never shown again. Empty keeps those that are stored."
        ),
    )

    def clean_bearer_token(self) -> str:
        token = str(self.cleaned_data["bearer_token"])
        if token and not _TOKEN.fullmatch(token):
            raise forms.ValidationError(_("A key has no spaces and no special letters."))
        return token

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if ":" in name or not name.isprintable():
            raise forms.ValidationError(_("A user name has no colon and no line breaks."))
        return name

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not password.isprintable():
            raise forms.ValidationError(_("A password has no line breaks."))
        return password

    def clean_headers(self) -> str:
        try:
            parse_headers(self.cleaned_data["headers"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return str(self.cleaned_data["headers"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        given = [name for name in ("bearer_token", "username", "token_url") if data.get(name)]
        if len(given) > 1 and given[-1] not in self.errors:
            self.add_error(
                given[-1],
                _("Please choose one way in: a key, a name with a password, or client id and secret."),
            )
        if data.get("password") and not data.get("username") and "username" not in self.errors:
            self.add_error("username", _("Please fill this in too."))
        return data


class ClientFields(KeyFields):
    """And client id with secret (OAuth 2.0 client credentials), exchanged for a token at each pull."""

    key_secrets: ClassVar[tuple[str, ...]] = (*KeyFields.key_secrets, "client_secret")
    ways_in: ClassVar[tuple[str, ...]] = (
        "username", "password", "token_url", "client_id", "client_secret", "scope", "audience", "client_auth", "headers",
    )  # fmt: skip

    token_url = forms.CharField(
        label=gettext_lazy("Sign-in address (token)"),
        required=False,
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy(
            "Only if your system hands out keys for a client id and a client secret (OAuth 2.0)."
        ),
    )
    client_id = forms.CharField(label=gettext_lazy("Client id"), required=False, max_length=500)
    client_secret = secret_field(gettext_lazy("Client secret"))
    scope = forms.CharField(
        label=gettext_lazy("Scope"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Only if your system asks for one."),
    )
    audience = forms.CharField(
        label=gettext_lazy("Audience"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Only if your system asks for one."),
    )
    client_auth = forms.ChoiceField(
        label=gettext_lazy("How client id and secret are sent"),
        required=False,
        choices=[
            ("", gettext_lazy("As a name and a password, as the standard has it")),
            (IN_BODY, gettext_lazy("In the request itself")),
        ],
    )

    def clean_token_url(self) -> str:
        url = str(self.cleaned_data["token_url"])
        if url:
            check_url(url)
        return url

    def clean_client_secret(self) -> str:
        secret = str(self.cleaned_data["client_secret"])
        if not secret.isprintable():
            raise forms.ValidationError(_("A password has no line breaks."))
        return secret

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for one, other in (("token_url", "client_id"), ("client_id", "token_url")):
            if data.get(one) and not data.get(other) and other not in self.errors:
                self.add_error(other, _("Please fill this in too."))
        return data


WAYS_IN = gettext_lazy("Other ways in: name and password, client id and secret, headers")


def check_url(url: str) -> None:
    """ValidationError beside the field when the address is not permitted."""
    try:
        addresses.target(url)
    except SourceError as error:
        raise forms.ValidationError(error.message) from error


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
    if token and not _TOKEN.fullmatch(token):
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
