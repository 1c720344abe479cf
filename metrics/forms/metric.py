from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainModelForm
from metrics.models import Metric
from metrics.models.metric import per_of
from metrics.models.schedule import Schedule

DAWN: Final = time(6)


class TimeInput(forms.TimeInput):
    """The browser's own clock, which wants its times as 06:30 whatever the language."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class MetricForm(PlainModelForm[Metric]):
    class Meta:
        model = Metric
        fields = [
            "name",
            "meaning",
            "kind",
            "unit",
            "direction",
            "cadence",
            "category",
            "decimals",
            "delay_days",
            "looks_back_days",
        ]
        widgets = {
            "meaning": forms.Textarea(attrs={"rows": 2}),
            "direction": forms.RadioSelect,
            "cadence": forms.RadioSelect,
        }
        help_texts = {
            "name": _(
                "A number that your executives already look at, such as win rate or incident rate. "
                "Completion, satisfaction and quiz scores will not serve."
            ),
            "meaning": _("In one sentence, so that nobody counts it differently later."),
            "unit": _("Such as %, days, € or per 1,000 hours."),
            "delay_days": _("How many days after a day its value usually arrives."),
            "looks_back_days": _(
                "30 for “productive by day 30”: it tells of people who began 30 days before. For most metrics 0."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["direction"].choices = [c for c in self.fields["direction"].choices if c[0]]  # type: ignore[attr-defined]
        self.fields["cadence"].choices = [c for c in self.fields["cadence"].choices if c[0]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["per"] = per_of(cleaned.get("kind", ""), cleaned.get("unit", ""))
        return cleaned


class ScheduleForm(forms.Form):
    """When a source is pulled; stands beside each kind's own form."""

    schedule = forms.ChoiceField(label=_("Pulled"), choices=Schedule.choices, initial=Schedule.DAILY)
    weekday = forms.TypedChoiceField(
        label=_("On"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        initial=0,
        required=False,
        help_text=_("Only for every week."),
    )
    at = forms.TimeField(
        label=_("At"),
        required=False,
        initial=DAWN,
        widget=TimeInput,
        help_text=_("In your organisation's time zone. Every hour: at this minute of each."),
    )

    def __init__(self, *args: Any, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """``initial`` is a source's ``timing``, where there is a source."""
        given = dict(initial or {})
        if "at_hour" in given:
            given["at"] = time(given["at_hour"], given.get("at_minute", 0))
        kwargs["initial"] = given
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """What ``Source.objects.connect`` takes."""
        cleaned = super().clean() or self.cleaned_data
        at = cleaned.pop("at", None) or DAWN
        return {
            **cleaned,
            "weekday": cleaned.get("weekday") or 0,
            "at_hour": at.hour,
            "at_minute": at.minute,
        }
