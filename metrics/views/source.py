from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from metrics import sources
from metrics.forms.metric import ScheduleForm
from metrics.forms.source import source_form
from metrics.models import Metric, Source, SourceDraft
from metrics.sources import SourceError
from metrics.sources.file import MAX_BYTES, too_large
from metrics.sources.mapping import EVENTS
from metrics.sources.mapping_form import MappingForm
from metrics.sources.observations import is_agreed
from metrics.sources.recipes import Recipe, recipes
from metrics.tried import tried_page


@member(Verb.MEASURE)
def source(request: MemberRequest, metric_id: int) -> HttpResponse:
    """Which kind of source: the first step, or what is connected now."""
    metric = get_object_or_404(Metric.objects.select_related("source"), pk=metric_id)
    offered = {"kinds": sources.kinds().values(), "recipes": recipes().values()}
    return render(request, "metrics/source.html", {"metric": metric, **offered})


@member(Verb.MEASURE, methods=["GET", "POST"])
def source_kind(request: MemberRequest, metric_id: int, kind: str) -> HttpResponse:
    """The form of one kind, with what was tried; a POST keeps it, and the worker pulls at once."""
    desk = _Desk.of(request, metric_id, kind)
    if desk is None:
        return redirect("metric_source", request.organisation.slug, metric_id)
    if request.method != "POST":
        return desk.page()
    form, schedule = desk.form(), ScheduleForm(request.POST)
    if not (schedule.is_valid() and form.is_valid()):
        return desk.page(form, schedule)
    if desk.has_changed(form):
        return desk.tried(
            form,
            _("Something was changed since the last try. This is what it gives now: keep it if it is right."),
        )
    if desk.misfits and not form.cleaned_data.get("leave_out"):
        form.add_error("leave_out", _("Agree to leave them out, or mend these rows and try it again."))
        return desk.page(form, schedule)
    try:
        desk.keep(form, schedule)
    except SourceError as refused:
        form.add_error(None, refused.message)
        return desk.page(form, schedule)
    messages.success(request, _("The source is connected. Its first values are being pulled."))
    return redirect("metric", request.organisation.slug, metric_id)


@member(Verb.MEASURE, methods=["POST"])
def source_trial(request: MemberRequest, metric_id: int, kind: str) -> HttpResponse:
    """Fetch with what was typed and show what came of it. Nothing of the metric changes."""
    desk = _Desk.of(request, metric_id, kind)
    if desk is None:
        raise Http404
    form = desk.form()
    return desk.tried(form) if form.is_valid() else desk.page(form)


@member(Verb.MEASURE, methods=["POST"])
def file(request: MemberRequest, metric_id: int) -> HttpResponse:
    """A newer file for a connected file source: taken at once when it reads as well as the one before."""
    desk = _Desk.of(request, metric_id, "file")
    if desk is None or desk.existing is None:
        raise Http404
    existing, upload = desk.existing, request.FILES.get("upload")
    if upload is None or not upload.size or upload.size > MAX_BYTES:
        messages.error(request, too_large() if upload and upload.size else _("Choose the newer file first."))
        return redirect("metric", request.organisation.slug, metric_id)
    desk.try_out(existing.settings, upload=upload)
    if (
        desk.draft is None
        or desk.facts["error"]
        or not is_agreed(existing.settings.get("leave_out"), desk.misfits, desk.facts["of"])
    ):
        messages.warning(
            request, _("The newer file does not read like the one before. Nothing was changed yet.")
        )
        return redirect(desk.address())
    desk.draft.keep(
        leave_out=True, agreed=existing.settings.get("leave_out"), by=request.user, at=clock.now(),
        **existing.timing,
    )  # fmt: skip
    messages.success(request, _("The newer file is taken. Its values are being pulled."))
    return redirect("metric", request.organisation.slug, metric_id)


# What is mostly filled in where rows are days, and where they are single cases.
_OFTEN: Final = {
    False: ("date_column", "value_column", "numerator_column", "denominator_column"),
    True: ("rows", "date_column", "outcome_column", "outcome", "threshold", "who_column"),
}


@dataclass
class _Desk:
    """One person at the form of one kind of source for one metric."""

    request: MemberRequest
    metric: Metric
    kind: str
    existing: Source | None
    draft: SourceDraft | None

    @classmethod
    def of(cls, request: MemberRequest, metric_id: int, kind: str) -> _Desk | None:
        metric = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
        if kind not in sources.kinds() or not sources.kind(kind).is_pulled:
            return None
        connected: Source | None = getattr(metric, "source", None)
        existing = connected if connected and connected.kind == kind else None
        draft = SourceDraft.objects.mine(metric, kind, by=request.user, at=clock.now())
        return cls(request, metric, kind, existing, draft)

    @cached_property
    def chosen(self) -> sources.SourceKind:
        return sources.kind(self.kind)

    @property
    def facts(self) -> dict[str, Any]:
        return self.draft.facts if self.draft else {}

    @property
    def misfits(self) -> int:
        return int(self.facts.get("misfits", 0))

    @cached_property
    def recipe(self) -> Recipe | None:
        """The ready-made settings that the address names, when they are for this kind and nothing was typed yet."""
        ready = recipes().get(self.request.GET.get("recipe", ""))
        return ready if ready and ready.kind == self.kind and self.request.method != "POST" else None

    @property
    def known(self) -> dict[str, Any]:
        if self.recipe:
            return self.recipe.initial(self.request.GET.dict())
        holder = self.draft or self.existing
        return dict(holder.settings) if holder else {}

    def address(self) -> str:
        return reverse("metric_source_kind", args=[self.request.organisation.slug, self.metric.pk, self.kind])

    def form(self, *, answering: bool = False) -> Any:
        """Bound to what was posted; in a GET to nothing."""
        posted = self.request.method == "POST"
        return source_form(
            self.chosen, known=self.known, answering=answering or not posted, facts=self.facts, has_upload=bool(self.upload_name),
            data=self.request.POST if posted else None, files=self.request.FILES if posted else None,
        )  # fmt: skip

    @property
    def upload_name(self) -> str:
        for holder in (self.draft, self.existing):
            if holder and holder.upload:
                return holder.upload_name
        return ""

    def has_changed(self, form: Any) -> bool:
        """Whether what would be kept is not what was tried and understood."""
        if self.draft is None or not self.facts or self.facts["error"]:
            return True
        typed = json.loads(json.dumps(form.settings()))
        return bool(form.secrets() or form.cleaned_data.get("upload")) or typed != self.draft.settings

    def try_out(self, settings: dict[str, Any], **given: Any) -> None:
        self.draft = SourceDraft.objects.try_out(
            self.metric, self.kind, settings=settings, by=self.request.user, at=clock.now(), **given
        )

    def tried(self, form: Any, note: str = "") -> HttpResponse:
        """Try what the form says: to the page that shows it, or back to the form with what is wrong or open."""
        schedule = ScheduleForm(self.request.POST)
        self.try_out(
            form.settings(),
            secrets=form.secrets(),
            upload=form.cleaned_data.get("upload"),
            schedule=schedule.cleaned_data if schedule.is_valid() else None,
        )
        if self.facts["error"]:
            return self.page(self.form(answering=True))
        if note:
            messages.warning(self.request, note)
        return redirect(self.address())

    def keep(self, form: Any, schedule: forms.Form) -> None:
        assert self.draft, "what is kept was tried"
        self.draft.keep(
            leave_out=bool(form.cleaned_data.get("leave_out")), by=self.request.user, at=clock.now(),
            **schedule.cleaned_data,
        )  # fmt: skip

    def schedule(self) -> ScheduleForm:
        """As it was posted; else as it was tried, or is now."""
        if "schedule" in self.request.POST:
            return ScheduleForm(self.request.POST)
        connected = self.existing.timing if self.existing else {}
        return ScheduleForm(initial=self.facts.get("schedule") or connected)

    def page(self, form: Any = None, schedule: forms.Form | None = None) -> HttpResponse:
        status = 200 if form is None else 422
        form = form or self.form()
        tried = tried_page(self.facts, self.metric, clock.today())
        asked = (self.facts.get("error") or {}).get("field", "")
        parts = self._parts_of_recipe(form) if self.recipe else _parts(form, self.known, asked)
        context = {
            "metric": self.metric, "kind": self.chosen, "form": form, "tried": None if self.recipe else tried, "recipe": self.recipe,
            "schedule": schedule or self.schedule(), "upload_name": self.upload_name,
            "secrets_kept": bool(self.draft and self.draft.sealed), "may_keep": bool(tried and not tried["error"]), **parts,
        }  # fmt: skip
        return render(self.request, "metrics/source_kind.html", context, status=status)

    def _parts_of_recipe(self, form: forms.Form) -> dict[str, Any]:
        """First the questions; then the keys, and folded what is filled in: it can be read and changed."""
        assert self.recipe
        answers = self.request.GET.dict()
        questions = self.recipe.form(answers)
        filled_in = [
            field for field in form.visible_fields() if field.name not in {*self.recipe.keys, "leave_out"}
        ]
        return {
            "questions": questions,
            "answered": not self.recipe.questions or questions.is_valid(),
            "place": [form[name] for name in self.recipe.keys],
            "folds": [{"label": _("What is filled in for you"), "fields": filled_in, "open": False}],
        }


def _parts(form: forms.Form, known: Mapping[str, Any], asked: str) -> dict[str, Any]:
    """Where it is; which column means what; and what few need: folded, unless something is there.

    What the try asked about is answered where the try is shown.
    """
    mapping = [name for name in MappingForm.base_fields if name in form.fields and name != "leave_out"]
    often = _OFTEN[form["rows"].value() == EVENTS] if mapping else ()
    asked = asked if asked in mapping and asked not in often else ""
    named: tuple[tuple[str, tuple[str, ...]], ...] = getattr(form, "folds", ())
    folded = {name for _label, names in named for name in names}
    own = [name for name in getattr(form, "seldom", ()) if name not in {*mapping, *folded}]
    rest = [*own, *(name for name in mapping if name not in {*often, asked})]
    folds = [*named, (_("More: what a row stands for, groups, how dates are written"), rest)]
    apart = {*mapping, *folded, *own, "leave_out"}
    return {
        "place": [field for field in form.visible_fields() if field.name not in apart],
        "columns": [form[name] for name in often],
        "folds": [_fold(form, label, names, known) for label, names in folds if names],
        "question": form[asked] if asked else None,
        "columns_wrong": any(form[name].errors for name in often),
    }


def _fold(form: forms.Form, label: str, names: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    used = any(
        form[name].errors or known.get(name) not in {None, "", form[name].field.initial} for name in names
    )
    return {"label": label, "fields": [form[name] for name in names], "open": used}
