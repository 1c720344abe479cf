from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.tokens import TokenForm
from accounts.models import ApiToken
from accounts.tenancy import MemberRequest, member


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def tokens(request: MemberRequest) -> HttpResponse:
    """Tokens for programs. A new one is shown on the answer to the form itself, and nowhere again."""
    form, raw, status = TokenForm(request.POST or None, organisation=request.organisation), "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            at = clock.now()
            _token, raw = ApiToken.objects.make(
                request.organisation, by=request.user, at=at, **form.facts(at)
            )
            form, status = TokenForm(organisation=request.organisation), 200
    standing = (
        request.organisation.tokens.standing(clock.now())
        .select_related("member__person", "created_by")
        .order_by("-pk")
    )
    context = {"form": form, "raw": raw, "tokens": standing}
    response = render(request, "accounts/tokens.html", context, status=status)
    add_never_cache_headers(response)
    return response


@member(Verb.ADMINISTER, methods=["POST"])
def token_end(request: MemberRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(request.organisation.tokens, pk=token_id)
    token.revoke(by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("tokens", request.organisation.slug)
