from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import models

from accounts.models import SYSTEM, Message
from accounts.templatetags.pilotlight import long_time

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.metric import Metric

# Failures in a row after which only the ordinary times try again: with the backoff of jobs, two and a half hours.
MOST_FAILURES: Final = 5


class Health(models.Model):
    """How a source has been of late: a circuit breaker whose states are told to people.

    *works*; *failing*: tried again soon, each time later; *paused*: after some failures, or at once where a person has to
    change something, only the ordinary times of its schedule try it. One success and it works again.
    """

    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)

    if TYPE_CHECKING:
        metric: models.OneToOneField[Metric, Metric]
        owner: models.ForeignKey[Person, Person]

        def next_pull_at(self, after: datetime) -> datetime: ...

    FIELDS = ("failing_since", "failures", "paused_at")

    class Meta:
        abstract = True

    def worked(self, *, at: datetime) -> bool:
        """A pull brought an answer. Whether that ends a pause, which the owner and the pilots are told."""
        paused = self.paused_at is not None
        if paused:
            self._noted("source.resumed", at=at)
            self._tell("source_works", at=at)
        self.failing_since, self.failures, self.paused_at = None, 0, None
        return paused

    def failed(self, words: str, *, needs_a_person: bool, at: datetime) -> bool:
        """A pull brought none. Whether that begins a pause, which the owner and the pilots are told once."""
        self.failing_since = self.failing_since or at
        self.failures += 1
        if self.paused_at or not (needs_a_person or self.failures >= MOST_FAILURES):
            return False
        self.paused_at = at
        self._noted("source.paused", at=at, failures=self.failures)
        self._tell("source_failing", words, at=at, needs_a_person=needs_a_person)
        return True

    def _noted(self, verb: str, *, at: datetime, **facts: int) -> None:
        facts["source"] = self.pk
        self.metric.organisation.chain.record(verb, by=SYSTEM, at=at, private=None, **facts)

    def _tell(self, template: str, words: str = "", *, at: datetime, needs_a_person: bool = False) -> None:
        organisation = self.metric.organisation
        zone = organisation.zone
        for person in self._answerable():
            Message.objects.queue(
                template,
                to=person.email,
                at=at,
                organisation=organisation,
                link=f"page:/{organisation.slug}/metrics/{self.metric.pk}/",
                context={
                    "name": person.name,
                    "metric": self.metric.name,
                    "words": words,
                    "since": long_time((self.failing_since or at).astimezone(zone)),
                    "next": long_time(self.next_pull_at(at).astimezone(zone)),
                    "needs_a_person": needs_a_person,
                },
            )

    def _answerable(self) -> list[Person]:
        """The owner; once they have left, the administrators."""
        memberships = self.metric.organisation.memberships.select_related("person")
        owner = memberships.filter(person=self.owner).first()
        return [owner.person] if owner else [one.person for one in memberships.filter(role="administrator")]
