from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainModelForm
from pilots.models import Charter
from pilots.models.charter import SAID


class CharterForm(PlainModelForm[Charter]):
    """What an organisation says about AI in learning; what its pilots use is told from their records."""

    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = Charter
        fields = list(SAID)
        widgets = {
            "vision": forms.Textarea(attrs={"rows": 4}),
            "uses": forms.Textarea(attrs={"rows": 4}),
            "limits": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "vision": _("Two or three sentences that a learner understands."),
            "uses": _(
                "Such as: drafts of lessons that a person checks; practice conversations; translations."
            ),
            "limits": _("Such as: no decision about a person; no reading of moods; no grades."),
            "owner": _("A role, such as: Head of Learning. Whoever has the link reads this."),
            "governance": _("A role or a group that is not the owner."),
            "questions": _("An address or a place, such as: learning@example.com, or the works council."),
        }
