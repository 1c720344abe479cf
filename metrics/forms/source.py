from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from accounts.forms.plain import check_texts
from metrics.sources import SourceError
from metrics.sources.mapping_form import MappingForm
from metrics.tried import consent_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metrics.sources import SourceKind


def source_form(
    kind: SourceKind,
    *,
    known: Mapping[str, Any],
    facts: Mapping[str, Any],
    data: QueryDict | None = None,
    files: Any = None,
    has_upload: bool = False,
    answering: bool = False,
) -> forms.Form:
    """The form of a kind, with the columns that the last try found and what it asks to agree to.

    ``answering`` says that the try was of this very form: its guesses and its question belong to it.
    """
    if data is not None and facts and answering:
        data = _with_guesses(data, known, facts)
    form = kind.form_class(data, files, initial=dict(known))
    check_texts(form)
    if "upload" in form.fields:
        form.fields["upload"].required = not has_upload
    if facts and isinstance(form, MappingForm):
        form.offer(facts["header"], facts["groups"])
        if facts["misfits"]:
            form.fields["leave_out"].label = consent_label(facts)
        if answering and (error := facts["error"]):
            form.ask(SourceError(error["message"], field=error["field"], readings=error["readings"]))
    return form


def _with_guesses(data: QueryDict, known: Mapping[str, Any], facts: Mapping[str, Any]) -> QueryDict:
    """What was guessed stands in the form as if it had been chosen: the next press of a button sends it."""
    filled = data.copy()
    for name in facts["guessed"]:
        if name in known and not filled.get(name):
            filled[name] = str(known[name])
    return filled
