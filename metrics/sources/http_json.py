"""An address that answers with JSON."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses, http, json_rows
from .base import Ask, SourceError
from .cells import Table
from .mapping import MappingForm
from .source_kind import SourceKind

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,3998}[\x21-\x7e])?")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
# They decide where the request ends and where it goes.
_OWN_HEADERS = frozenset(
    [
        "accept-encoding",
        "connection",
        "content-length",
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


class SecretTextarea(forms.Textarea):
    """Several lines that are written and never shown again."""

    def format_value(self, value: Any) -> str | None:
        return ""


class HttpJsonForm(MappingForm):
    secret_fields: ClassVar[tuple[str, ...]] = ("bearer_token", "headers")
    place_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy(
            "Where your system hands out its figures. Whoever looks after it can tell you."
        ),
    )
    bearer_token = forms.CharField(
        label=gettext_lazy("Key (bearer token)"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted and never shown again. Empty keeps the one that is stored."),
    )
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
    rows_at = forms.CharField(
        label=gettext_lazy("Where the list stands in the answer"),
        required=False,
        max_length=json_rows.LONGEST_EXPRESSION,
        help_text=gettext_lazy(
            "As in “data.items” (a JMESPath expression). Empty if the answer itself is the list."
        ),
    )
    field_order = ("url", "bearer_token", "headers", "rows_at")

    def clean_url(self) -> str:
        try:
            addresses.target(self.cleaned_data["url"])
        except SourceError as error:
            raise forms.ValidationError(error.message) from error
        return str(self.cleaned_data["url"])

    def clean_bearer_token(self) -> str:
        token = str(self.cleaned_data["bearer_token"])
        if token and not _TOKEN.fullmatch(token):
            raise forms.ValidationError(_("A key has no spaces and no special letters."))
        return token

    def clean_headers(self) -> str:
        try:
            parse_headers(self.cleaned_data["headers"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return str(self.cleaned_data["headers"])

    def clean_rows_at(self) -> str:
        expression = str(self.cleaned_data["rows_at"])
        try:
            if expression:
                json_rows.check_expression(expression)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return expression


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


class HttpJsonKind(SourceKind):
    name = "http_json"
    label = gettext_lazy("Web address (JSON)")
    description = gettext_lazy("A system that hands out its figures at an address on the internet.")
    form_class = HttpJsonForm

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        answer = http.get(str(ask.settings.get("url", "")), headers=_headers(ask.secrets))
        yield [json_rows.read(answer.body, answer.content_type, str(ask.settings.get("rows_at", "")))]


def _headers(secrets: Mapping[str, str]) -> dict[str, str]:
    try:
        headers = parse_headers(secrets.get("headers", ""))
    except ValueError as error:
        raise SourceError(str(error), field="headers") from error
    token = secrets.get("bearer_token", "")
    if token and not _TOKEN.fullmatch(token):
        raise SourceError(_("A key has no spaces and no special letters."), field="bearer_token")
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers
