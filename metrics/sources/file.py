"""A file that a manager uploads."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from typing import ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import tables
from .base import Ask, SourceError
from .cells import Table
from .mapping import ColumnMapping
from .mapping_form import MappingForm
from .source_kind import SourceKind

# A text is read row by row, so its size costs time alone; a person who uploads waits for it.
MAX_BYTES = 100 * 1024 * 1024


class FileForm(MappingForm):
    passing_fields: ClassVar[tuple[str, ...]] = ("upload",)

    upload = forms.FileField(
        label=gettext_lazy("File"),
        required=False,  # the mapping of a file that is already here can be changed alone
        help_text=gettext_lazy("A table as CSV, TSV, Excel (.xlsx) or Parquet, at most 100 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.parquet"}),
    )
    field_order = ("upload",)

    def clean_upload(self) -> "UploadedFile[bytes] | None":
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("upload")
        if upload:
            check_size(upload)
        return upload


def check_size(upload: "UploadedFile[bytes]") -> None:
    """Raises ValidationError for what is too large to be taken."""
    if (upload.size or 0) > MAX_BYTES:
        raise forms.ValidationError(too_large())


def too_large() -> str:
    return _(
        "The file is larger than 100 MB. Please shorten the period or leave columns out, "
        "or have it put into the shared folder, where a text may have 1 GB."
    )


class FileKind(SourceKind):
    name = "file"
    label = gettext_lazy("File")
    description = gettext_lazy("A table that you export and upload, and replace when there is more.")
    form_class = FileForm

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        if ask.content is None:
            raise SourceError(_("No file has been uploaded yet."), field="upload")
        if ask.content.seek(0, SEEK_END) > MAX_BYTES:
            raise SourceError(too_large(), field="upload")
        yield [tables.read(ask.content, ColumnMapping.from_ask(ask).columns())]
