"""What was said, signed, reviewed, read and decided stays as it was: the database refuses everybody."""

from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, connection, models, transaction

from accounts.models import Event
from pilots.models import (
    Acknowledgement,
    Addendum,
    Answer,
    Charter,
    Checklist,
    Confirmation,
    ContentVersion,
    FrozenBaseline,
    Incident,
    Judgement,
    LawDates,
    Outcome,
    Passage,
    Pilot,
    PlanVersion,
    Reading,
    Release,
    Review,
    SignOff,
    Withdrawal,
    Worth,
)
from tests.access.house import CHARTER
from tests.cast import NOW, Cast, make_pilot, sign
from tests.links import newest_link

TABLES: list[type[models.Model]] = [
    Acknowledgement, Addendum, Answer, Charter, Checklist, Confirmation, ContentVersion, Event, FrozenBaseline, Incident, Judgement, LawDates, Outcome, Passage, PlanVersion, Reading,
    Release, Review, SignOff, Withdrawal, Worth,
]  # fmt: skip
pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def closed(scoped: Cast) -> Pilot:
    """It has a row in each of the tables."""
    pilot = make_pilot(scoped, "ready")
    told = Answer.objects.take_down(pilot.stakeholders.get(), text="Calm.", by=scoped.manager, at=NOW)
    told.confirm(at=NOW)
    told.map_to_plan(delivered_by="The target.", by=scoped.manager, at=NOW)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    sign(pilot.stakeholders.get())
    pilot.launch_now(by=scoped.manager, at=NOW)
    charter = Charter.objects.publish(
        scoped.organisation, expected=0, by=scoped.administrator, at=NOW, **CHARTER
    )
    charter.acknowledge(by=scoped.viewer, at=NOW)
    item = pilot.content.get()
    release = item.release(number=1, to="All", by=scoped.manager, at=NOW)
    release.log_incident(what="A wrong price.", by=scoped.manager, at=NOW)
    release.withdraw(reason="A wrong price.", by=scoped.manager, at=NOW)
    item.newest_version().review(
        decision="changes",
        checklist=[],
        passages=[("too dear", "Say the price.")],
        by=scoped.reviewer,
        at=NOW,
    )
    Checklist.objects.change(
        scoped.organisation, questions=["Is it right?"], expected=0, by=scoped.manager, at=NOW
    )
    LawDates.objects.change(
        scoped.organisation, dates={"tests": date(2028, 1, 1)}, expected=0, by=scoped.manager, at=NOW
    )
    pilot.stop_early(reason="No budget.", by=scoped.manager, at=NOW + timedelta(days=1))
    later = NOW + timedelta(days=1)
    outcome = pilot.decide(decision="run_again", learned="?", other_causes="?", by=scoped.manager, at=later)
    Judgement.objects.give(newest_link(pilot.stakeholders.get()), meant="no", at=later)
    Worth.objects.state(outcome, no_value_because="Nothing moved.", by=scoped.manager, at=later)
    Addendum.objects.create(outcome=outcome, kind="newer_data", facts={"days": 0}, at=later)
    return pilot


def refused(sql: str) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        try:
            with transaction.atomic():
                cursor.execute(sql)
        except DatabaseError as error:
            return "is append-only" in str(error)
    return False


def test_these_are_the_tables() -> None:
    guarded = {
        model._meta.model for model, trigger in pgtrigger.registered() if "_rows_stay" in str(trigger.name)
    }
    assert {model.__name__ for model in guarded} == {model.__name__ for model in TABLES}


def test_a_row_of_any_of_them_stays(closed: Pilot) -> None:
    for model in TABLES:
        table = model._meta.db_table
        assert model._base_manager.exists(), table
        assert refused(f'UPDATE "{table}" SET {model._meta.pk.column} = {model._meta.pk.column}'), table
        assert refused(f'DELETE FROM "{table}"'), table
        assert refused(f'TRUNCATE "{table}" CASCADE'), table


def test_the_row_behind_a_pilot_cannot_be_deleted_with_it(closed: Pilot) -> None:
    with pytest.raises((DatabaseError, models.ProtectedError)), transaction.atomic():
        closed.delete()
    assert Pilot.objects.filter(pk=closed.pk).exists()
