from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import IntegrityError, models, transaction

if TYPE_CHECKING:
    from accounts.models.organisation import Organisation
    from accounts.models.person import Person

# No browser sends a form again after so long.
KEPT_FOR: Final = timedelta(days=7)


class SubmissionManager(models.Manager["Submission"]):
    def claim(
        self, organisation: Organisation, key: UUID, *, by: Person, at: datetime
    ) -> tuple[Submission, bool]:
        """The submission by this key, and whether it is the first: then its sender sees to it, and says where it led.

        In the caller's transaction. Whoever comes while the first is still at work waits for its end.
        """
        try:
            with transaction.atomic():
                first = self.create(organisation=organisation, person=by, key=key, at=at)
        except IntegrityError:
            return self.get(organisation=organisation, person=by, key=key), False
        self.filter(organisation=organisation, person=by, at__lt=at - KEPT_FOR).delete()
        return first, True


class Submission(models.Model):
    """That somebody sent a form, by the unguessable key that the form carried, and where it led them."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    location = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    objects = SubmissionManager()

    class Meta:
        constraints = [
            # A double click makes one. Its index also finds what can be forgotten.
            models.UniqueConstraint(fields=["organisation", "person", "key"], name="one_submission_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.location}"

    def land(self, location: str) -> None:
        """Where it led; whoever sends the form again lands there."""
        self.location = location
        self.save(update_fields=["location"])
