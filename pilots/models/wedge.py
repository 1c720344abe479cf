from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import pgtrigger
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _t

from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot

#: What a duplicate takes over: what was planned, and nothing of when, of what was agreed, or of what came of it.
TAKEN_OVER: Final = (
    "problem", "visible_because", "uses", "gap", "because", "ai_use", "audience", "planned_reach", "metric", "series",
    "comparison", "comparison_choice", "target", "in_words", "ramp_weeks", "governance_owner", "reviewer",
)  # fmt: skip
_VOICE: Final = (
    "name",
    "email",
    "position",
    "stance",
    "resistance",
    "influence",
    "is_sponsor",
    "sign_off_required",
)

# One at a time in an organisation: two that name each other at the same moment would not see each other.
NO_CIRCLE: Final = pgtrigger.Trigger(
    name="pilot_grows_from_no_later_one",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("grew_from_id"),  # type: ignore[no-untyped-call]
    condition=pgtrigger.Q(new__grew_from_id__isnull=False),
    func="""
        PERFORM pg_advisory_xact_lock(hashtext('pilots_wedge'), NEW.organisation_id::int);
        IF NOT EXISTS (
            SELECT 1 FROM pilots_pilot WHERE id = NEW.grew_from_id AND organisation_id = NEW.organisation_id
        ) THEN
            RAISE EXCEPTION 'pilotlight: a pilot grows from one of its own organisation' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.grew_from_id = NEW.id OR EXISTS (
            WITH RECURSIVE earlier(id) AS (
                SELECT NEW.grew_from_id
                UNION
                SELECT pilot.grew_from_id FROM pilots_pilot pilot JOIN earlier ON pilot.id = earlier.id
                WHERE pilot.grew_from_id IS NOT NULL
            )
            SELECT 1 FROM earlier WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'pilotlight: a pilot grows from no later one' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class Grown(models.Model):
    """What a pilot can do about the one that it grew from: each result earns the next."""

    class Meta:
        abstract = True

    @transaction.atomic
    def name_origin(self: Pilot, origin: Pilot | None, *, by: Person, at: datetime) -> bool:
        """Say which pilot it grew from, or that it grew from none; whether that is new.

        At any time: the chain is no part of what was agreed. Never a circle.
        """
        # Not its key: whoever names this one as theirs at the same moment may look at it meanwhile.
        locked = type(self).objects.select_for_update(of=("self",), no_key=True).get(pk=self.pk)
        if locked.grew_from_id == (origin.pk if origin else None):
            return False
        if origin and (origin.pk == self.pk or self.pk in lineage(origin.pk)):
            raise RefusedError(_t("That pilot grew from this one. A chain has a beginning."))
        try:
            with transaction.atomic():
                type(self).objects.filter(pk=self.pk).update(grew_from=origin)
        except IntegrityError:  # somebody named it the other way round at the same moment
            raise RefusedError(_t("That pilot grew from this one. A chain has a beginning.")) from None
        self.grew_from = origin
        self.chain.record("pilot.origin_named", by=by.actor, at=at, origin=origin.pk if origin else None)
        return True

    @transaction.atomic
    def duplicate(self: Pilot, *, title: str, with_people: bool, by: Person, at: datetime) -> Pilot:
        """A new pilot with the same plan, which grew from this one. Dates, answers, signatures and content begin anew."""
        from pilots.models.stakeholder import Stakeholder

        copy = type(self).objects.start_planning(
            self.organisation, by=by, at=at, title=title, **{name: getattr(self, name) for name in TAKEN_OVER}
        )
        copy.name_origin(self, by=by, at=at)
        if with_people:
            for stakeholder in self.stakeholders.exclude(email__iexact=by.email).order_by("pk"):
                Stakeholder.objects.name_for(
                    copy, by=by, at=at, **{name: getattr(stakeholder, name) for name in _VOICE}
                )
        return copy


def lineage(pilot: int) -> list[int]:
    """The pilots that this one grew from, the nearest first; one query, whatever its length."""
    from pilots.models.pilot import Pilot

    origins = dict(Pilot.objects.filter(grew_from__isnull=False).values_list("pk", "grew_from_id"))
    found: list[int] = []
    while (origin := origins.get(found[-1] if found else pilot)) is not None:
        found.append(origin)
    return found
