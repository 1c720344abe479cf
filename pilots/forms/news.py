from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.people import zones
from accounts.forms.plain import PlainForm
from accounts.models import Channel, Preference, Rhythm, Topic
from accounts.models.channel import ChannelKind
from accounts.models.preference import MAIL, WEEKLY
from metrics.forms.metric import TimeInput
from metrics.posting import refusal

#: What each line of the page says below its name.
ABOUT: Final = {
    Topic.FLAG: _("It does not move, its data stay away, a condition is open …"),
    Topic.DECISION: _("The last figures are in, and a decision is due."),
    Topic.AGREEMENT: _("On the plans of your pilots."),
    Topic.REVIEW: _("Content of pilots whose reviewer you are."),
    Topic.CHECK_IN: _("With the link to the form; it takes less than a minute."),
    Topic.OUTCOME: _("What came of it, and what follows."),
    Topic.DIGEST: _("What moved, what did not, what needs a decision. To read, and to hand on."),
}
_ONCE_A_WEEK: Final = [(Rhythm.WEEKLY, _("once a week")), (Rhythm.NEVER, _("not at all"))]


class NewsForm(PlainForm):
    """Somebody's choice: a line for each topic that their role can be told of, and when they want peace."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=TimeInput)
    quiet_until = forms.TimeField(label=_("until"), widget=TimeInput)
    weekends = forms.BooleanField(label=_("Also on Saturdays and Sundays"), required=False)
    time_zone = forms.ChoiceField(label=_("Your time zone"), required=False, choices=list)

    def __init__(self, *args: Any, choice: Preference, channels: Sequence[Channel], **kwargs: Any) -> None:
        initial = {
            "quiet_from": choice.quiet_from, "quiet_until": choice.quiet_until, "weekends": choice.weekends,
            "time_zone": choice.time_zone,
        }  # fmt: skip
        super().__init__(*args, initial=initial, **kwargs)
        ours = choice.membership.organisation.time_zone.replace("_", " ")
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", _("as the organisation's: %(zone)s") % {"zone": ours}), *zones()
        ]  # fmt: skip
        self.topics = list(choice.topics.items())
        for topic, rhythm in self.topics:
            self.fields[f"rhythm_{topic}"] = forms.ChoiceField(
                label=Topic(topic).label,
                choices=_ONCE_A_WEEK if topic in WEEKLY else Rhythm.choices,
                initial=rhythm.value,
            )
        self.has_channels = bool(channels)
        if channels:
            self._ask_where(choice, [(MAIL, _("E-mail")), *((str(one.pk), one.name) for one in channels)])

    def _ask_where(self, choice: Preference, places: list[tuple[str, Any]]) -> None:
        """Only where there is more than one place to choose from. A note is asked for by mail."""
        for topic in self._placed():
            self.fields[f"places_{topic}"] = forms.MultipleChoiceField(
                label=_("Where"),
                choices=places,
                required=False,
                initial=choice.places.get(topic, [MAIL]),
                widget=forms.CheckboxSelectMultiple,
            )

    def _placed(self) -> list[Topic]:
        return [topic for topic, _rhythm in self.topics if self.has_channels and topic != Topic.CHECK_IN]

    def lines(self) -> Iterator[dict[str, Any]]:
        """One a topic, for the page's table."""
        for topic, _rhythm in self.topics:
            yield {
                "label": Topic(topic).label,
                "about": ABOUT[topic],
                "rhythm": self[f"rhythm_{topic}"],
                "places": self[f"places_{topic}"] if topic in self._placed() else None,
            }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for topic in self._placed():
            if cleaned.get(f"rhythm_{topic}") != Rhythm.NEVER and not cleaned.get(f"places_{topic}"):
                self.add_error(f"places_{topic}", _("Say where, or choose “not at all”."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What the verb is told."""
        cleaned = self.cleaned_data
        return {
            "rhythms": {topic.value: cleaned[f"rhythm_{topic}"] for topic, _rhythm in self.topics},
            "places": {topic.value: cleaned.get(f"places_{topic}", [MAIL]) for topic, _rhythm in self.topics},
            **{name: cleaned[name] for name in ("quiet_from", "quiet_until", "weekends", "time_zone")},
        }


class ChannelForm(PlainForm):
    """A channel of one's own."""

    name = forms.CharField(
        label=_("What you call it"), max_length=60, help_text=_("Such as “Slack, #learning”.")
    )
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=ChannelKind.choices,
        initial=ChannelKind.SLACK,
        widget=forms.RadioSelect,
    )
    url = forms.CharField(
        label=_("Its address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=_(
            "Slack: an incoming webhook. Teams: the workflow “When a Teams webhook request is received”. Whoever has the "
            "address can post there, so it is kept as a password is, and never shown again."
        ),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if reason := refusal(url):
            raise forms.ValidationError(reason)
        return url


class SharedChannelForm(ChannelForm):
    """A channel of the organisation: what is told there stands with it."""

    topics = forms.MultipleChoiceField(
        label=_("What is told there, of every pilot"),
        choices=[
            (Topic.FLAG, _("a flag is raised")),
            (Topic.DECISION, _("its six weeks are over")),
            (Topic.AGREEMENT, _("somebody answers, signs or declines")),
            (Topic.REVIEW, _("an item waits for a review")),
            (Topic.OUTCOME, _("it is decided")),
            (Topic.DIGEST, _("once a week, the digest of them all")),
        ],
        initial=[Topic.FLAG, Topic.DECISION, Topic.OUTCOME],
        widget=forms.CheckboxSelectMultiple,
    )
