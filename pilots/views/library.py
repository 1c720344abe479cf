from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.plain import PlainForm
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.library import (
    CommentForm,
    DuplicateForm,
    EntryForm,
    MendForm,
    OriginForm,
    TitleForm,
    WeighingForm,
    WithdrawalForm,
)
from pilots.models import Entry, Finding, Pilot, Thanks
from pilots.models.entry import EntryKind
from pilots.views.shared import get_pilot
from pilots.wedge import wedge

PAGE: Final = 25
THANKED: Final = 5
WITHDRAWN: Final = "withdrawn"


@member(Verb.SEE)
def library(request: MemberRequest) -> HttpResponse:
    """What was learned and what can be used again. Kind and words stand in the address."""
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "")[:100].replace("\0", "")
    entries = Entry.objects.withdrawn() if kind == WITHDRAWN else Entry.objects.standing()
    found: QuerySet[Entry] = entries.with_counts().select_related("pilot__outcome", "metric")
    if kind in EntryKind.values:
        found = found.filter(kind=kind)
    found = found.matching(text) if text.strip() else found.order_by("-pk")  # type: ignore[attr-defined]
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    first = not (text or kind or page.number > 1)
    context = {
        "page": page, "kinds": [*EntryKind.choices, (WITHDRAWN, _("withdrawn"))], "kind": kind, "q": text,
        "honest": _honest() if first else [], "may_make": request.membership.may(Verb.MAKE),
    }  # fmt: skip
    template = "library/list.html#results" if request.htmx else "library/list.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _honest() -> list[Finding]:
    """The newest pilots without an effect: they spared everybody else the same six weeks."""
    found = Finding.objects.filter(verdict__in=["not_moved", "wrong_way", "unclear"])
    return list(
        found.select_related("pilot__outcome", "pilot__owner").order_by("-decided_on", "-pk")[:THANKED]
    )


@member(Verb.MAKE, methods=["GET", "POST"])
@once
def entry_new(request: MemberRequest) -> HttpResponse:
    form = EntryForm(request.POST or None, initial={"kind": request.GET.get("kind", EntryKind.LEARNING)})
    made: list[Entry] = []
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: made.append(
                Entry.objects.add(request.organisation, by=request.user, at=clock.now(), **form.cleaned_data)
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("entry", request.organisation.slug, made[0].pk)
    return render(request, "library/new.html", {"form": form}, status=status)


@member(Verb.SEE)
def entry(request: MemberRequest, entry_id: int) -> HttpResponse:
    return _page(request, _get(request, entry_id))


@member(Verb.MAKE, methods=["GET", "POST"])
def entry_words(request: MemberRequest, entry_id: int) -> HttpResponse:
    """Title and words, said better by whoever wrote them down."""
    found = _kept_by(request, entry_id)
    form = MendForm(request.POST or None, instance=found, initial={"version": found.version})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form, lambda: found.mend(by=request.user, at=clock.now(), **form.changes()), RefusedError
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("It is saved."))
            return redirect("entry", request.organisation.slug, entry_id)
    return render(request, "library/words.html", {"entry": found, "form": form}, status=status)


@member(Verb.MAKE, methods=["GET", "POST"])
def entry_withdrawal(request: MemberRequest, entry_id: int) -> HttpResponse:
    """Let nobody build on it any more, and say why."""
    found = _kept_by(request, entry_id)
    form = WithdrawalForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form, lambda: found.withdraw(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("It is withdrawn."))
            return redirect("entry", request.organisation.slug, entry_id)
    return render(request, "library/withdrawal.html", {"entry": found, "form": form}, status=status)


@member(Verb.MAKE, methods=["POST"])
def entry_restoration(request: MemberRequest, entry_id: int) -> HttpResponse:
    _kept_by(request, entry_id).restore(by=request.user, at=clock.now())
    return redirect("entry", request.organisation.slug, entry_id)


@member(Verb.PLAN, methods=["POST"])
@once
def entry_weighing(request: MemberRequest, entry_id: int) -> HttpResponse:
    """A decided pilot that supports what was learned, or contradicts it."""
    return _posted(request, entry_id, WeighingForm(request.POST), "weighing", lambda entry: entry.weigh)


@member(Verb.MAKE, methods=["POST"])
@once
def entry_comments(request: MemberRequest, entry_id: int) -> HttpResponse:
    return _posted(request, entry_id, CommentForm(request.POST), "comment", lambda entry: entry.comment)


@member(Verb.MAKE, methods=["POST"])
def entry_thanks(request: MemberRequest, entry_id: int) -> HttpResponse:
    """ "This helped me", once a person."""
    _get(request, entry_id).thank(by=request.user, at=clock.now())
    return redirect("entry", request.organisation.slug, entry_id)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def entry_pilot(request: MemberRequest, entry_id: int) -> HttpResponse:
    """Start a pilot from it."""
    found = _get(request, entry_id)
    form = TitleForm(request.POST or None)
    started: list[Pilot] = []
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: started.append(found.start_pilot(by=request.user, at=clock.now(), **form.cleaned_data)),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_problem", request.organisation.slug, started[0].pk)
    return render(request, "library/start.html", {"entry": found, "form": form}, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def duplicate(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The same plan once more, for other people or another time."""
    pilot = get_pilot(request, pilot_id)
    form = DuplicateForm(
        request.POST or None, initial={"title": _("%(title)s, again") % {"title": pilot.title}}
    )
    made: list[Pilot] = []
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: made.append(pilot.duplicate(by=request.user, at=clock.now(), **form.cleaned_data)),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_problem", request.organisation.slug, made[0].pk)
    return render(request, "pilots/duplicate.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
def origin(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Say which pilot this one grew from."""
    pilot = get_pilot(request, pilot_id)
    form = OriginForm(request.POST or None, pilot=pilot)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: pilot.name_origin(form.cleaned_data["origin"], by=request.user, at=clock.now()),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("It is written down."))
            return redirect("pilot", request.organisation.slug, pilot.pk)
    return render(request, "pilots/origin.html", {"pilot": pilot, "form": form}, status=status)


def _get(request: MemberRequest, entry_id: int) -> Entry:
    thanks = Thanks.objects.filter(entry=OuterRef("pk"), person=request.user)
    found = (
        Entry.objects.with_counts()
        .select_related("pilot__outcome", "metric", "by")
        .annotate(thanked=Exists(thanks))
    )
    entry: Entry = get_object_or_404(found, pk=entry_id)
    entry.organisation = request.organisation
    return entry


def _keeps(request: MemberRequest, entry: Entry) -> bool:
    """Whether it is theirs to mend and to withdraw: who wrote it down, or an administrator."""
    return entry.by_id == request.user.pk or request.membership.may(Verb.ADMINISTER)


def _kept_by(request: MemberRequest, entry_id: int) -> Entry:
    """What is theirs; for everybody else there is nothing here to mend."""
    entry = _get(request, entry_id)
    if not _keeps(request, entry):
        raise Http404
    return entry


def _page(
    request: MemberRequest, entry: Entry, status: int = HTTPStatus.OK, **forms: PlainForm
) -> HttpResponse:
    """The entry with what people say about it; ``forms`` are those that were refused."""
    may_plan = request.membership.may(Verb.PLAN)
    context = {
        "entry": entry,
        "withdrawal": entry.withdrawal,
        "keeps": _keeps(request, entry),
        "weighings": list(entry.weighings.select_related("pilot__outcome").order_by("-supports", "pk")),
        "comments": list(entry.comments.select_related("by")),
        "wedge": wedge(entry.pilot, clock.today()) if entry.pilot else [],
        "may_plan": may_plan,
        "may_make": request.membership.may(Verb.MAKE),
        "weighing": forms.get("weighing")
        or (WeighingForm() if may_plan and entry.kind == EntryKind.LEARNING else None),
        "comment": forms.get("comment") or CommentForm(),
    }
    return render(request, "library/entry.html", context, status=status)


def _posted(
    request: MemberRequest,
    entry_id: int,
    form: PlainForm,
    name: str,
    verb: Callable[[Entry], Callable[..., object]],
) -> HttpResponse:
    entry = _get(request, entry_id)
    status = attempt(
        form, lambda: verb(entry)(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
    )
    if status == HTTPStatus.OK:
        return redirect("entry", request.organisation.slug, entry_id)
    return _page(request, entry, status, **{name: form})
