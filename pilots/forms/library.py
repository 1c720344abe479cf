from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, VersionedForm
from metrics.models import Metric
from pilots.models import Entry, Pilot
from pilots.models.entry import EntryKind


class _DecidedPilots(forms.ModelChoiceField[Pilot]):
    """One of the pilots that were decided, the newest first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Pilot.objects.none(), **kwargs)


def _decided(form: forms.Form, name: str) -> None:
    """A class cannot know them: outside an organisation's scope there are none."""
    pilots = Pilot.objects.filter(outcome__isnull=False).select_related("outcome").order_by("-outcome__at")
    form.fields[name].queryset = pilots  # type: ignore[attr-defined]


class EntryForm(PlainForm):
    kind = forms.ChoiceField(label=_("What it is"), choices=EntryKind, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("In one sentence"),
        max_length=200,
        help_text=_("So that somebody with the same problem finds it."),
    )
    words = forms.CharField(
        label=_("In full"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The checklist, the prompt, what was said to whom; ready to be used again."),
    )
    pilot = _DecidedPilots(
        label=_("The pilot that taught it"), required=False, empty_label=_("none in particular")
    )
    metric = forms.ModelChoiceField(
        label=_("The metric"),
        queryset=Metric.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("For a metric that tells: whoever starts from it has it as theirs."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _decided(self, "pilot")
        self.fields["metric"].queryset = Metric.objects.order_by("name")  # type: ignore[attr-defined]


class MendForm(VersionedForm[Entry]):
    """Title and words of an entry, for whoever wrote them down."""

    class Meta:
        model = Entry
        fields = ("title", "words")


class WithdrawalForm(PlainForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever has a link to it reads this."),
    )


class WeighingForm(PlainForm):
    pilot = _DecidedPilots(label=_("Which pilot"), empty_label=None)
    supports = forms.TypedChoiceField(
        label=_("What it says of this"),
        choices=[("yes", _("supports it")), ("no", _("contradicts it"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("How so"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _decided(self, "pilot")


class CommentForm(PlainForm):
    words = forms.CharField(
        label=_("Your comment"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class TitleForm(PlainForm):
    title = forms.CharField(
        label=_("What the pilot is called"), max_length=120, help_text=_("Short, as people will speak of it.")
    )


class DuplicateForm(TitleForm):
    with_people = forms.BooleanField(
        label=_("Name the same people; each is asked and signs anew"), required=False, initial=True
    )


class OriginForm(PlainForm):
    origin = forms.ModelChoiceField(
        label=_("The pilot that it grew from"),
        queryset=Pilot.objects.none(),
        required=False,
        empty_label=_("none: it is the first of its chain"),
        help_text=_("The one without which nobody would have asked for this."),
    )

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Pilot.objects.filter(launch__isnull=False).exclude(pk=pilot.pk).order_by("title", "pk")
        self.fields["origin"].queryset = others  # type: ignore[attr-defined]
        self.initial["origin"] = pilot.grew_from_id


class SlideTemplateForm(PlainForm):
    upload = forms.FileField(
        label=_("A PowerPoint file (.pptx)"),
        help_text=_(
            "Slides are made on its first layout that has little more than a title. Its own slides are left out."
        ),
    )
