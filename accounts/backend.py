from __future__ import annotations

from typing import Final

from allauth.account.auth_backends import AuthenticationBackend

from accounts.lookup import Lookup
from accounts.models import Person

_PERSON: Final = Lookup(Person.objects.all, pk=1)


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by e-mail address, as the library does it. Whose session it is, is asked at every request."""

    def get_user(self, user_id: int) -> Person | None:
        person = _PERSON.get(user_id)
        return person if person and self.user_can_authenticate(person) else None
