from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.db import transaction
from django.http import HttpRequest

from accounts import clock
from accounts.models import Message, Person


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]
    """Puts the letter into the outbox, as everything that mails does, where the worker finds it."""

    users: list[Person]

    @transaction.atomic
    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """An address that has no account here gets nothing: nobody makes us write to strangers.

        But a letter to nobody is put down, so that an unknown address takes as long as a known one.
        """
        person = next(iter(self.users), None)
        Message.objects.queue(
            "password_reset",
            to=person.email if person else "",
            at=clock.now(),
            context={},
            link=f"password:{person.pk}" if person else "",
        )
        return str(self.cleaned_data["email"])
