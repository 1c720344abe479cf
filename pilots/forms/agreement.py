from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.forms.plain import VersionedForm
from accounts.templatetags.words import VERDICTS
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
