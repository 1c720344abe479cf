from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainModelForm, VersionedForm
from accounts.models import Organisation, Person, Role
from metrics.models import Metric, Series
from metrics.result_words import SLOT
from pilots.errors import SignalError
from pilots.models import Pilot
from pilots.models.pilot import ComparisonChoice

_PROBLEM_FIELDS = ["title", "problem", "visible_because", "ai_use", "audience", "planned_reach"]
_PROBLEM_HELP = {
    "title": _("Short, as people will speak of it."),
    "problem": _("One problem that the business feels now, in its own words."),
    "visible_because": _("Who loses sleep over it?"),
    "ai_use": _("Plainly: what does it do, and for whom?"),
    "audience": _("Such as: mid-market sales representatives in two teams."),
}
EXAMPLES = {
    "proportion": _("“Billing agents settle … calls in every 100 at the first contact”"),
    "rate": _("“The warehouses count … incidents in every 1,000 hours worked”"),
    "mean": _("“A service case takes …”"),
    "total": _("“The help desk opens … a week”"),
}
_PROBLEM_WIDGETS = {
    "problem": forms.Textarea(attrs={"rows": 3}),
    "visible_because": forms.Textarea(attrs={"rows": 2}),
    "ai_use": forms.Textarea(attrs={"rows": 2}),
}


class NewPilotForm(PlainModelForm[Pilot]):
    class Meta:
        model = Pilot
        fields = _PROBLEM_FIELDS
        help_texts = _PROBLEM_HELP
        widgets = _PROBLEM_WIDGETS


class ProblemForm(VersionedForm[Pilot]):
    class Meta(NewPilotForm.Meta):
        fields = _PROBLEM_FIELDS


class MetricChoiceForm(VersionedForm[Pilot]):
    metric = forms.ModelChoiceField(
        label=_("The one metric"),
        queryset=Metric.objects.none(),  # outside an organisation's scope there are none
        widget=forms.RadioSelect,
        empty_label=None,
    )

    class Meta:
        model = Pilot
        fields: ClassVar[list[str]] = []

    instance: Pilot

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["metric"] = self.instance.metric_id
        _among(self, "metric", Metric.objects.select_related("source").order_by("name"))

    def clean_metric(self) -> Metric:
        metric: Metric = self.cleaned_data["metric"]
        if metric.is_signal:
            raise forms.ValidationError(str(SignalError(metric)))
        return metric


class WeeksForm(VersionedForm[Pilot]):
    series = forms.ModelChoiceField(
        label=_("Whose numbers are the pilot's"), queryset=Series.objects.none(), empty_label=None
    )
    comparison = forms.ModelChoiceField(
        label=_("Whom they are compared with"),
        queryset=Series.objects.none(),
        required=False,
        empty_label=_("nobody"),
        help_text=_("A group that does not take part makes the result much stronger."),
    )

    class Meta:
        model = Pilot
        fields = ["target", "in_words", "start", "ramp_weeks", "baseline_start", "comparison_choice"]
        labels = {"comparison_choice": _("How the comparison was chosen")}
        help_texts = {
            "start": _("The window is six weeks from this day."),
            "ramp_weeks": _(
                "Use that grows week by week shows its full effect late. The target then means: once fully in use."
            ),
            "baseline_start": _(
                "Left empty, the baseline reaches back 126 days, or 52 weeks for a weekly metric."
            ),
        }
        widgets = {
            "start": DayInput,
            "baseline_start": DayInput,
        }

    field_order = [
        "target",
        "in_words",
        "start",
        "ramp_weeks",
        "series",
        "comparison",
        "comparison_choice",
        "baseline_start",
    ]
    instance: Pilot

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        metric = self.instance.metric
        groups = Series.objects.filter(metric=metric).select_related("metric")
        self.initial["series"] = self.instance.series_id or groups.first()
        self.initial["comparison"] = self.instance.comparison_id
        for name in ("series", "comparison"):
            _among(self, name, groups)
        self.fields["target"].required = self.fields["start"].required = True
        if metric:
            self.fields["target"].help_text = _t("The level to reach, in %(unit)s. %(direction)s.") % {
                "unit": metric.unit or metric.name,
                "direction": metric.get_direction_display().capitalize(),
            }
            self.fields["in_words"].help_text = _t(
                "As the business would say it, with … where the change will stand. Such as: %(example)s. Left empty, "
                "the name of the metric tells it."
            ) % {"example": EXAMPLES[metric.kind]}

    def clean_in_words(self) -> str:
        words: str = self.cleaned_data["in_words"].replace("...", SLOT).strip()
        if words and words.count(SLOT) != 1:
            raise forms.ValidationError(_("Put … once, where the change will stand."))
        return words

    def clean_start(self) -> date:
        start: date = self.cleaned_data["start"]
        metric = self.instance.metric
        if start < self.today:
            raise forms.ValidationError(_("This day has passed. A pilot is agreed before it begins."))
        if start > self.today + timedelta(days=366):
            raise forms.ValidationError(_("This is more than a year ahead. Choose a nearer day."))
        if metric and metric.first_day(start) != start:
            raise forms.ValidationError(
                _("%(metric)s is weekly: begin on a Monday."), params={"metric": metric}
            )
        return start

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, begins = cleaned.get("start"), cleaned.get("baseline_start")
        if start and begins and begins >= start:
            self.add_error("baseline_start", _("The baseline begins before the pilot does."))
        if begins and begins.year < 1990:
            self.add_error("baseline_start", _("That is too long ago to say anything about today."))
        if cleaned.get("comparison"):
            self._check_comparison(cleaned)
        else:
            cleaned["comparison_choice"] = ComparisonChoice.NONE
        return cleaned

    def _check_comparison(self, cleaned: dict[str, Any]) -> None:
        if cleaned["comparison"] == cleaned.get("series"):
            self.add_error("comparison", _("A group cannot be compared with itself."))
        if cleaned.get("comparison_choice") == ComparisonChoice.NONE:
            self.add_error("comparison_choice", _("Say how this group was chosen."))


def _among[M: Model](form: forms.ModelForm[Pilot], name: str, rows: QuerySet[M]) -> None:
    """Let a field choose among these rows: a class cannot, it has no organisation in scope."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]


class OwnersForm(VersionedForm[Pilot]):
    class Meta:
        model = Pilot
        fields = ["owner", "governance_owner", "reviewer"]

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = Person.objects.filter(memberships__organisation=organisation, is_active=True)
        working = everybody.exclude(memberships__in=organisation.memberships.filter(role=Role.VIEWER))
        owners = everybody.filter(
            memberships__in=organisation.memberships.filter(role__in=[Role.MANAGER, Role.ADMINISTRATOR])
        )
        self._choose("owner", _("Who owns the pilot"), owners, required=True)
        self._choose(
            "governance_owner",
            _("Who governs it"),
            everybody,
            _("Answers for the safeguards; not the owner."),
        )
        self._choose("reviewer", _("Who reviews the content"), working, _("Never the person who makes it."))

    def _choose(
        self, name: str, label: Any, people: Any, help_text: Any = "", *, required: bool = False
    ) -> None:
        self.fields[name] = forms.ModelChoiceField(
            label=label,
            queryset=people.order_by("name"),
            required=required,
            help_text=help_text,
            empty_label=_("not named yet"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("governance_owner") and cleaned["governance_owner"] == cleaned.get("owner"):
            self.add_error(
                "governance_owner",
                _("Owner and governance owner are two people: one drives, one keeps watch."),
            )
        return cleaned
