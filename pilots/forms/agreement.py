from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainModelForm, VersionedForm
from accounts.templatetags.words import VERDICTS
from metrics.models import Series
from pilots.models import Pilot
from pilots.models.closing import NextStep


def _what_follows(verdict: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=VERDICTS[verdict], choices=NextStep.choices)


class RuleForm(VersionedForm[Pilot]):
    """The decision rule: what follows from which result, agreed before anybody knows the result."""

    reached = _what_follows("reached")
    short = _what_follows("short")
    not_moved = _what_follows("not_moved")
    wrong_way = _what_follows("wrong_way")
    unclear = _what_follows("unclear")

    class Meta:
        model = Pilot
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, instance: Pilot, **kwargs: Any) -> None:
        initial = {**instance.decision_rule, **kwargs.pop("initial", {})}
        super().__init__(*args, instance=instance, initial=initial, **kwargs)

    def changes(self) -> dict[str, Any]:
        rule = super().changes()
        return {"expected_version": rule.pop("expected_version"), "decision_rule": rule}

    def show_conflict(self, current: Pilot) -> None:
        self.instance.decision_rule = current.decision_rule
        for verdict, decision in current.decision_rule.items():
            setattr(current, verdict, decision)
        super().show_conflict(current)


class AmendmentForm(PlainModelForm[Pilot]):
    """What of a running plan may be changed, as it stands now, and why."""

    reason = forms.CharField(
        label=_("Why the plan is changed"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who signed reads this, and so does whoever reads the outcome."),
    )
    instance: Pilot

    class Meta:
        model = Pilot
        fields = ["ai_use", "audience", "planned_reach", "target", "ramp_weeks", "start"]
        widgets = {"start": DayInput}

    field_order = ["reason", "ai_use", "audience", "planned_reach", "target", "ramp_weeks", "start", "series"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].required = self.fields["start"].required = True
        # Not by Meta: a class has no organisation in scope.
        field = forms.ModelChoiceField(
            label=_("Who is measured, by which metric"),
            queryset=Series.objects.select_related("metric").order_by("metric__name", "group"),
            initial=self.instance.series_id,
            empty_label=None,
        )
        field.label_from_instance = _named  # type: ignore[method-assign, assignment]
        self.fields["series"] = field
        self.order_fields(self.field_order)

    def clean_start(self) -> date:
        start: date = self.cleaned_data["start"]
        series = self.cleaned_data.get("series") or self.instance.series
        if abs((start - self.initial["start"]).days) > 366:
            raise forms.ValidationError(
                _("This is more than a year away from the six weeks that were agreed.")
            )
        if series and series.metric.first_day(start) != start:
            raise forms.ValidationError(
                _("%(metric)s is weekly: begin on a Monday."), params={"metric": series.metric}
            )
        return start

    def changes(self) -> dict[str, Any]:
        """What differs from the plan as it stands, as the verb takes it."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if name != "reason"}
        if "series" in changed:
            changed |= {"metric": changed["series"].metric, "comparison": None, "comparison_choice": "none"}
        return changed


def _named(series: Series) -> str:
    return f"{series.metric.name}: {series.group or _t('everybody')}"
