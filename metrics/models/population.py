from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _t

from accounts.lookup import Lookup
from accounts.models import Job
from accounts.tenancy import TenantManager
from metrics.errors import RefusedError
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, SnapshotRevision
from metrics.sources import Members
from metrics.sources.cells import key_of

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.metric import Metric
    from metrics.models.source import Source

MOST_PEOPLE: Final = 100_000
LONGEST_KEY: Final = 200


class PopulationManager(TenantManager["Population"]):
    @transaction.atomic
    def gather(
        self, metric: Metric, *, name: str, keys: Iterable[str], by: Person, at: datetime
    ) -> tuple[Population, int]:
        """Name who takes part, by keys such as employee numbers; the population, and how many keys came twice.

        Only keyed hashes are kept. The same name replaces the list, until it is frozen. Raises ``RefusedError``.
        """
        metric.locked()  # of two who name the same people at once, the second finds the list that is there
        source: Source | None = getattr(metric, "source", None)
        if source:
            source.locked()  # a pull that asked by the list before stores all of it first, or nothing
        population = self.filter(metric=metric, series__group=name).select_for_update(of=("self",)).first()
        if population is None:
            population = self._found(metric, name, at=at)
        twice = population._replace(list(keys))
        metric.organisation.chain.record(
            "population.gathered", by=by.actor, at=at, population=population.pk, people=population.size,
            sha256=population.digest(),
        )  # fmt: skip
        if source:
            Job.objects.want(Job.Kind.PULL, source.pk, at=at)
        return population, twice

    def _found(self, metric: Metric, name: str, *, at: datetime) -> Population:
        others = _t("Everybody but %(name)s") % {"name": name}
        if metric.series.filter(group__in=[name, others]).exists():
            raise RefusedError(_t("There is a group of this name already. Choose another name."))
        return self.create(
            metric=metric, gathered_at=at,
            series=metric.series.create(group=name), others=metric.series.create(group=others),
        )  # fmt: skip

    def behind(self, *series: Series | None) -> models.QuerySet[Population]:
        """The lists that divide the rows of these series."""
        found = [one for one in series if one is not None]
        return self.filter(Q(series__in=found) | Q(others__in=found))


class Population(models.Model):
    """Who takes part, as a list of keyed hashes: rows that name one of them make one series, all others another.

    Frozen at the launch of a pilot that reads it: who takes part is agreed then, and stays.
    """

    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="populations")
    series = models.OneToOneField("metrics.Series", on_delete=models.CASCADE, related_name="population")
    others = models.OneToOneField(
        "metrics.Series", on_delete=models.CASCADE, related_name="population_besides"
    )
    # Part of each hash, so that nobody can be found again in another list. One that is replaced is another list: a pull that is
    # under way can tell.
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    gathered_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    tenant_path = "metric__organisation"
    objects = PopulationManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"population {self.pk} of metric {self.metric_id}"

    @property
    def size(self) -> int:
        return self.participants.count()

    def digest(self) -> str:
        """One hash over the whole list, so that a later look can tell that it is the same."""
        hashes = self.participants.order_by("key_hash").values_list("key_hash", flat=True)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @transaction.atomic
    def freeze(self, *, by: Person, at: datetime) -> bool:
        """From now on the list stays, and what came before is added up anew by it. False when it was frozen already."""
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.frozen_at:
            return False
        self.frozen_at = locked.frozen_at = at
        locked.save(update_fields=["frozen_at"])
        self.metric.organisation.chain.record(
            "population.frozen",
            by=by.actor,
            at=at,
            population=self.pk,
            people=self.size,
            sha256=self.digest(),
        )
        if hasattr(self.metric, "source"):
            Job.objects.want(Job.Kind.PULL, self.metric.source.pk, at=at)
        return True

    @classmethod
    def members_for(cls, metric: Metric) -> tuple[Members, ...]:
        """The lists of a metric, as its source asks them."""
        return tuple(population.members() for population in _LISTS.all(metric.pk))

    def members(self) -> Members:
        hashes = frozenset(self.participants.values_list("key_hash", flat=True))
        hashed = partial(hash_of, self.salt)
        return Members(self.series.group, self.others.group, lambda key: hashed(key) in hashes)

    def _replace(self, keys: Sequence[str]) -> int:
        if self.frozen_at:
            raise RefusedError(_t("Who takes part is fixed since the launch of the pilot."))
        self.salt = uuid.uuid4()
        hashes = {hash_of(self.salt, key) for key in keys if key_of(key)}
        least = self.metric.organisation.minimum_group
        if len(hashes) < least:
            raise RefusedError(
                _t(
                    "There are %(count)s different people in this list. At least %(least)s are needed, so that nobody "
                    "can be recognised in the figures."
                )
                % {"count": len(hashes), "least": least}
            )
        self.save(update_fields=["salt"])
        self.participants.all().delete()
        Participant.objects.bulk_create(
            (Participant(population=self, key_hash=one) for one in sorted(hashes)), batch_size=5000
        )
        # What was added up by another list says nothing any more; the pull adds it up by this one.
        both = [self.series_id, self.others_id]
        SnapshotRevision.objects.filter(series__in=both).delete()
        Snapshot.objects.filter(series__in=both).delete()
        return sum(1 for key in keys if key_of(key)) - len(hashes)


class Participant(models.Model):
    """One person of a list: a keyed hash, from which nobody finds back without the key outside the database."""

    population = models.ForeignKey(
        "metrics.Population", on_delete=models.CASCADE, related_name="participants"
    )
    key_hash = models.CharField(max_length=64)

    tenant_path = "population__metric__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["population", "key_hash"], name="participant_once_per_population"
            ),
        ]

    def __str__(self) -> str:
        return f"participant of population {self.population_id}"


def hash_of(salt: uuid.UUID, key: str) -> str:
    """The keyed hash of a key as people write it: trimmed, composed, and without regard to case."""
    text = f"participant\0{salt.hex}\0{key_of(key)}"
    return hmac.digest(settings.PARTICIPANT_KEY.encode(), text.encode(), "sha256").hex()


_LISTS: Final = Lookup(lambda: Population._base_manager.select_related("series", "others"), metric=0)
