from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pgtrigger
from django.core.files import File
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import sha256
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots import uploads
from pilots.errors import RefusedError
from pilots.models.review import Reviewed

if TYPE_CHECKING:
    from pilots.models.release import Incident

# Asked for whenever something happens to an item.
_INCIDENTS: Final = """
    SELECT count(*) FROM pilots_incident JOIN pilots_release ON pilots_release.id = release_id WHERE version_id = %s
"""


class Form(models.TextChoices):
    TEXT = "text", _("text")
    LINK = "link", _("link")
    FILE = "file", _("file")


@dataclass(frozen=True)
class Given:
    """What somebody gave as content, looked at: exactly one of a text, a link and a file."""

    form: str
    sha256: str
    text: str = ""
    url: str = ""
    file: uploads.Checked | None = None
    upload: File[bytes] | None = None

    @classmethod
    def looked_at(cls, *, text: str, url: str, upload: File[bytes] | None) -> Given:
        if sum(map(bool, (text, url, upload is not None))) != 1:
            raise RefusedError(_t("Give the content in one way: as a text, a link or a file."))
        if upload is not None:
            file = uploads.checked(upload)
            return cls(Form.FILE, file.sha256, file=file, upload=upload)
        if url:
            return cls(Form.LINK, sha256(url), url=url)
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        return cls(Form.TEXT, sha256(lines), text=lines)

    @contextmanager
    def stored(self) -> Iterator[dict[str, Any]]:
        """The fields of a version. A file is kept from here on, unless the version cannot be written."""
        fields: dict[str, Any] = {
            "form": self.form,
            "sha256": self.sha256,
            "text": self.text,
            "url": self.url,
        }
        if self.file is None or self.upload is None:
            yield fields
            return
        with uploads.kept(self.upload) as name:
            yield {**fields, "file": name, "file_name": self.file.name, "file_type": self.file.mime, "file_size": self.file.size}  # fmt: skip


class ContentVersion(Reviewed, models.Model):
    """One state of an item's content, as learners would get it."""

    item = models.ForeignKey("pilots.ContentItem", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    form = models.CharField(max_length=10, choices=Form, default=Form.TEXT)
    text = models.TextField(_("the content"), max_length=50_000, blank=True)
    url = models.URLField(_("link"), max_length=2000, blank=True)
    file = models.FileField(max_length=100, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    # Of the text, of the address, or of the file's bytes.
    sha256 = models.CharField(max_length=64)
    # As it was asked for when the version was made: a later setting changes no review that is under way.
    reviewers_needed = models.PositiveSmallIntegerField(default=1)
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "item__pilot__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="content_version_number_once"),
            models.CheckConstraint(
                condition=Q(form=Form.TEXT, url="", file="")
                | Q(form=Form.LINK, text="", file="") & ~Q(url="")
                | Q(form=Form.FILE, text="", url="") & ~Q(file=""),
                name="content_version_one_form",
            ),
        ]
        triggers = [
            *append_only("content_version"),
            pgtrigger.Trigger(
                name="content_version_waits_its_turn",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="PERFORM 1 FROM pilots_contentitem WHERE id = NEW.item_id FOR UPDATE; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}, {self.number}"

    def last_incident(self) -> Incident | None:
        from pilots.models.release import Incident

        return Incident.objects.filter(release__version=self).order_by("-pk").first()

    def round(self) -> int:
        """How often the review of this version was opened again, by incidents."""
        with connection.cursor() as cursor:
            cursor.execute(_INCIDENTS, [self.pk])
            count: int = cursor.fetchone()[0]
        return count
