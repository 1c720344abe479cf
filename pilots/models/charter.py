from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

#: What an organisation says itself; the rest of the page is told from its records.
SAID: Final = ("vision", "uses", "limits", "owner", "governance", "questions")


class CharterManager(TenantManager["Charter"]):
    def newest(self, organisation: Organisation) -> Charter | None:
        return self.filter(organisation=organisation).order_by("-number").first()

    def due_for(self, organisation: Organisation, person: Person) -> Charter | None:
        """The charter that this member has not acknowledged yet, as it stands; None when there is nothing to do."""
        newest = self.filter(organisation=organisation).order_by("-number")
        mine = Acknowledgement.objects.filter(charter=models.OuterRef("pk"), person=person)
        charter = newest.annotate(is_known=models.Exists(mine)).first()
        return charter if charter and not charter.is_known else None

    @transaction.atomic
    def publish(
        self, organisation: Organisation, *, expected: int, by: Person, at: datetime, **said: str
    ) -> Charter:
        """Say anew how AI is used here. Every version stays; each one is acknowledged anew."""
        type(organisation).objects.select_for_update().get(pk=organisation.pk)
        newest = self.newest(organisation)
        texts = {name: said.get(name, "") for name in SAID}
        if newest and newest.said == texts:
            return newest
        number = newest.number if newest else 0
        if number != expected:
            raise RefusedError(
                _t("Somebody else published a charter since you opened this page. Look at it first.")
            )
        digest = sha256(canonical_json({"number": number + 1, **texts}))
        charter = self.create(
            organisation=organisation, number=number + 1, sha256=digest, by=by, at=at, **texts
        )
        organisation.chain.record(
            "charter.published", by=by.actor, at=at, number=charter.number, sha256=digest
        )
        return charter


class Charter(models.Model):
    """How an organisation uses AI in learning, in its own words: one row each time that it says something else."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="charters"
    )
    number = models.PositiveIntegerField()
    vision = models.TextField(_("what we want AI to do for learning here"), max_length=2000)
    uses = models.TextField(_("what it may be used for"), max_length=3000)
    limits = models.TextField(_("what it is not used for"), max_length=3000, blank=True)
    owner = models.CharField(_("who owns AI in learning"), max_length=200)
    governance = models.CharField(_("who governs it"), max_length=200)
    questions = models.CharField(_("whom to ask"), max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CharterManager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="charter_number_once"),
        ]
        triggers = append_only("charter")

    def __str__(self) -> str:
        return f"charter {self.number}"

    @property
    def said(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in SAID}

    @transaction.atomic
    def acknowledge(self, *, by: Person, at: datetime) -> Acknowledgement:
        """A member says that they have read it. Said twice, it is said once."""
        type(self.organisation).objects.select_for_update().get(pk=self.organisation_id)
        newest = Charter.objects.newest(self.organisation)
        if newest != self:
            raise RefusedError(_t("A newer charter was published meanwhile. Please read that one."))
        if known := Acknowledgement.objects.filter(charter=self, person=by).first():
            return known
        known = Acknowledgement.objects.create(charter=self, person=by, at=at)
        self.organisation.chain.record(
            "charter.acknowledged", by=by.actor, at=at, number=self.number, sha256=self.sha256
        )
        return known


class Acknowledgement(models.Model):
    """That a member has read one version of the charter."""

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "charter__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charter", "person"], name="acknowledged_once"),
        ]
        triggers = append_only("acknowledgement")

    def __str__(self) -> str:
        return f"{self.person} read {self.charter}"
