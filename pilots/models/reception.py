"""How an entry of the library was received: weighed by pilots, commented, thanked for, used, or withdrawn."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager


class EntryWithdrawalQuerySet(models.QuerySet["EntryWithdrawal"]):
    def open(self) -> Self:
        return self.filter(restored_at=None)


_WithdrawalManager = TenantManager.from_queryset(EntryWithdrawalQuerySet)


class EntryWithdrawal(models.Model):
    """That an entry counts no more: since when, by whom, why; until when, if it was restored."""

    entry = models.ForeignKey("pilots.Entry", on_delete=models.CASCADE, related_name="withdrawals")
    reason = models.TextField(_("why"), max_length=1000)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    restored_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    restored_at = models.DateTimeField(null=True)

    tenant_path = "entry__organisation"
    objects = _WithdrawalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(restored_at=None), name="one_open_withdrawal"
            ),
            models.CheckConstraint(
                condition=Q(restored_at=None, restored_by=None)
                | Q(restored_at__isnull=False, restored_by__isnull=False),
                name="restored_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:60]


class Weighing(models.Model):
    """What a decided pilot says of something that was learned."""

    entry = models.ForeignKey("pilots.Entry", on_delete=models.CASCADE, related_name="weighings")
    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="weighings")
    supports = models.BooleanField(choices=[(True, _("supports it")), (False, _("contradicts it"))])
    note = models.CharField(_("how so"), max_length=300, blank=True)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "entry__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "pilot"], name="a_pilot_weighs_once")]

    def __str__(self) -> str:
        return f"{self.pilot_id} → {self.entry_id}"


class Comment(models.Model):
    """What somebody of any team says about it."""

    entry = models.ForeignKey("pilots.Entry", on_delete=models.CASCADE, related_name="comments")
    words = models.TextField(_("your comment"), max_length=2000)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "entry__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words[:60]


class Thanks(models.Model):
    """That it helped somebody."""

    entry = models.ForeignKey("pilots.Entry", on_delete=models.CASCADE, related_name="thanks")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    tenant_path = "entry__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "person"], name="thanked_once")]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.entry_id}"


class Use(models.Model):
    """That a pilot was begun with it."""

    entry = models.ForeignKey("pilots.Entry", on_delete=models.CASCADE, related_name="uses")
    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="uses_of_library")
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "entry__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "pilot"], name="used_once_a_pilot")]

    def __str__(self) -> str:
        return f"{self.entry_id} in {self.pilot_id}"
