from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django_scopes import scopes_disabled

from pilots.models import Pilot


class Command(BaseCommand):
    help = "Write the lines of both portfolios anew from the pilots' records. Nothing else is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        with scopes_disabled():
            count = 0
            for pk in Pilot.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=500):
                with transaction.atomic():
                    locked = Pilot.objects.select_for_update(of=("self",)).select_related("organisation")
                    locked.get(pk=pk).refresh_standing()
                count += 1
        self.stdout.write(f"The lines of {count} pilots were written anew.")
