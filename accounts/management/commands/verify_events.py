from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Chain


class Command(BaseCommand):
    help = "Prove that no event of any chain was altered, removed or cut off; name the first that was."

    def handle(self, *args: Any, **options: Any) -> None:
        chains = events = 0
        for chain in Chain.objects.order_by("pk").iterator():
            if found := chain.first_break():
                raise CommandError(
                    f"Chain {chain.pk} ({chain.subject}) breaks at event {found.number}: {found.reason}."
                )
            chains, events = chains + 1, events + chain.count
        self.stdout.write(f"{events} events in {chains} chains stand as they were written.")
