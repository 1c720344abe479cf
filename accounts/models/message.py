from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.mail import make_msgid
from django.db import models
from django.template.loader import render_to_string, select_template

from accounts.letter import Letter
from accounts.links import code_for, signed_for, token_for
from accounts.models.job import Job
from accounts.models.person import Person


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    mime: str


type Maker = Callable[[str], Attachment]

#: Who makes the attachments of which purpose: rooms above this one say so when they start.
MAKERS: Final[dict[str, Maker]] = {}


class MessageManager(models.Manager["Message"]):
    def queue(
        self,
        template: str,
        *,
        to: str,
        at: datetime,
        context: Mapping[str, Any],
        link: str = "",
        attachment: str = "",
        organisation: Any = None,
        mail_list: str = "",
        reply_to: str = "",
    ) -> Message:
        """Write a mail down with its cause, in the caller's transaction; a worker delivers it.

        ``context`` is plain JSON; its ``pictures`` (names → SVG) go with the mail. ``link`` is ``purpose:key``: the token
        is made when the mail is, so that no usable link stands in the database; ``code:key`` is six digits instead.
        ``attachment`` is ``purpose:key`` too: its file is made when the mail is (``MAKERS``). To nobody ("") nothing is
        sent. ``mail_list`` is ``membership:list``, for mails that one click ends.
        """
        message = self.create(
            template=template,
            to=to,
            context=dict(context),
            link=link,
            attachment=attachment,
            organisation=organisation,
            mail_list=mail_list,
            reply_to=reply_to,
            created_at=at,
            message_id=make_msgid(domain="pilotlight"),
        )
        Job.objects.want(Job.Kind.DELIVER, message.pk, at=at)
        return message


class Message(models.Model):
    """The outbox: one e-mail, from its cause to its delivery. Sent perhaps twice, never zero times."""

    organisation = models.ForeignKey(
        "accounts.Organisation", null=True, on_delete=models.CASCADE, related_name="messages"
    )
    template = models.CharField(max_length=60)
    to = models.EmailField(max_length=254, blank=True)
    context = models.JSONField(default=dict)
    link = models.CharField(max_length=120, blank=True)
    mail_list = models.CharField(max_length=40, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    attachment = models.CharField(max_length=60, blank=True, db_default="")
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = MessageManager()

    def __str__(self) -> str:
        return f"{self.template} to {self.to}"

    def deliver(self, *, at: datetime) -> None:
        """Send it, unless that was done. The Message-ID is the row's, so that a second copy can be told.

        A letter to nobody (``accounts.forms.password``) is done with when its turn comes.
        """
        if self.sent_at:
            return
        if self.to:
            self.as_email().send()
        Message.objects.filter(pk=self.pk).update(sent_at=at)

    def as_email(self) -> Letter:
        """The mail, with text and HTML from ``templates/emails``; a template without HTML of its own gets the plain layout."""
        facts = {
            **self.context, "link": self.address(), "code": self.code(), "unsubscribe": self.unsubscribe_address()
        }  # fmt: skip
        subject, text = self._parts(facts)
        letter = Letter(
            subject=subject,
            body=text,
            from_email=self._sender(),
            to=[self.to],
            reply_to=[self.reply_to] if self.reply_to else None,
            headers={"Message-ID": self.message_id, **self._list_headers()},
        )
        html = select_template([f"emails/{self.template}.html", "emails/layout.html"]).render(
            {**facts, "subject": subject, "paragraphs": text.split("\n\n")}
        )
        letter.attach_alternative(html, "text/html")
        letter.pictures = self.context.get("pictures", {})
        if self.attachment:
            purpose, _, key = self.attachment.partition(":")
            file = MAKERS[purpose](key)
            letter.attach(file.name, file.content, file.mime)
        return letter

    def unsubscribe_address(self) -> str:
        """Where one click ends mails of this list, without signing in."""
        return f"{settings.BASE_URL}/u/{signed_for('unsubscribe', self.mail_list)}/" if self.mail_list else ""

    def _list_headers(self) -> dict[str, str]:
        """RFC 8058: what mail programs make their own "unsubscribe" of; and that no absence note is an answer."""
        if not self.mail_list:
            return {}
        name = self.mail_list.partition(":")[2]
        slug = self.organisation.slug if self.organisation else "all"
        return {
            "List-Unsubscribe": f"<{self.unsubscribe_address()}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<{name}.{slug}.pilotlight>",
            "Auto-Submitted": "auto-generated",
        }

    def code(self) -> str:
        """The six digits that the mail tells; empty for a mail that tells none."""
        purpose, _, key = self.link.partition(":")
        return code_for("signing", key) if purpose == "code" else ""

    def address(self) -> str:
        """Where the mail's link leads, in full."""
        purpose, _, key = self.link.partition(":")
        if purpose in {"", "code"}:
            return ""
        paths = {
            "invitation": "/accounts/invitation/{}/",
            "stakeholder": "/s/{}/",
            "password": "/accounts/password/reset/key/{}/",
            "page": "{}",
        }
        match purpose:
            case "page":
                token = key
            case "password":
                token = Person.objects.get(pk=key).password_token()
            case _:
                token = token_for(purpose, key)
        return settings.BASE_URL + paths[purpose].format(token)

    def _parts(self, facts: Mapping[str, Any]) -> tuple[str, str]:
        """The template's first line is the subject; a line break in a name must not make a second header."""
        written = render_to_string(f"emails/{self.template}.txt", dict(facts)).strip()
        subject, _, text = written.partition("\n")
        return " ".join(subject.split())[:200], text.strip() + "\n"

    def _sender(self) -> str:
        from email.utils import formataddr, parseaddr

        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        own = self.organisation.sender_name if self.organisation else ""
        return formataddr((" ".join((own or name).split()), address))
