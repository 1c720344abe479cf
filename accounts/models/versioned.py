from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from django.db import models


class StaleVersionError(Exception):
    """Somebody else saved the same record since this one was opened."""

    def __init__(self, current: models.Model) -> None:
        super().__init__("changed by somebody else")
        self.current = current


def fingerprint(value: Any) -> str:
    """A short mark of a field's value, by which a form can tell later whether it still is as it was shown."""
    if isinstance(value, models.Model):
        value = value.pk
    told = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    told = told.replace("\r\n", "\n")  # as a browser sends a line break, and as a script does
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:16]


class Versioned(models.Model):
    """A record that two people may have open at once: what one saved, the other never overwrites unseen."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def locked(self) -> Self:
        """The record as it is now, which nobody else changes until the transaction ends."""
        return type(self)._base_manager.select_for_update(no_key=True).get(pk=self.pk)

    def apply(
        self, *, expected_version: int, seen: Mapping[str, str] | None = None, **changes: Any
    ) -> list[str]:
        """Save ``changes`` if that overwrites nothing that was not seen; the names of what differs.

        Nobody saved since ``expected_version``, or what they saved is not what is changed here: ``seen`` holds, by name,
        the fingerprint of what each change was typed over. Raises ``StaleVersionError`` with the record as it is now.
        Nothing that is not named is written.
        """
        current = self.locked()
        changed = [name for name, value in changes.items() if getattr(current, name) != value]
        if current.version != expected_version and not _untouched(current, changed, seen):
            raise StaleVersionError(current)
        if changed:
            self.version = current.version + 1
            for name in changed:
                setattr(self, name, changes[name])
            self.save(update_fields=[*changed, "version"])
        return changed


def _untouched(current: Versioned, changed: list[str], seen: Mapping[str, str] | None) -> bool:
    """Whether what somebody else saved meanwhile leaves each of these fields as it was seen."""
    return seen is not None and all(seen.get(name) == fingerprint(getattr(current, name)) for name in changed)
