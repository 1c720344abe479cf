from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import clock
from config.demo.story import Worker, tell
from config.troubles import Trouble


class Command(BaseCommand):
    help = "Tell the demonstration's story: what is missing of it is added, what is there stays."

    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise Trouble(
                "seed_demo makes people whose password everybody knows: it needs PILOTLIGHT_DEMO=1."
            )
        told = tell(Worker(), now=clock.now())
        for news in told.news:
            self.stdout.write(news)
        self.stdout.write(json.dumps(told.as_json()))
