"""An expert whose content AI now writes becomes the one who checks it: in one step, from the list of stakeholders."""

import pytest

from accounts.models import Message
from pilots.errors import RefusedError
from pilots.models import ContentItem
from pilots.models.checklist import CHECKLIST
from tests.cast import NOW, Cast, make_pilot, make_stakeholder

pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_an_expert_is_invited_joins_and_reviews_as_one(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    expert = make_stakeholder(scoped, pilot, resistance="co_ownership")
    invitation = expert.invite_as_reviewer(by=scoped.manager, at=NOW)
    assert Message.objects.get(template="invitation").to == expert.email
    person = invitation.accept(at=NOW, name=expert.name, password="quite another sentence")
    item = ContentItem.objects.make(
        pilot, title="X", kind="quiz", ai_use="made", text="?", by=scoped.manager, at=NOW
    )
    assert list(ContentItem.objects.waiting_for(person, scoped.organisation)) == [item]
    review = item.newest_version().review(decision="approve", checklist=list(CHECKLIST), by=person, at=NOW)
    assert review.role == "expert"


def test_whose_resistance_is_another_is_not_invited_so(scoped: Cast) -> None:
    sceptic = make_stakeholder(scoped, make_pilot(scoped), resistance="jobs")
    with pytest.raises(RefusedError, match="experts whose content"):
        sceptic.invite_as_reviewer(by=scoped.manager, at=NOW)


def test_a_member_keeps_their_role(scoped: Cast) -> None:
    known = make_stakeholder(scoped, make_pilot(scoped), resistance="co_ownership", email=scoped.viewer.email)
    with pytest.raises(RefusedError, match="is a member already"):
        known.invite_as_reviewer(by=scoped.manager, at=NOW)
    assert not Message.objects.filter(template="invitation").exists()
