"""Whether two addresses, or two names, are one person's."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


def same_name(typed: str, name: str) -> bool:
    """Whether somebody typed this name: case, blanks and the way accents are coded do not matter."""
    return _folded(typed) == _folded(name)


def same_mailbox(one: str, other: str) -> bool:
    """Whether mail to both arrives in one place: case and a ``+word`` before the ``@`` do not matter."""
    return _mailbox(one) == _mailbox(other)


def is_owner(pilot: Pilot, name: str, email: str) -> bool:
    """Whether this is the pilot's owner: nobody judges what they own."""
    return is_person(name, email, pilot.owner)


def is_person(name: str, email: str, person: Person) -> bool:
    """Whether a name with an address is this person, under either."""
    return same_mailbox(email, person.email) or same_name(name, person.name)


def _mailbox(address: str) -> str:
    local, _at, domain = _folded(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
