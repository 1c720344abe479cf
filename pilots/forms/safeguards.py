from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm, PlainModelForm
from accounts.templatetags.pilotlight import long_date
from pilots.models import Consultation, DataSheet, LearnerData, LowChance
from pilots.models.law import QUESTIONS, LawAnswer
from pilots.models.safeguards import Personal, Workers


class LearnerDataForm(PlainModelForm[LearnerData]):
    class Meta:
        model = LearnerData
        fields = ["data", "purpose", "source", "access", "kept_until", "personal"]
        widgets = {"kept_until": DayInput}
        help_texts = {
            "data": _("Such as: recordings of practice calls. Write “none” where none is used."),
            "source": _("Such as: the learning platform, or the telephone system."),
            "access": _("Roles rather than names: learners read this."),
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["personal"] = forms.ChoiceField(
            label=_("Is it personal?"), choices=Personal.choices, widget=forms.RadioSelect
        )

    def clean_kept_until(self) -> date:
        kept: date = self.cleaned_data["kept_until"]
        if kept < self.today:
            raise forms.ValidationError(_("This day has passed."))
        return kept


class DataSheetForm(PlainModelForm[DataSheet]):
    class Meta:
        model = DataSheet
        fields = ["told", "oversight", "legal_basis", "processor", "impact"]
        widgets = {"told": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "oversight": _("The person who has the last word."),
            "legal_basis": _("Such as: legitimate interest, Art. 6(1)(f) GDPR. Ask legal."),
            "processor": _("Who runs the tool, and under which contract."),
            "impact": _("Whether one was needed, and when it was made."),
        }


class ConsultationForm(PlainModelForm[Consultation]):
    class Meta:
        model = Consultation
        fields = ["with_whom", "held_on", "outcome", "workers", "workers_note"]
        widgets = {
            "held_on": DayInput,
            "outcome": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "workers_note": _("Such as: at the meeting of 3 June, with the plan in hand."),
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["workers"] = forms.ChoiceField(
            label=_("The people who work there"),
            choices=Workers.choices,
            widget=forms.RadioSelect,
            help_text=_(
                "Whoever uses AI about people at work tells them, and who speaks for them, before it begins."
            ),
        )

    def clean_held_on(self) -> date:
        held: date = self.cleaned_data["held_on"]
        if held > self.today:
            raise forms.ValidationError(
                _("This day is still to come. Record the conversation when it was held.")
            )
        if held < self.today - timedelta(days=3660):
            raise forms.ValidationError(_("That is more than ten years ago."))
        return held


class LawForm(PlainForm):
    """Each question of ``QUESTIONS``, by its key."""

    counsel = forms.CharField(
        label=_("What counsel says"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, dates: Mapping[str, date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, question in QUESTIONS.items():
            self.fields[key] = forms.ChoiceField(
                label=question.words,
                choices=LawAnswer.choices,
                widget=forms.RadioSelect,
                help_text=_("%(where)s, from %(day)s on. Yes, or not sure: ask counsel.")
                % {"where": question.where, "day": long_date(dates[key])},
            )
        self.order_fields([*QUESTIONS, "counsel"])

    def answers(self) -> dict[str, str]:
        return {key: self.cleaned_data[key] for key in QUESTIONS}


class LawDatesForm(PlainForm):
    """From when on each article applies, as this organisation has it from its counsel."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, question in QUESTIONS.items():
            self.fields[key] = forms.DateField(
                label=question.where, help_text=question.words, widget=DayInput
            )

    def dates(self) -> dict[str, date]:
        return {key: self.cleaned_data[key] for key in QUESTIONS}


class LowChanceForm(PlainModelForm[LowChance]):
    class Meta:
        model = LowChance
        fields = ["words"]
        widgets = {"words": forms.Textarea(attrs={"rows": 3})}
