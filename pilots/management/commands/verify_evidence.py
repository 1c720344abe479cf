from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pilots.evidence import EvidenceError, prove


class Command(BaseCommand):
    help = "Prove an evidence file without a database: name the first thing in it that was changed, or say what stands."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--fingerprint", default="", help="the seal that it must carry, as a receipt names it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proof = prove(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        except EvidenceError as error:
            raise CommandError(f"{options['file'].name} does not hold. {error}") from None
        wanted = options["fingerprint"].replace(" ", "").lower()
        if wanted and wanted != proof.fingerprint.replace(" ", ""):
            raise CommandError(f"The file is sealed by another key: {proof.fingerprint}.")
        self.stdout.write(
            f"“{proof.title}” of {proof.organisation}, made {proof.made_at}: {proof.versions} plan versions, {proof.answers} answers, "
            f"{proof.sign_offs} signatures, {proof.amendments} amendments and {proof.events} events stand as they were written."
        )
        if proof.erased:
            self.stdout.write(
                f"Names and quotations of {proof.erased} events were erased at somebody's wish; the chain holds without them."
            )
        self.stdout.write(
            f"Sealed by {proof.fingerprint}" + (", the key of this installation." if proof.ours else ".")
        )
        if not proof.ours:
            self.stdout.write(
                "That is not the key of this installation: compare it with a receipt, and the events' keyed digests were not checked."
            )
