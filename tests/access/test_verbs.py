"""The page's table of roles and verbs is the code's."""

from accounts.access import VERBS_OF, Verb
from accounts.models import Role
from tests.access import matrix


def test_roles_and_verbs_are_those_of_the_page() -> None:
    assert matrix.verbs_of() == {role: {str(verb) for verb in verbs} for role, verbs in VERBS_OF.items()}


def test_every_role_and_every_verb_is_there() -> None:
    assert set(VERBS_OF) == set(Role.values)
    assert set().union(*VERBS_OF.values()) == set(Verb)
