from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.portfolio_lines import Lines
from pilots.portfolio_page import Wanted, choices, next_page, owners, tag_of, tiles


@member(Verb.SEE)
def pilots(request: MemberRequest) -> HttpResponse:
    """Every pilot a line, what needs an eye first. The filter stands in the address.

    htmx gets the lines alone; the open page that looks whether it is still true (``static/js/live.js``) gets lines and
    counts, or is told that nothing changed.
    """
    today, wanted = clock.today(), Wanted.read(request.GET)
    base = reverse("pilots", args=[request.organisation.slug])
    rows, after = wanted.page(today)
    may_plan = request.membership.may(Verb.PLAN)
    lines = Lines(base, today, request.organisation.minimum_group, moves=may_plan).of(rows)
    context: dict[str, Any] = {
        "lines": lines, "base": base, "wanted": wanted, "here": wanted.address(base),
        "first": replace(wanted, after=None).address(base) if wanted.after else "",
        "next": next_page(wanted, after, base),
    }  # fmt: skip
    live = bool(request.headers.get("X-Live"))
    if request.htmx and not live:  # type: ignore[attr-defined]
        return _part("results", context)
    context["tiles"] = tiles(request.organisation, base, today)
    context["tag"] = tag = tag_of(lines, after, context["tiles"])
    if live:
        unchanged = request.headers.get("If-None-Match") == tag
        return _tagged(HttpResponseNotModified() if unchanged else _part("live", context), tag)
    context |= {"owners": owners(request.organisation), "may_plan": may_plan, **choices()}
    return render(request, "pilots/portfolio.html", context)


def _part(name: str, context: dict[str, Any]) -> HttpResponse:
    """Without a head or a form: nothing of the request is in it."""
    return HttpResponse(render_to_string(f"pilots/portfolio.html#{name}", context))


def _tagged(answer: HttpResponse, tag: str) -> HttpResponse:
    answer["ETag"], answer["Cache-Control"] = tag, "private, no-cache"
    return answer
