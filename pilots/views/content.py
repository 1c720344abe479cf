from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from accounts.uploads import left_out, takes_files
from pilots import uploads
from pilots.content_page import content_page
from pilots.errors import RefusedError
from pilots.forms.content import ContentForm, ReleaseForm, ReviewForm, VersionForm
from pilots.models import Checklist, ContentItem
from pilots.review_queue import next_after
from pilots.views.shared import get_item, get_pilot


@member(Verb.SEE)
def pilot_content(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    items = pilot.content.select_related("maker")
    return render(request, "pilots/content.html", {"pilot": pilot, "items": items})


@takes_files(uploads.LARGEST)
@member(Verb.MAKE, methods=["GET", "POST"])
@once
def content_new(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = ContentForm(request.POST or None, request.FILES or None, left_out=left_out(request, "upload"))
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: ContentItem.objects.make(
                pilot, by=request.user, at=clock.now(), **form.content(), **form.described()
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_content", request.organisation.slug, pilot.pk)
    return render(request, "pilots/content_new.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.SEE)
def content_item(request: MemberRequest, pilot_id: int, item_id: int) -> HttpResponse:
    return item_page(request, get_item(request, pilot_id, item_id))


@takes_files(uploads.LARGEST)
@member(Verb.MAKE, methods=["GET", "POST"])
@once
def content_version(request: MemberRequest, pilot_id: int, item_id: int) -> HttpResponse:
    item = get_item(request, pilot_id, item_id)
    newest = item.newest_version()
    form = VersionForm(
        request.POST or None, request.FILES or None, newest=newest, left_out=left_out(request, "upload")
    )
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: item.add_version(
                by=request.user, at=clock.now(), after=form.cleaned_data["after"], **form.content()
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("content_item", request.organisation.slug, pilot_id, item.pk)
    reviews = (
        newest.reviews.exclude(decision="approve").select_related("reviewer").prefetch_related("passages")
    )
    context = {"pilot": item.pilot, "item": item, "form": form, "reviews": reviews}
    return render(request, "pilots/content_version.html", context, status=status)


@member(Verb.SEE)
def content_file(request: MemberRequest, pilot_id: int, item_id: int, number: int) -> HttpResponse:
    """The file of a version, to be saved and never shown by the browser itself."""
    item = get_item(request, pilot_id, item_id)
    version = get_object_or_404(item.versions.filter(form="file"), number=number)
    try:
        content = version.file.open()
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=True, filename=version.file_name, content_type=version.file_type
    )
    # Whatever a browser makes of it, nothing in it runs with our address.
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return cast("HttpResponse", response)


@member(Verb.REVIEW, methods=["POST"])
def review(request: MemberRequest, pilot_id: int, item_id: int, number: int) -> HttpResponse:
    """Decide on the version that was read: its number is in the address, its hash in the form."""
    item = get_item(request, pilot_id, item_id)
    version = get_object_or_404(item.versions.all(), number=number)
    version.item = item
    form = ReviewForm(
        request.POST, version=version, questions=Checklist.objects.current(request.organisation)
    )
    following = next_after(item, request.user, request.organisation)
    status = attempt(
        form, lambda: version.review(by=request.user, at=clock.now(), **form.told()), RefusedError
    )
    if status != HTTPStatus.OK:
        return item_page(request, item, status, form=form)
    messages.success(request, _("Your decision on “%(title)s” is written down.") % {"title": item})
    if following is None:
        return redirect("reviews", request.organisation.slug)
    return redirect("content_item", request.organisation.slug, following.pilot_id, following.pk)


def item_page(
    request: MemberRequest, item: ContentItem, status: int = HTTPStatus.OK, **forms: Any
) -> HttpResponse:
    """The page of an item; ``form`` is a review that came back, ``release_form`` a release."""
    context = content_page(item, request.user, request.membership)
    if context["may_review"] or "form" in forms:
        context["may_review"] = True
        context["is_waited_for"] = bool(item.waits_for) or "form" in forms
        context["form"] = ReviewForm(
            version=context["newest"], questions=Checklist.objects.current(request.organisation)
        )
        context["following"] = (
            next_after(item, request.user, request.organisation) if item.waits_for else None
        )
    if context["may_release"] or "release_form" in forms:
        context["may_release"] = True
        context["release_form"] = ReleaseForm(initial={"number": context["newest"].number})
    return render(request, "pilots/content_item.html", {**context, **forms}, status=status)
