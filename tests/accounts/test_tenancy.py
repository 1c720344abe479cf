"""What belongs to an organisation is reached through it, or not at all."""

import pytest
from django.apps import apps
from django.db import models
from django_scopes import ScopeError, scope, scopes_disabled

from accounts.tenancy import TenantManager
from metrics.models import Metric
from pilots.models import Pilot, Standing
from tests.cast import NOW, TODAY, Cast, make_cast, make_measured_metric, make_pilot

TENANTS = [model for model in apps.get_models() if isinstance(model._default_manager, TenantManager)]


def ids(model: type[models.Model]) -> str:
    return model.__name__


def test_everything_that_is_measured_and_agreed_is_a_tenant_s() -> None:
    others = [
        m.__name__
        for m in apps.get_models()
        if m not in TENANTS and m.__module__.startswith(("metrics", "pilots"))
    ]
    assert others == []


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_a_query_that_forgets_its_organisation_raises(db: None, model: type[models.Model]) -> None:
    with pytest.raises(ScopeError):
        model._default_manager.count()
    with pytest.raises(ScopeError):
        list(model._default_manager.all())
    with pytest.raises(ScopeError):
        model._default_manager.filter(pk=1).update(pk=2)


@pytest.mark.django_db
class TestTwoOrganisations:
    @pytest.fixture
    def theirs(self, monday: object) -> Cast:
        """Another organisation with a pilot that went all the way from the plan to an early stop."""
        theirs = make_cast("southwind")
        with scope(organisation=theirs.organisation):
            pilot = make_pilot(theirs, "running")
            pilot.stop_early(reason="No budget.", by=theirs.manager, at=NOW)
        return theirs

    def test_rows_of_another_organisation_are_not_there(self, scoped: Cast, theirs: Cast) -> None:
        assert {model.__name__: model._default_manager.count() for model in TENANTS} == dict.fromkeys(
            (model.__name__ for model in TENANTS), 0
        )
        with scope(organisation=theirs.organisation):
            there = {model for model in TENANTS if model._default_manager.exists()}
        assert {model.__name__ for model in there} >= {
            "Answer", "Consultation", "ContentItem", "ContentVersion", "DataSheet", "Launch", "Mapping", "Metric", "Pilot", "PlanVersion",
            "Pull", "Reading", "Review", "Series", "SignOff", "Snapshot", "Source", "Stakeholder", "Standing", "Stop",
        }  # fmt: skip
        with scopes_disabled():
            assert all(model._default_manager.exists() for model in there)

    def test_nor_are_they_found_by_their_number(self, scoped: Cast, theirs: Cast) -> None:
        with scope(organisation=theirs.organisation):
            their_pilot = Pilot.objects.get()
        with pytest.raises(Pilot.DoesNotExist):
            Pilot.objects.get(pk=their_pilot.pk)
        assert not Standing.objects.with_stage(TODAY).exists()

    def test_nor_through_a_record_that_is_at_hand(self, scoped: Cast, theirs: Cast) -> None:
        with scope(organisation=theirs.organisation):
            metric = Metric.objects.get()
        assert not metric.series.exists()

    def test_the_same_metric_name_is_no_clash(self, scoped: Cast, theirs: Cast) -> None:
        assert make_measured_metric(scoped).name == "Handling time"
