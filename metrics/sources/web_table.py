"""A table that is published at an address: CSV, TSV or a workbook, and Google Sheets."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses, credentials, http, placeholders, tables
from .base import Ask, SourceError
from .cells import Table
from .key_fields import KeyFields, check_url
from .mapping_form import MappingForm
from .source_kind import SourceKind

_SHEETS = "docs.google.com"
_EXPORT = f"https://{_SHEETS}"
_SHEET = re.compile(r"/spreadsheets/(?:u/[0-9]+/)?d/(?P<published>e/)?(?P<id>[A-Za-z0-9_-]{10,200})(?:/|$)")
_SIGN_IN = ("accounts.google.com", "accounts.youtube.com")
_START = 512


class WebTableForm(KeyFields, MappingForm):
    secret_fields: ClassVar[tuple[str, ...]] = KeyFields.key_secrets
    folds: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (gettext_lazy("A table that asks for a key"), ("bearer_token", *KeyFields.ways_in)),
    )
    seldom: ClassVar[tuple[str, ...]] = (*folds[0][1], *MappingForm.seldom)

    url = forms.CharField(
        label=gettext_lazy("Address of the table"),
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy(
            "A CSV, TSV or Excel (.xlsx) file on the internet, or the link to a Google sheet as you copy it there. "
            "A Google sheet must be shared with anyone who has the link, or published."
        ),
    )
    field_order = ("url",)

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        check_url(placeholders.EXAMPLE.fill(url))
        return url


class WebTableKind(SourceKind):
    name = "web_table"
    label = gettext_lazy("Table on the web, Google Sheets")
    description = gettext_lazy(
        "A CSV or Excel file at an address, or a Google sheet that is shared by its link."
    )
    form_class = WebTableForm

    def keys_are_for(self, settings: Mapping[str, Any]) -> str:
        return addresses.origins(settings.get("url"))

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        place = Place.of(placeholders.Days.of(ask).fill(str(ask.settings.get("url") or "")))
        visit = http.Visit()
        keys = credentials.keys(ask, visit)
        with _downloaded(visit, place, keys) as file:
            table = tables.read(file)
            yield [replace(table, understood=(*place.understood, *table.understood))]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the table is fetched, and what was made of the link for it."""

    url: str
    is_sheet: bool = False
    understood: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str) -> "Place":
        """A link to a Google sheet, in any of the forms that people copy, becomes the address of its export."""
        parts = urlsplit(url.strip())
        sheet = _SHEET.match(parts.path)
        if (parts.hostname or "").lower() != _SHEETS or sheet is None:
            return cls(url)
        said = parse_qs(parts.query) | parse_qs(parts.fragment)
        tab = {"gid": said["gid"][0]} if said.get("gid", [""])[0].isdecimal() else {}
        if sheet["published"]:
            wanted = {**tab, "single": "true", "output": "csv"}
            address = f"{_EXPORT}/spreadsheets/d/e/{sheet['id']}/pub?{urlencode(wanted)}"
        else:
            address = f"{_EXPORT}/spreadsheets/d/{sheet['id']}/export?{urlencode({'format': 'csv', **tab})}"
        which = _("the tab that the link names") if tab else _("the first tab")
        return cls(address, True, (_("The Google sheet is read as CSV, %(which)s") % {"which": which},))

    def refusal(self, status: int) -> SourceError | None:
        """Google says of a sheet that is not shared that it refuses us, or that it is not there."""
        return _not_shared() if self.is_sheet and status in (401, 403, 404, 410) else None


@contextmanager
def _downloaded(visit: http.Visit, place: Place, keys: dict[str, str]) -> Iterator[IO[bytes]]:
    with visit.download(place.url, keys=keys, refusal=place.refusal) as (file, reply):
        start = file.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            raise SourceError(_("The address answered with nothing."), retry=True)
        if start[:1] in (b"{", b"[") and "json" in reply.headers.get("content-type", ""):
            raise SourceError(
                _("The address answers with JSON. Please use the kind “Web address (JSON)” for it."),
                field="url",
            )
        if start.startswith(b"<"):
            if place.is_sheet or urlsplit(reply.url).hostname in _SIGN_IN:
                raise _not_shared()
            raise SourceError(
                _(
                    "The address answered with a web page instead of a table, perhaps a sign-in page. "
                    "Please check the key and the address."
                ),
                field="url",
            )
        yield file


def _not_shared() -> SourceError:
    return SourceError(
        _(
            "This Google sheet is not shared. In Google Sheets choose “Share”, then under “General access” "
            "“Anyone with the link” as “Viewer”, and try again."
        ),
        field="url",
    )
