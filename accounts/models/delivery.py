"""The outbox for channels: one post, from its cause to its arrival."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.db import models

from accounts import posts
from accounts.models.job import Job

if TYPE_CHECKING:
    from accounts.models.channel import Channel

#: What a channel did not take within so long is not news any more.
NEWS_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Posted:
    """How an address answered: a status, or why there is none. ``wait`` is how long it wants to be left alone."""

    status: int = 0
    error: str = ""
    wait: timedelta | None = None

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """It says that there is nobody any more, so that asking again serves nobody."""
        return self.status == 410

    @property
    def words(self) -> str:
        return self.error or f"status {self.status}"


#: Posts a body to an address. Guarded against addresses of the inside, which is known further up (``metrics.posting``).
type Door = Callable[[str, Mapping[str, str], bytes], Posted]


class DeliveryManager(models.Manager["Delivery"]):
    def queue(self, channel: Channel, content: Mapping[str, Any], *, at: datetime) -> Delivery:
        """Write a post down with its cause, in the caller's transaction; a worker delivers it."""
        delivery = self.create(channel=channel, content=dict(content), created_at=at)
        Job.objects.want(Job.Kind.POST, delivery.pk, at=at)
        return delivery

    def want_again(self, *, at: datetime) -> None:
        waiting = self.filter(sent_at=None, created_at__gt=at - NEWS_FOR)
        Job.objects.want_all(Job.Kind.POST, list(waiting.values_list("pk", flat=True)), at=at)


class Delivery(models.Model):
    """One post to one channel. Sent perhaps twice under one ``uid``, never zero times while the channel is on."""

    channel = models.ForeignKey("accounts.Channel", on_delete=models.CASCADE, related_name="deliveries")
    uid = models.UUIDField(default=uuid4, unique=True)
    # What is told, in words and addresses; how it looks follows from the channel's kind.
    content = models.JSONField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = DeliveryManager()

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.uid} to {self.channel}"

    def send(self, door: Door, *, at: datetime) -> Posted | None:
        """Post it, unless that was done; how it was answered, or None when nothing was posted."""
        channel = self.channel
        if self.sent_at or channel.switched_off_at:
            return None
        posted = self._post(door, at)
        if posted.well:
            Delivery.objects.filter(pk=self.pk).update(sent_at=at)
            channel.worked(at=at)
        elif channel.failed(posted.words, gone=posted.gone, at=at):
            return None
        return posted

    def is_stale(self, at: datetime) -> bool:
        return at - self.created_at > NEWS_FOR

    def _post(self, door: Door, at: datetime) -> Posted:
        opened = self.channel.opened()
        body = posts.body(self.channel.kind, self.content, uid=str(self.uid))
        headers = posts.headers(body, uid=str(self.uid), secrets=self.channel.secrets(at), at=at)
        return door(opened["url"], headers, body)
