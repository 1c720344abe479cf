from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm, PlainModelForm, needed_at_times
from accounts.models import Organisation, Person, Role
from metrics.coach import coach
from metrics.models import Metric, Series
from metrics.result_words import SLOT
from pilots.forms.step import StepForm
from pilots.models import Pilot
from pilots.models.pilot import ComparisonChoice

_PROBLEM_FIELDS = [
    "title", "problem", "visible_because", "uses", "gap", "audience", "planned_reach", "because", "ai_use",
]  # fmt: skip
_PROBLEM_LABELS = {
    "visible_because": _("Who sees it, and why does it hurt now?"),
    "uses": _("What do you use?"),
    "gap": _("Which gap does it close?"),
    "because": _("Why do you believe that it will?"),
    "ai_use": _("What does the AI do?"),
}
_PROBLEM_HELP = {
    "title": _("Short, as people will speak of it."),
    "problem": _("One problem that the business feels now, in its own words."),
    "visible_because": _("The leader who loses sleep over it, and what it costs them."),
    "uses": _("A few words that fit into a sentence: AI practice calls."),
    "gap": _("What is missing today, as a noun: the discovery-call gap."),
    "audience": _("Such as: mid-market sales representatives in two teams."),
    "because": _("One reason, from “because” on: people who rehearse ask better questions."),
    "ai_use": _("Plainly, for those who sign: what does it do, and for whom?"),
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
    """How a plan begins: with a name or with the problem; everything else can come later."""

    title = forms.CharField(
        label=_("Title"),
        max_length=120,
        required=False,
        help_text=_("Short, as people will speak of it. It can be changed."),
    )

    class Meta:
        model = Pilot
        fields = ["title", "problem", "visible_because"]
        labels = _PROBLEM_LABELS
        help_texts = _PROBLEM_HELP
        widgets = _PROBLEM_WIDGETS

    field_order = ["problem", "visible_because", "title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("title"):
            if not cleaned.get("problem"):
                self.add_error("problem", _("Say in one line which problem it is. All else can come later."))
            cleaned["title"] = _name_of(cleaned.get("problem", ""))
        return cleaned


def _name_of(problem: str) -> str:
    """What a plan is called until somebody gives it a name."""
    line = " ".join(problem.split())
    return line if len(line) <= 60 else line[:60].rsplit(" ", 1)[0] + " …"


class ProblemForm(StepForm[Pilot]):
    class Meta(NewPilotForm.Meta):
        fields = _PROBLEM_FIELDS
        help_texts = _PROBLEM_HELP

    field_order = _PROBLEM_FIELDS
    needed = frozenset(_PROBLEM_FIELDS) - {"ai_use"}

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        if changes.get("title") == "":
            del changes["title"]  # it keeps the name that it has
        return changes


class OwnMetricForm(PlainForm):
    """A number by its name, which was looked for and found good, or is kept as a supporting signal."""

    own = forms.CharField(label=_("The number"), max_length=120, widget=forms.HiddenInput)


class CountField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among series of many metrics."""

    def label_from_instance(self, obj: Model) -> str:
        assert isinstance(obj, Series)
        return f"{obj.metric} · {obj.group}" if obj.group else str(obj.metric)


class UsageForm(PlainForm):
    """Which metric counts the people who use it."""

    series = CountField(
        label=_("How many people use it is counted by"),
        queryset=Series.objects.none(),
        required=False,
        empty_label=_("nothing: the weekly note says it"),
        help_text=_(
            "A number that says how many have used it so far, or in each week. Its highest value since the first day counts."
        ),
    )

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _among(self, "series", pilot.countable())
        self.initial["series"] = pilot.usage.series_id if pilot.has("usage") else None


class DefinitionForm(StepForm[Metric]):
    """What exactly is counted, as long as no source is connected."""

    needed = frozenset({"name", "direction", "kind", "cadence", "category"})

    class Meta:
        model = Metric
        fields = ["name", "meaning", "unit", "direction", "kind", "cadence", "category"]
        labels = {"name": _("What you call it"), "direction": _("Better is"), "category": _("Business area")}
        widgets = {
            "meaning": forms.Textarea(attrs={"rows": 2}),
            "direction": forms.RadioSelect,
            "cadence": forms.RadioSelect,
        }
        help_texts = {
            "name": _("As your executives say it, with whose it is: mid-market win rate."),
            "meaning": _("In one sentence, so that nobody counts it differently later."),
            "unit": _("Such as %, days, € or per 1,000 hours."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("direction", "cadence", "kind", "category"):
            field = self.fields[name]
            field.choices = [choice for choice in field.choices if choice[0]]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        advice = coach(name)
        if name and not advice.serves:
            raise forms.ValidationError(advice.reason)
        return name

    def changes(self) -> dict[str, Any]:
        """What is blank stays as it is: a metric always has a name and a kind."""
        optional = {"meaning", "unit"}
        return {name: to for name, to in super().changes().items() if to != "" or name in optional}


class WeeksForm(StepForm[Pilot]):
    needed = frozenset({"target", "start", "series", "ramp_weeks"})
    series = forms.ModelChoiceField(
        label=_("Whose numbers are the pilot’s"),
        queryset=Series.objects.none(),
        empty_label=_("not chosen yet"),
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
        only = groups.first() if groups.count() == 1 else None
        self.initial["series"] = self.instance.series_id or only
        self.initial["comparison"] = self.instance.comparison_id
        for name in ("series", "comparison"):
            _among(self, name, groups)
        if metric:
            self.fields["target"].help_text = _t("The level to reach, in %(unit)s. %(direction)s.") % {
                "unit": metric.unit or metric.name,
                "direction": metric.get_direction_display().capitalize(),
            }
            self.fields["in_words"].help_text = _t(
                "As the business would say it, with … where the change will stand. Such as: %(example)s. Left empty, "
                "the name of the metric tells it."
            ) % {"example": EXAMPLES[metric.kind]}
        else:  # they are told in the metric, whichever that will be
            for name in ("target", "series", "comparison", "comparison_choice", "baseline_start", "in_words"):
                del self.fields[name]

    def clean_in_words(self) -> str:
        words: str = self.cleaned_data["in_words"].replace("...", SLOT).strip()
        if words and words.count(SLOT) != 1:
            raise forms.ValidationError(_("Put … once, where the change will stand."))
        return words

    def clean_start(self) -> date | None:
        start: date | None = self.cleaned_data["start"]
        metric = self.instance.metric
        if start is None:
            return start
        if start < self.today and start != self.instance.start:
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
        self._check_order(cleaned)
        if cleaned.get("comparison") and cleaned["comparison"] == cleaned.get("series"):
            self.add_error("comparison", _("A group cannot be compared with itself."))
            cleaned.pop("series", None)
        if "comparison" not in cleaned:
            cleaned.pop("comparison_choice", None)  # how somebody was chosen says nothing without whom
        elif cleaned["comparison"] is None:
            cleaned["comparison_choice"] = ComparisonChoice.NONE
        elif "comparison_choice" in cleaned:
            cleaned["comparison_choice"] = cleaned["comparison_choice"] or ComparisonChoice.NONE
        cleaned["ramp_weeks"] = cleaned.get("ramp_weeks") or 0
        return cleaned

    def _check_order(self, cleaned: dict[str, Any]) -> None:
        """The baseline begins before the pilot does, whichever of the two is typed and whichever stands there already."""
        begins = cleaned.get("baseline_start", self.instance.baseline_start)
        start = cleaned.get("start", self.instance.start)
        if begins and begins.year < 1990:
            self.add_error("baseline_start", _("That is too long ago to say anything about today."))
        elif start and begins and begins >= start:
            beside = "baseline_start" if "baseline_start" in cleaned else "start"
            self.add_error(beside, _("The baseline begins before the pilot does."))
            cleaned.pop("start", None)


def _among[M: Model](form: forms.BaseForm, name: str, rows: QuerySet[M]) -> None:
    """Let a field choose among these rows: a class cannot, it has no organisation in scope."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]


class OwnersForm(StepForm[Pilot]):
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
        self._choose("owner", _("Who owns the pilot"), owners)
        self._choose(
            "governance_owner",
            _("Who governs it"),
            everybody,
            _("Answers for the safeguards; not the owner."),
        )
        self._choose("reviewer", _("Who reviews the content"), working, _("Never the person who makes it."))

    def _choose(self, name: str, label: Any, people: Any, help_text: Any = "") -> None:
        self.fields[name] = forms.ModelChoiceField(
            label=label,
            queryset=people.order_by("name"),
            required=False,
            help_text=help_text,
            empty_label=_("not named yet"),
        )
        needed_at_times(self, name)

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        if changes.get("owner", self) is None:
            del changes["owner"]  # a pilot always has one
        return changes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("governance_owner") and cleaned["governance_owner"] == cleaned.get("owner"):
            self.add_error(
                "governance_owner",
                _("Owner and governance owner are two people: one drives, one keeps watch."),
            )
        return cleaned
