"""Who is in the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import Organisation, Person, Role
from config.demo import series
from config.demo.memory import Memory, recall

PASSWORD: Final = "pilot-light-demo"  # noqa: S105 - printed at each start: it guards nothing
ZONE: Final = ZoneInfo("Europe/Berlin")
WEEKS_BEFORE: Final = 50  # that Northwind has been with Pilotlight when the demonstration begins


@dataclass(frozen=True)
class Member:
    name: str
    role: Role
    domain: str
    #: What the list of logins calls them; empty for those whom nobody has to play.
    login: str = ""

    @property
    def email(self) -> str:
        return address(self.name, self.domain)


NORTHWIND: Final = "northwind"
HARBOUR: Final = "harbour"
MEMBERS: Final = (
    Member("Ada Berg", Role.ADMINISTRATOR, NORTHWIND, "administrator"),
    Member("Mia Lindqvist", Role.MANAGER, NORTHWIND, "manager"),
    Member("Tomasz Nowak", Role.MANAGER, NORTHWIND),
    Member("Ravi Menon", Role.REVIEWER, NORTHWIND, "reviewer"),
    Member("Lena Fischer", Role.REVIEWER, NORTHWIND),
    Member("Dana Okafor", Role.VIEWER, NORTHWIND, "viewer"),
    Member("Henrik Sund", Role.VIEWER, NORTHWIND),
    Member("Noor Haddad", Role.ADMINISTRATOR, HARBOUR),
    Member("Elif Demir", Role.MANAGER, HARBOUR, "other manager"),
)
_NAMES: Final = {NORTHWIND: "Northwind Learning", HARBOUR: "Harbour Skills"}


def first_name(name: str) -> str:
    return name.partition(" ")[0]


def address(name: str, domain: str = NORTHWIND) -> str:
    return f"{first_name(name).lower()}@{domain}.example"


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day at Northwind."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)


def remembered(now: datetime) -> Memory:
    """What was told so far; its anchor is the day of the first seeding, whenever the story is told again."""
    northwind = Organisation.objects.filter(slug=NORTHWIND).first()
    memory = recall()
    if northwind is None:
        memory = Memory(anchor=now.astimezone(ZONE).date())
    elif memory is None:
        memory = Memory(anchor=northwind.day_of(northwind.created_at + settings.CLOCK_OFFSET))
    memory.keep()
    return memory


def settle(slug: str, memory: Memory) -> tuple[Organisation, dict[str, Person]]:
    """The organisation and its members by first name, made where they are missing."""
    members = [member for member in MEMBERS if member.domain == slug]
    people = {first_name(member.name): _person(member) for member in members}
    administrator = people[first_name(members[0].name)]
    at = moment(series.monday(memory.anchor) - timedelta(weeks=WEEKS_BEFORE), 9)
    organisation = Organisation.objects.filter(slug=slug).first() or Organisation.objects.found(
        name=_NAMES[slug], slug=slug, administrator=administrator, at=at, time_zone=ZONE.key
    )
    if slug not in memory.organisations:
        for member in members[1:]:
            person = people[first_name(member.name)]
            organisation.admit(person, member.role, by=administrator.actor, at=at + timedelta(minutes=20))
        memory.organisations[slug] = organisation.pk
        memory.keep()
    return organisation, people


def logins() -> list[dict[str, str]]:
    return [
        {"role": member.login, "name": member.name, "email": member.email, "password": PASSWORD}
        for member in MEMBERS
        if member.login
    ]


def _person(member: Member) -> Person:
    if known := Person.objects.filter(email__iexact=member.email).first():
        return known
    person = Person.objects.create_user(member.email, None, name=member.name)
    person.password = _hashed()
    person.save(update_fields=["password"])
    return person


@cache
def _hashed() -> str:
    """Everybody's password is the same: it is hashed once, because that is slow on purpose."""
    return make_password(PASSWORD)
