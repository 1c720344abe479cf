from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.links import read_signed
from accounts.models import MailList, Membership, Preference


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click ends mails of a list (RFC 8058): mail programs post here without cookies, people press the page's button.

    Opening it changes nothing, because scanners open links. What the token says was signed by us.
    """
    membership, mails = _read(token)
    if membership is None:
        return render(request, "accounts/unsubscribe_gone.html", status=404)
    if request.method == "POST":
        if request.POST.get("again"):
            Preference.objects.come_back(membership, mails)
        else:
            Preference.objects.leave(membership, mails, at=clock.now())
    choice = Preference.objects.filter(membership=membership).first()
    left = choice is not None and (choice.left_news_at if mails == MailList.NEWS else choice.left_digest_at)
    context = {
        "organisation": membership.organisation,
        "membership": None,
        "email": membership.person.email,
        "mails": MailList(mails).label,
        "left": bool(left),
    }
    response = render(request, "accounts/unsubscribe.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _read(token: str) -> tuple[Membership | None, str]:
    who, _, mails = (read_signed("unsubscribe", token) or "").partition(":")
    if not who or mails not in MailList.values:
        return None, ""
    found = Membership.objects.select_related("organisation", "person").filter(pk=who).first()
    return found, mails
