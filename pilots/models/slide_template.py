from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext as _t

from accounts.tenancy import TenantManager
from accounts.uploads import MEGABYTE
from pilots import uploads
from pilots.errors import RefusedError
from pilots.slides.deck import MIME, Deck, Page
from pilots.slides.reach import reached, runs

if TYPE_CHECKING:
    from accounts.models import Organisation, Person


class SlideTemplateManager(TenantManager["SlideTemplate"]):
    @transaction.atomic
    def give(
        self, organisation: Organisation, upload: File[bytes], *, by: Person, at: datetime
    ) -> SlideTemplate:
        """Make slides on this file from now on. It is told by its content, and tried before it is kept."""
        file = uploads.checked(upload)
        if file.mime != MIME:
            raise RefusedError(_t("Give a PowerPoint file that ends in .pptx."))
        if file.size > 20 * MEGABYTE:
            raise RefusedError(
                _t("The template is larger than 20 MB. Take pictures out that no slide needs.")
            )
        try:
            made = Deck(upload.read(), [Page("A sentence", "and what is said below it")]).write()
        except ValueError:
            raise RefusedError(
                _t(
                    "No slide can be made on this file: it needs a layout with a title. Save it anew in PowerPoint."
                )
            ) from None
        _refuse_what_reaches_out(made)
        upload.seek(0)
        before = self.filter(organisation=organisation).first()
        if before and before.sha256 == file.sha256:
            return before
        with uploads.kept(upload) as name:
            template, _new = self.update_or_create(
                organisation=organisation,
                defaults={"file": name, "file_name": file.name, "sha256": file.sha256, "by": by, "at": at},
            )
            organisation.chain.record(
                "organisation.slide_template_given", by=by.actor, at=at, sha256=file.sha256
            )
        if before:
            _forget(before.file.name)
        return template

    def bytes_of(self, organisation: Organisation) -> bytes | None:
        """The file that slides are made on; None for Pilotlight's own."""
        template = self.filter(organisation=organisation).first()
        if template is None:
            return None
        try:
            with template.file.open("rb") as kept:
                content: bytes = kept.read()
                return content
        except FileNotFoundError:  # slides on plain white are better than none
            return None


class SlideTemplate(models.Model):
    """The PowerPoint file of the organisation on which slides are made."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="slide_template"
    )
    file = models.FileField(max_length=100)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = SlideTemplateManager()

    def __str__(self) -> str:
        return self.file_name

    @transaction.atomic
    def take_away(self, *, by: Person, at: datetime) -> None:
        """Slides are plain again."""
        self.organisation.chain.record(
            "organisation.slide_template_taken_away", by=by.actor, at=at, sha256=self.sha256
        )
        name = self.file.name
        self.delete()
        _forget(name)


def _refuse_what_reaches_out(made: bytes) -> None:
    """Slides go to boards and customers: they load nothing unseen, and hold nothing that runs.

    Told by a slide as it is made, so that what stands on the template's own examples does not matter.
    """
    if elsewhere := reached(made):
        raise RefusedError(
            _t("Whoever opens a slide on this template would load something from elsewhere, unseen: %(address)s. "
               "Insert it as a picture, then save the file anew.")
            % {"address": elsewhere[0][:200]}
        )  # fmt: skip
    if runs(made):
        raise RefusedError(
            _t("The template holds a control or an object of another program. Take it out, or insert it as a picture, then save the file anew.")
        )  # fmt: skip


def _forget(name: str | None) -> None:
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))
