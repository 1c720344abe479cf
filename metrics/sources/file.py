"""A file that a manager uploads."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import IO, Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import observations, tables
from .base import Fetched, SourceError, SourceKind
from .mapping import ColumnMapping, MappingForm

MAX_BYTES = 10 * 1024 * 1024


class FileForm(MappingForm):
    passing_fields: ClassVar[tuple[str, ...]] = ("upload",)

    upload = forms.FileField(
        label=gettext_lazy("File"),
        required=False,  # the mapping of a file that is already here can be changed alone
        help_text=gettext_lazy(
            "A table as CSV, TSV or Excel (.xlsx), at most 10 MB. The first row holds the headings."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    field_order = ("upload",)

    def clean_upload(self) -> "UploadedFile[bytes] | None":
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("upload")
        if upload and (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError(too_large())
        return upload


def too_large() -> str:
    return _("The file is larger than 10 MB. Please shorten the period or leave columns out.")


class FileKind(SourceKind):
    name = "file"
    label = gettext_lazy("File")
    description = gettext_lazy("A table that you export and upload, and replace when there is more.")
    form_class = FileForm

    def fetch(
        self,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        today: date,
        content: IO[bytes] | None = None,
        content_name: str = "",
    ) -> Fetched:
        if content is None:
            raise SourceError(_("No file has been uploaded yet."), field="upload")
        data = content.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SourceError(too_large(), field="upload")
        table, epoch = tables.read(BytesIO(data))
        return observations.read(table, ColumnMapping.from_settings(settings), today=today, epoch=epoch)
