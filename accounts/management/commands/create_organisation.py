from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import clock
from accounts.models import Organisation, Person


class Command(BaseCommand):
    help = "Create an organisation and its first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the word in the address, such as northwind")
        parser.add_argument("--name", required=True, help="the organisation's name")
        parser.add_argument("--email", required=True, help="the first administrator's e-mail address")
        parser.add_argument("--person", default="", help="the first administrator's name")
        parser.add_argument("--time-zone", default="Europe/Berlin")
        parser.add_argument("--password", help="asked for when left out; not used when the person exists")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email__iexact=options["email"]).first() or self._person(options)
        try:
            organisation = Organisation.objects.found(
                name=options["name"],
                slug=options["slug"],
                time_zone=options["time_zone"],
                administrator=person,
                at=clock.now(),
            )
        except ValidationError as error:
            raise CommandError(
                "\n".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            ) from None
        self.stdout.write(
            f"{organisation.name} is at /{organisation.slug}/, and {person.email} administers it."
        )

    def _person(self, options: dict[str, Any]) -> Person:
        password = options["password"] or getpass.getpass(f"Password for {options['email']}: ")
        person = Person(
            email=options["email"].lower(), name=options["person"] or options["email"].partition("@")[0]
        )
        try:
            validate_password(password, person)
            person.set_password(password)
            person.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        person.save()
        return person
