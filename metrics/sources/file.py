"""A file that a manager uploads."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import tables
from .base import Ask, SourceError
from .cells import Table
from .mapping import MappingForm
from .source_kind import SourceKind

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

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        if ask.content is None:
            raise SourceError(_("No file has been uploaded yet."), field="upload")
        data = ask.content.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SourceError(too_large(), field="upload")
        yield [tables.read(BytesIO(data))]
