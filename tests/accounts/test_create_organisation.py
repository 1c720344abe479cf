from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Event, Organisation, Person
from accounts.models.organisation import RESERVED_SLUGS
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
EMAIL = "Ada@Aurora.example"


def create(slug: str = "aurora", **given: str) -> str:
    told = StringIO()
    options = {"name": "Aurora", "email": EMAIL, "password": PASSWORD, **given}
    call_command("create_organisation", slug, **options, stdout=told)
    return told.getvalue()


def test_it_makes_the_organisation_and_its_administrator() -> None:
    assert create() == "Aurora is at /aurora/, and ada@aurora.example administers it.\n"
    organisation = Organisation.objects.get(slug="aurora")
    membership = organisation.memberships.get()
    assert (membership.role, membership.person.check_password(PASSWORD)) == ("administrator", True)
    assert list(Event.objects.order_by("number").values_list("verb", flat=True)) == [
        "organisation.founded", "member.admitted",
    ]  # fmt: skip
    assert organisation.chain.first_break() is None


def test_somebody_who_is_here_keeps_their_password(cast: Cast) -> None:
    create(email=cast.manager.email.upper(), password="never used")
    cast.manager.refresh_from_db()
    assert cast.manager.check_password(PASSWORD)
    assert Organisation.objects.get(slug="aurora").memberships.get().person == cast.manager


@pytest.mark.parametrize(
    ("slug", "given", "reason"),
    [
        ("Äurora!", {}, "slug: "),
        ("a" * 41, {}, "slug: "),
        ("northwind", {}, "slug: .*already exists"),
        ("aurora", {"time_zone": "Mars/Olympus"}, "time_zone: .*not a time zone"),
        ("aurora", {"name": "x" * 121}, "name: "),
        ("aurora", {"email": "no address"}, "valid email"),
        ("aurora", {"password": "12345"}, "too short"),
        ("aurora", {"password": "password"}, "too common"),
        ("aurora", {"password": "ada@aurora.example"}, "too similar"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing(
    cast: Cast, slug: str, given: dict[str, str], reason: str
) -> None:
    people = Person.objects.count()
    with pytest.raises(CommandError, match=reason):
        create(slug, **given)
    assert (Organisation.objects.count(), Person.objects.count()) == (1, people)


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_words_of_our_own_pages_are_no_slugs(slug: str) -> None:
    with pytest.raises(CommandError, match="kept for Pilotlight"):
        create(slug)
    assert not Person.objects.exists()
