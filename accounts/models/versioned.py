from __future__ import annotations

from typing import Any

from django.db import models


class StaleVersionError(Exception):
    """Somebody else saved the same record since this one was opened."""

    def __init__(self, current: Versioned) -> None:
        super().__init__("changed by somebody else")
        self.current = current


class Versioned(models.Model):
    """A record that two people may have open at once: what one saved, the other never overwrites unseen."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def apply(self, *, expected_version: int, **changes: Any) -> list[str]:
        """Save ``changes`` if nobody saved since ``expected_version``; the names of what differs.

        Raises ``StaleVersionError`` with the record as it is now. Nothing that is not named is written.
        """
        current = type(self)._base_manager.select_for_update().get(pk=self.pk)
        changed = [name for name, value in changes.items() if getattr(current, name) != value]
        if current.version != expected_version:
            raise StaleVersionError(current)
        if changed:
            self.version = expected_version + 1
            for name in changed:
                setattr(self, name, changes[name])
            self.save(update_fields=[*changed, "version"])
        return changed
