from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metrics.coach import Advice, coach
from metrics.coach.rule import labelled, scored


class Command(BaseCommand):
    help = "Say of each name whether it is a business metric, a learning metric or two measures in one; with --score, how good the rule is."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="without a name: one a line from standard input"
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON a name")
        parser.add_argument(
            "--score",
            action="store_true",
            help="each fifth of the labelled list, judged by a rule built from the other four",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["score"]:
            return self._score()
        names = options["names"] or [line.rstrip("\n") for line in sys.stdin if line.strip()]
        if not names:
            raise CommandError("Give one name or more, such as: coach_metric 'Course completion rate'")
        for name in names:
            advice = coach(name)
            self.stdout.write(
                json.dumps(_told(advice), ensure_ascii=False) if options["json"] else _read(advice)
            )
        return None

    def _score(self) -> None:
        score = scored(labelled())
        count = sum(1 for one in labelled() if one.kind != "two measures")
        self.stdout.write(
            f"learning metrics, {count} names: precision {score.precision:.3f}, recall {score.recall:.3f}; "
            f"{score.unclear} unclear, {len(score.wrong) - score.unclear} wrong"
        )
        for one, said in score.wrong:
            self.stdout.write(f"  {said:9} but {one.kind:9} {one.name}")


def _told(advice: Advice) -> dict[str, Any]:
    return {
        "name": advice.name,
        "kind": advice.kind,
        "reason": advice.reason,
        "suggestions": [str(one.name) for one in advice.suggestions],
    }


def _read(advice: Advice) -> str:
    instead = ", ".join(str(one.name) for one in advice.suggestions)
    return f"{advice.name}: {advice.kind}. {advice.reason}" + (f" Perhaps: {instead}." if instead else "")
