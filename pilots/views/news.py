"""What somebody is told, where and how often; and the channels where news go beside e-mail."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.models import Bucket, Channel, Membership, Preference
from accounts.models.channel import NameTakenError, RenewedAlreadyError
from accounts.tenancy import MemberRequest, member
from metrics.posting import post
from pilots.forms.news import ChannelForm, NewsForm, SharedChannelForm
from pilots.news import said_of, told_at

TRIES_PER_MINUTE: Final = 6


@member(Verb.SEE, methods=["GET", "POST"])
def news(request: MemberRequest) -> HttpResponse:
    choice = Preference.objects.of(request.membership)
    channels = list(request.membership.channels.all())
    form, status = NewsForm(request.POST or None, choice=choice, channels=channels), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            Preference.objects.choose(request.membership, at=clock.now(), **form.facts())
            messages.success(request, _("Your choice is kept."))
            return redirect("news", request.organisation.slug)
    context = {"form": form, "choice": choice, "channels": channels, "said": said_of(choice)}
    return render(request, "pilots/news.html", context, status=status)


@member(Verb.SEE, methods=["GET", "POST"])
def channel_new(request: MemberRequest) -> HttpResponse:
    """A channel of one's own. Its secret is shown on the answer to the form, and nowhere again."""
    form = ChannelForm(request.POST or None)
    added = _add(request, form, membership=request.membership)
    status = 422 if form.is_bound else 200
    return added or render(request, "pilots/channel_new.html", {"form": form}, status=status)


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def channels(request: MemberRequest) -> HttpResponse:
    """The organisation's own channels, with what is told there."""
    form = SharedChannelForm(request.POST or None)
    if added := _add(request, form):
        return added
    shared = request.organisation.channels.shared()
    rows = [(channel, told_at(channel)) for channel in shared]
    status = 422 if form.is_bound else 200
    return render(request, "pilots/channels.html", {"form": form, "rows": rows}, status=status)


@member(Verb.SEE, methods=["POST"])
def channel_test(request: MemberRequest, channel_id: int) -> HttpResponse:
    """Post a word there, at once, and say how it was answered."""
    channel = _channel(request, channel_id)
    if not Bucket.objects.take(f"channel-test:{request.user.pk}", size=TRIES_PER_MINUTE):
        messages.error(request, _("That was often. Wait a minute, then try again."))
        return _back(request, channel)
    posted = channel.try_out(post, at=clock.now())
    if posted.well:
        messages.success(
            request, _("A test went to “%(name)s”. Look whether it is there.") % {"name": channel}
        )
    else:
        messages.error(
            request, _("“%(name)s” took nothing: %(why)s") % {"name": channel, "why": posted.words}
        )
    return _back(request, channel)


@member(Verb.SEE, methods=["POST"])
def channel_secret(request: MemberRequest, channel_id: int) -> HttpResponse:
    """Another secret, shown on the answer and nowhere again."""
    channel = _channel(request, channel_id)
    if channel.kind != Channel.Kind.WEBHOOK:
        raise Http404
    try:
        secret = channel.renew_secret(was=request.POST.get("was", ""), by=request.user, at=clock.now())
    except RenewedAlreadyError:
        messages.error(request, _("Its secret is another one already. Renew it again if you did not see it."))
        return _back(request, channel)
    return _shown_once(request, channel, secret, renewed=True)


@member(Verb.SEE, methods=["POST"])
def channel_on(request: MemberRequest, channel_id: int) -> HttpResponse:
    channel = _channel(request, channel_id)
    channel.switch_on(by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” is on again.") % {"name": channel})
    return _back(request, channel)


@member(Verb.SEE, methods=["POST"])
def channel_end(request: MemberRequest, channel_id: int) -> HttpResponse:
    channel = _channel(request, channel_id)
    answer = _back(request, channel)
    channel.end(by=request.user, at=clock.now())
    messages.success(request, _("Nothing is posted to “%(name)s” any more.") % {"name": channel})
    return answer


def _channel(request: MemberRequest, channel_id: int) -> Channel:
    """One's own, or the organisation's for who administers; of somebody else's nobody knows."""
    mine = Q(membership=request.membership)
    if request.membership.may(Verb.ADMINISTER):
        mine |= Q(membership=None)
    return get_object_or_404(
        request.organisation.channels.select_related("organisation").filter(mine), pk=channel_id
    )


def _add(
    request: MemberRequest, form: ChannelForm, membership: Membership | None = None
) -> HttpResponse | None:
    """The answer to a form that was filled in rightly; None for a page that is only looked at, and for a form that is not."""
    if not form.is_valid():
        return None
    try:
        channel, secret = Channel.objects.add(
            request.organisation, by=request.user, at=clock.now(), membership=membership, **form.cleaned_data
        )
    except NameTakenError:
        form.add_error("name", _("There is a channel of that name already."))
        return None
    if not secret:
        messages.success(request, _("“%(name)s” is there. Send it a test.") % {"name": channel})
        return _back(request, channel)
    return _shown_once(request, channel, secret)


def _shown_once(
    request: MemberRequest, channel: Channel, secret: str, *, renewed: bool = False
) -> HttpResponse:
    context = {"channel": channel, "secret": secret, "renewed": renewed}
    response = render(request, "pilots/channel_added.html", context)
    add_never_cache_headers(response)
    return response


def _back(request: MemberRequest, channel: Channel) -> HttpResponse:
    return redirect("news" if channel.membership_id else "channels", request.organisation.slug)
