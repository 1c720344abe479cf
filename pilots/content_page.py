"""What the page of a content item shows, formatted: the template only places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.access import Verb
from accounts.templatetags.pilotlight import long_date
from pilots.changes import Line, changes
from pilots.labels import label_of, public_path, snippets
from pilots.models import ContentItem, ContentVersion, Release, Review
from pilots.prose import rendered

if TYPE_CHECKING:
    from accounts.models import Membership, Person


@dataclass(frozen=True, slots=True)
class Step:
    """One step of generate, validate, refine, own: who did it, and when."""

    label: str
    state: str
    words: str = ""


def content_page(item: ContentItem, person: Person, membership: Membership) -> dict[str, Any]:
    versions = list(
        item.versions.select_related("made_by")
        .prefetch_related("reviews__reviewer", "reviews__passages")
        .order_by("-number")
    )
    newest = versions[0]
    newest.item = item
    made_it = item.maker_id == person.pk or any(version.made_by_id == person.pk for version in versions)
    releases = list(
        item.releases().select_related("by", "version", "withdrawal__by").prefetch_related("incidents__by")
    )
    base = _compared_with(versions)
    said = [review for review in newest.reviews.all() if review.round == item.round]
    return {
        "pilot": item.pilot,
        "item": item,
        "versions": versions,
        "newest": newest,
        "body": rendered(newest.text) if newest.form == "text" else "",
        "base": base,
        "changes": _changes(base, newest),
        "path": _path(item, versions, releases),
        "label": label_of(newest),
        "snippets": snippets(newest)
        if releases or item.state == "approve" or item.ai_use == "none"
        else None,
        "public_path": public_path(item),
        "releases": releases,
        "with_learners": [one for one in releases if not hasattr(one, "withdrawal")],
        "said_already": any(review.reviewer_id == person.pk for review in said),
        "may_review": membership.may(Verb.REVIEW) and not made_it and item.ai_use != "none",
        "may_make": membership.may(Verb.MAKE),
        "may_release": membership.may(Verb.PLAN) and (item.ai_use == "none" or item.state == "approve"),
        "made_it": made_it,
    }


def _compared_with(versions: list[ContentVersion]) -> ContentVersion | None:
    """The version that somebody decided on last, or else the one before: what changed since then is shown."""
    earlier = versions[1:]
    reviewed = next((version for version in earlier if version.reviews.all()), None)
    return reviewed or (earlier[0] if earlier else None)


def _changes(base: ContentVersion | None, newest: ContentVersion) -> list[Line] | None:
    if base is None or base.form != "text" or newest.form != "text":
        return None
    return changes(base.text, newest.text)


def _path(item: ContentItem, versions: list[ContentVersion], releases: list[Release]) -> list[Step]:
    first, newest = versions[-1], versions[0]
    reviews = [review for version in versions for review in version.reviews.all()]
    human, approved = item.ai_use == "none", item.state == "approve"
    last = max(reviews, key=lambda review: review.pk, default=None)
    refined, released = (
        newest.number > 1,
        next((one for one in releases if one.version_id == newest.pk), None),
    )
    return [
        Step(_("Generate"), "done", _who(first.made_by, long_date(first.at))),
        Step(_("Validate"), *_validated(item, last, human=human)),
        Step(
            _("Refine"),
            "now" if item.state == "changes" else "done" if refined or approved else "todo",
            _who(newest.made_by, long_date(newest.at))
            if refined
            else _("nothing to mend")
            if approved
            else "",
        ),
        Step(
            _("Own"),
            "done" if released and (approved or human) else "now" if approved or human else "todo",
            _who(released.by, long_date(released.at))
            if released
            else _("ready for learners")
            if approved or human
            else "",
        ),
    ]


def _validated(item: ContentItem, last: Review | None, *, human: bool) -> tuple[str, str]:
    if human:
        return "done", _("not needed: a person made it")
    if item.waits_for:
        return "now", _("waits for %(what)s") % {"what": item.get_waits_for_display()}
    return ("done", _who(last.reviewer, long_date(last.at))) if last else ("todo", "")


def _who(person: Any, day: str) -> str:
    return _("%(name)s, %(day)s") % {"name": person, "day": day}
