from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from accounts import clock
from accounts.models import Organisation, Person
from accounts.models.job import ring_for_news
from metrics.importing import Import, RefusedError


class Command(BaseCommand):
    help = "Store values from a file (CSV or NDJSON): all of them, or none when a line does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path,
            help="with the columns metric (name or number), date (2026-06-01), and value or numerator and denominator; "
            "also group, n, sum_of_squares",
        )  # fmt: skip
        parser.add_argument(
            "--organisation", metavar="SLUG", help="its word in the address; may be left out if there is one"
        )
        parser.add_argument(
            "--by", metavar="E-MAIL", help="the member who imports; their name stays with the values"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = self._organisation(options["organisation"])
        person = self._person(organisation, options["by"]) if options["by"] else None
        try:
            with options["file"].open("rb") as file, scope(organisation=organisation):
                done = Import(organisation, by=person, at=clock.now()).store(file)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        except RefusedError as refused:
            raise CommandError("\n".join([*refused.reasons, "Nothing was stored."])) from None
        ring_for_news()
        self.stdout.write(f"{done.new} new, {done.changed} restated, {done.unchanged} as they were.")

    def _organisation(self, slug: str | None) -> Organisation:
        found = list(Organisation.objects.filter(slug=slug) if slug else Organisation.objects.all()[:2])
        if len(found) == 1:
            return found[0]
        if slug:
            raise CommandError(f"There is no organisation “{slug}”.")
        raise CommandError(
            "There is no organisation yet."
            if not found
            else "There are several organisations: name one with --organisation."
        )

    def _person(self, organisation: Organisation, email: str) -> Person:
        membership = organisation.memberships.select_related("person").filter(person__email__iexact=email)
        found = membership.first()
        if found is None:
            raise CommandError(f"{email} is no member of {organisation.name}.")
        return found.person
