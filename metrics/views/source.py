from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.plain import check_texts
from accounts.tenancy import MemberRequest, member
from metrics import sources
from metrics.forms.metric import ScheduleForm
from metrics.models import Metric, Source
from metrics.sources import SourceError
from metrics.sources.recipes import Recipe, recipes


@member(Verb.MEASURE)
def source(request: MemberRequest, metric_id: int) -> HttpResponse:
    """Which kind of source: the first step, or what is connected now."""
    metric = get_object_or_404(Metric.objects.select_related("source"), pk=metric_id)
    context = {"metric": metric, "kinds": sources.kinds().values(), "recipes": recipes().values()}
    return render(request, "metrics/source.html", context)


@member(Verb.MEASURE, methods=["GET", "POST"])
def source_kind(request: MemberRequest, metric_id: int, kind: str) -> HttpResponse:
    """The form of one kind: connect, and the worker pulls at once."""
    metric = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
    if kind not in sources.kinds():
        return redirect("metric_source", request.organisation.slug, metric.pk)
    chosen = sources.kind(kind)
    existing: Source | None = getattr(metric, "source", None)
    known = existing.settings if existing and existing.kind == kind else {}
    ready = _recipe(request, kind)
    if ready:
        known = ready.initial(request.GET.dict())
    form = chosen.form_class(
        request.POST or None, request.FILES or None, initial={"kind": metric.kind, **known}
    )
    schedule = ScheduleForm(request.POST or None, initial=_schedule(existing))
    check_texts(form)
    if "upload" in form.fields:
        form.fields["upload"].required = not (existing and existing.upload)
    if (
        request.method == "POST"
        and form.is_valid()
        and schedule.is_valid()
        and _connected(request, metric, kind, form, schedule)
    ):
        messages.success(request, _("The source is connected. Its first values are being pulled."))
        return redirect("metric", request.organisation.slug, metric.pk)
    parts = _parts_of_recipe(form, ready, request.GET.dict()) if ready else _parts(form, known)
    context = {"metric": metric, "kind": chosen, "form": form, "schedule": schedule, "recipe": ready, **parts}
    return render(
        request, "metrics/source_kind.html", context, status=422 if request.method == "POST" else 200
    )


def _recipe(request: MemberRequest, kind: str) -> Recipe | None:
    """The ready-made settings that the address names, when they are for this kind."""
    ready = recipes().get(request.GET.get("recipe", ""))
    return ready if ready and ready.kind == kind else None


def _connected(request: MemberRequest, metric: Metric, kind: str, form: Any, schedule: forms.Form) -> bool:
    """Fetch once with what was typed, so that a wrong column is said beside its field; then connect."""
    upload = form.cleaned_data.get("upload")
    draft = Source(metric=metric, kind=kind, settings=form.settings(), connected_at=clock.now())
    existing: Source | None = getattr(metric, "source", None)
    if existing and existing.kind == kind:
        draft.sealed, draft.upload, draft.upload_name = existing.sealed, existing.upload, existing.upload_name
    try:
        draft.fetch(at=clock.now(), secrets=form.secrets(), upload=upload)
        Source.objects.connect(
            metric, kind, settings=form.settings(), secrets=form.secrets(), upload=upload, by=request.user,
            at=clock.now(), **schedule.cleaned_data,
        )  # fmt: skip
    except SourceError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True


def _parts(form: forms.Form, known: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that everybody fills in, and those that few need: folded, unless something is there."""
    seldom: tuple[str, ...] = getattr(form, "seldom", ())
    named: tuple[tuple[str, tuple[str, ...]], ...] = getattr(form, "folds", ())
    rest = tuple(name for name in seldom if not any(name in names for _label, names in named))
    folds = [*named, (_("More: single cases, groups, how dates are written"), rest)]
    return {
        "often": [field for field in form.visible_fields() if field.name not in seldom],
        "folds": [_fold(form, label, names, known) for label, names in folds if names],
    }


def _parts_of_recipe(form: forms.Form, recipe: Recipe, answers: Mapping[str, str]) -> dict[str, Any]:
    """First the questions; then the keys, and folded what is filled in: it can be read and changed."""
    questions = recipe.form(answers)
    names = [field.name for field in form.visible_fields() if field.name not in recipe.keys]
    return {
        "questions": questions,
        "answered": form.is_bound or not recipe.questions or questions.is_valid(),
        "often": [form[name] for name in recipe.keys],
        "folds": [_fold(form, _("What is filled in for you"), names, {})],
    }


def _fold(form: forms.Form, label: str, names: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    used = any(
        form[name].errors or known.get(name) not in {None, "", form[name].field.initial} for name in names
    )
    return {"label": label, "fields": [form[name] for name in names], "open": used}


def _schedule(existing: Source | None) -> dict[str, Any]:
    return existing.timing if existing else {}
