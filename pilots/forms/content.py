from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, PlainModelForm, needed_at_times
from accounts.uploads import LeftOut
from pilots import uploads
from pilots.models import ContentItem, ContentVersion
from pilots.models.checklist import Questions
from pilots.models.content import AiUse
from pilots.models.review import ReviewDecision
from pilots.models.version import Form

PASSAGES: Final = (1, 2, 3)
_WEB_ADDRESS: Final = URLValidator(schemes=["http", "https"])


def _text() -> forms.CharField:
    return forms.CharField(
        label=_("The content"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("As learners will see it. Markdown is shown as headings, lists and tables."),
    )


def _url() -> forms.CharField:
    return forms.CharField(
        label=_("The link"),
        max_length=2000,
        required=False,
        help_text=_("What lies behind it can change unseen: a text or a file is reviewed for good."),
    )


def _upload() -> forms.FileField:
    return forms.FileField(
        label=_("The file"),
        required=False,
        allow_empty_file=True,
        help_text=_(
            "PDF, Word, PowerPoint, Excel, SCORM, pictures, sound, film or plain text, at most 50 MB."
        ),
    )


def _form() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How you give it"),
        choices=Form.choices,
        initial=Form.TEXT,
        widget=forms.RadioSelect,
        help_text=_("Only what you choose here is kept."),
    )


class _GivesContent:
    """One of a text, a link and a file, as the form says; what stands in the other fields is left alone."""

    left_out: LeftOut | None = None
    cleaned_data: dict[str, Any]

    def check_content(self, form: forms.BaseForm) -> None:
        chosen = self.cleaned_data.get("form")
        if chosen == Form.TEXT and not self.cleaned_data.get("text") and "text" not in form.errors:
            form.add_error("text", _("Paste the text that learners will see."))
        if chosen == Form.LINK and "url" not in form.errors:
            self._check_address(form)
        if chosen == Form.FILE and self.left_out:
            form.add_error("upload", uploads.why_left_out(self.left_out))
        elif chosen == Form.FILE and self.cleaned_data.get("upload") is None and "upload" not in form.errors:
            form.add_error("upload", _("Choose the file."))

    def _check_address(self, form: forms.BaseForm) -> None:
        try:
            _WEB_ADDRESS(self.cleaned_data.get("url"))
        except ValidationError:
            form.add_error("url", _("Give the whole address, with https:// in front."))

    def content(self) -> dict[str, Any]:
        """What the verb is told of the content."""
        name = {Form.TEXT: "text", Form.LINK: "url", Form.FILE: "upload"}[self.cleaned_data["form"]]
        return {name: self.cleaned_data[name]}


class ContentForm(_GivesContent, PlainModelForm[ContentItem]):
    form = _form()
    text = _text()
    url = _url()
    upload = _upload()

    class Meta:
        model = ContentItem
        fields = [
            "title", "kind", "audience", "ai_use", "ai_tool", "ai_model", "ai_asked", "high_stakes", "needed_for_launch",
        ]  # fmt: skip
        widgets = {"ai_asked": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "audience": _("Such as: new carers in their first six weeks."),
            "ai_asked": _("The request, as far as you still have it. It is kept with the item."),
            "high_stakes": _("Two people review it then."),
        }

    def __init__(self, *args: Any, left_out: LeftOut | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left_out = left_out
        # A forced choice: nobody is led to "no" by a default.
        self.fields["ai_use"] = forms.ChoiceField(
            label=_("Was AI used?"), choices=AiUse.choices, widget=forms.RadioSelect
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_content(self)
        return cleaned

    def described(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class VersionForm(_GivesContent, PlainForm):
    form = _form()
    text = _text()
    url = _url()
    upload = _upload()
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=1_000_000)

    def __init__(
        self, *args: Any, newest: ContentVersion, left_out: LeftOut | None = None, **kwargs: Any
    ) -> None:
        known = {"form": newest.form, "text": newest.text, "url": newest.url, "after": newest.number}
        super().__init__(*args, initial=known, **kwargs)
        self.left_out = left_out

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_content(self)
        return cleaned


def _passage() -> forms.CharField:
    return forms.CharField(label=_("Passage, as it stands there"), max_length=500, required=False)


def _words() -> forms.CharField:
    return forms.CharField(
        label=_("What should change in it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReviewForm(PlainForm):
    fails = forms.MultipleChoiceField(
        label=_("Does any of these not hold?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what does not hold; leave them all open when everything is as it should be."),
    )
    confirmed = forms.BooleanField(label=_("I checked every line above."), required=False)
    decision = forms.ChoiceField(
        label=_("Your decision"), choices=ReviewDecision.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("A note for the maker"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when you ask for changes or reject it, unless you say it of a passage."),
    )
    passage_1 = _passage()
    words_1 = _words()
    passage_2 = _passage()
    words_2 = _words()
    passage_3 = _passage()
    words_3 = _words()
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    asked = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def __init__(self, *args: Any, version: ContentVersion, questions: Questions, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": version.sha256, "asked": questions.number}, **kwargs)
        self.version, self.questions = version, questions
        self.fields["fails"].choices = questions.lines  # type: ignore[attr-defined]
        needed_at_times(self, "note")

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.version.sha256:
            raise ValidationError(_("This is not the version that you read. Nothing was decided."))
        return str(self.cleaned_data["seen"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for number in PASSAGES:
            self._check_pair(f"passage_{number}", f"words_{number}")
        decision = cleaned.get("decision")
        if decision == ReviewDecision.APPROVE and cleaned.get("fails"):
            self.add_error("fails", _("Something does not hold: ask for changes, or reject it."))
        elif decision == ReviewDecision.APPROVE and not cleaned.get("confirmed"):
            self.add_error("confirmed", _("To approve it, check every line and say so."))
        objects = decision in {ReviewDecision.CHANGES, ReviewDecision.REJECT}
        if objects and not cleaned.get("note") and not self.passages() and not self.errors:
            self.add_error("note", _("Say what is missing, so that the maker can mend it."))
        return cleaned

    def _check_pair(self, passage: str, words: str) -> None:
        quoted, said = self.cleaned_data.get(passage), self.cleaned_data.get(words)
        if quoted and not said and words not in self.errors:
            self.add_error(words, _("Say what should change in this passage."))
        if said and not quoted and passage not in self.errors:
            self.add_error(passage, _("Quote the passage that this is about."))

    def passages(self) -> list[tuple[str, str]]:
        pairs = [
            (self.cleaned_data.get(f"passage_{n}") or "", self.cleaned_data.get(f"words_{n}") or "")
            for n in PASSAGES
        ]
        return [(quoted, said) for quoted, said in pairs if quoted and said]

    def told(self) -> dict[str, Any]:
        """What the verb is told."""
        given = self.cleaned_data
        holds = [key for key in self.questions.keys if given["confirmed"] and key not in given["fails"]]
        return {
            "decision": given["decision"], "checklist": holds, "note": given["note"], "passages": self.passages(),
            "asked": given["asked"],
        }  # fmt: skip


class ChecklistForm(PlainForm):
    questions = forms.CharField(
        label=_("What every reviewer is asked"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=_("One question a line, written so that “it holds” is the good answer."),
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def lines(self) -> list[str]:
        return str(self.cleaned_data["questions"]).splitlines()


class ReleaseForm(PlainForm):
    to = forms.CharField(
        label=_("Which learners get it"),
        max_length=200,
        help_text=_("Such as: the 46 new carers of four homes, in the welcome course."),
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=1_000_000)


class WithdrawalForm(PlainForm):
    reason = forms.CharField(
        label=_("Why it is taken back"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class IncidentForm(PlainForm):
    what = forms.CharField(
        label=_("What was wrong"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the learner saw, and what would have been right. No names of learners."),
    )
