"""The fields of a form that ask how a web address lets us in. What they hold is used in ``credentials``."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses
from .base import SourceError
from .credentials import IN_BODY, TOKEN, parse_headers


class SecretTextarea(forms.Textarea):
    """Several lines that are written and never shown again."""

    def format_value(self, value: Any) -> str | None:
        return ""


def secret_field(label: Any, help_text: Any = "", longest: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
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
        if token and not TOKEN.fullmatch(token):
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
