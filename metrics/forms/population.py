from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm
from metrics.models.population import LONGEST_KEY, MOST_PEOPLE
from metrics.sources.key_fields import SecretTextarea

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MAX_BYTES = 5 * 1024 * 1024


class PopulationForm(PlainForm):
    """A list of people by their keys. What is wrong is said by line, never by repeating a key."""

    name = forms.CharField(
        label=_("What the group is called"),
        max_length=80,
        help_text=_(
            "As it shall stand in pictures, such as “Mid-market team”. Everybody else becomes the comparison."
        ),
    )
    upload = forms.FileField(
        label=_("The list as a file"),
        required=False,
        help_text=_("A text or CSV file with one key a line; what follows a comma or semicolon is left out."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"}),
    )
    keys_pasted = forms.CharField(
        label=_("Or paste the list here"),
        required=False,
        max_length=200_000,
        widget=SecretTextarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "One key a line, such as an employee number or an e-mail address, as it stands in the column that says who "
            "it was. Only keyed hashes are kept: the list is never shown again, also not after an error."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("upload") and data.get("keys_pasted"):
            self.add_error("keys_pasted", _("Give the list once: as a file or here."))
        elif not self.errors and not self.keys():
            self.add_error("keys_pasted", _("There is nobody on the list yet."))
        elif not self.errors:
            self._check(self.keys())
        return data

    def clean_upload(self) -> UploadedFile[bytes] | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("upload")
        if upload and (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_t("The file is larger than 5 MB. A list of keys is smaller."))
        return upload

    def keys(self) -> Sequence[str]:
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("upload")
        if upload is None:
            text = self.cleaned_data.get("keys_pasted") or ""
        else:
            upload.seek(0)
            text = _decoded(upload.read())
        lines = (line.strip() for line in text.replace("\r", "\n").split("\n"))
        return [_first_cell(line) for line in lines if line]

    def _check(self, keys: Sequence[str]) -> None:
        field = "upload" if self.cleaned_data.get("upload") else "keys_pasted"
        if len(keys) > MOST_PEOPLE:
            self.add_error(field, _t("A list may hold %(most)s people.") % {"most": MOST_PEOPLE})
        for number, key in enumerate(keys, 1):
            if len(key) > LONGEST_KEY or "\0" in key:
                self.add_error(field, _t("Entry %(number)s is too long to be a key.") % {"number": number})
                return


def _first_cell(line: str) -> str:
    for mark in (";", "\t", ","):
        line = line.partition(mark)[0]
    return line.strip().strip('"').strip()


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
