"""Pages that only a demonstration has: the mail that would have been sent, posts to a program, and a feed to pull from."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from config.demo import series

MOST = 100


@never_cache
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """The demonstration's post box: what would have gone out, newest first."""
    files = sorted(Path(settings.MAIL_DIR).glob("*.log"), reverse=True)[:MOST]
    read = (letter for file in files for letter in letters(file))
    return render(request, "demo/mail.html", {"letters": [_shown(letter) for letter in read]})


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def posts(request: HttpRequest) -> HttpResponse:
    """A program that listens: it takes posts whose signature is right, and shows the newest."""
    from config.demo import listener

    if request.method == "POST":
        right = listener.is_ours(request.headers, request.body)
        if right:
            listener.keep(request.body, at=clock.now())
        return HttpResponse(status=204 if right else 401)
    return render(request, "demo/posts.html", {"posts": listener.shown()})


@never_cache
@require_safe
def feed(request: HttpRequest, name: str) -> JsonResponse:
    """One of the demonstration's series as a business system would answer, up to yesterday."""
    rows = series.feed(name, until=clock.today())
    if rows is None:
        raise Http404
    return JsonResponse({"records": rows})


def letters(file: Path) -> list[EmailMessage]:
    """The mails in one of the mailer's files: those of one second may share it. Newest first."""
    parts = file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
    return [message_from_bytes(part, policy=policy.default) for part in reversed(parts) if part.strip()]


def _shown(letter: EmailMessage) -> dict[str, str]:
    body = letter.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    return {
        "to": str(letter["To"]),
        "subject": str(letter["Subject"]),
        "date": str(letter["Date"]),
        "text": text,
    }
