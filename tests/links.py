"""The links that stakeholders get by mail."""

from __future__ import annotations

from datetime import datetime

from accounts.lookup import Lookup
from pilots.models import Stakeholder, StakeholderLink

_LINKS = Lookup(
    lambda: StakeholderLink._base_manager.select_related("stakeholder__pilot__organisation", "plan_version").order_by("-pk"),
    stakeholder=0,
)  # fmt: skip


def newest_link(stakeholder: Stakeholder) -> StakeholderLink:
    link = _LINKS.get(stakeholder.pk)
    assert link
    return link


def holds(link: StakeholderLink, at: datetime) -> bool:
    """Whether whoever came by this link is let in."""
    return StakeholderLink.objects.held(link.key, link.token_hash, at=at) == link
