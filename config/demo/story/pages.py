"""The pages of the demonstration that are worth a look, and as whom."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import Organisation
from config.demo.memory import Memory
from pilots.charter_page import charter_path
from pilots.labels import data_path, public_path
from pilots.models import ContentItem, PlanVersion, SharedLink

type Page = tuple[str, str]  # role, address


def pages(organisation: Organisation, memory: Memory) -> list[Page]:
    """At least one of each stage; the first of a role is where it lands."""

    def at(name: str, *keys: int) -> str:
        return reverse(name, args=[organisation.slug, *keys])

    told = {key: pk for key, pk in memory.pilots.items() if key != "crane-signals"}
    welcome = _item("Before your first day", told["new-carers"])
    approved = _item("Wet ramps, Tuesday", told["safe-starts"])
    closed = [
        told[key]
        for key in (
            "answer-coach", "till-prompts", "reply-drafts", "quote-helper", "turnaround", "yard", "second-day", "short-close",
        )
    ]  # fmt: skip
    shared = SharedLink.objects.filter(outcome__pilot=told["answer-coach"]).first()
    return [
        *(("manager", at(name)) for name in ("home", "pilots", "metrics", "pilot_new")),
        *(("manager", at("pilot", pk)) for pk in told.values()),
        *(
            ("manager", at("metric", memory.metrics[key]))
            for key in ("incidents", "jetblue", "first-reply", "vendor-cost")
        ),
        *(
            ("manager", at(name, told["new-carers"]))
            for name in ("pilot_problem", "pilot_metric", "pilot_people", "pilot_weeks", "pilot_content")
        ),
        ("manager", at("pilot_safeguards", told["new-carers"])),
        ("manager", at("content_item", welcome.pilot_id, welcome.pk)),
        ("manager", at("content_item", approved.pilot_id, approved.pk)),
        ("manager", at("release_register", approved.pilot_id)),
        ("manager", at("pilot_agreement", told["objections"])),
        ("manager", at("plan_version", told["objections"], _newest_version(told["objections"]))),
        ("manager", at("pilot_agreement", told["second-eyes"])),
        ("viewer", at("charter")),
        ("administrator", at("charter")),
        ("visitor", charter_path(organisation)),
        ("manager", at("decision", told["second-eyes"])),
        *(("viewer", at(name)) for name in ("outcomes", "pilots", "library")),
        *(("viewer", at("pilot_outcome", pk)) for pk in closed),
        ("viewer", at("pilot", told["safe-starts"])),
        *(("reviewer", at(name)) for name in ("reviews", "pilots")),
        ("reviewer", at("pilot_content", told["safe-starts"])),
        *(("administrator", at(name)) for name in ("people", "settings")),
        ("other manager", reverse("home", args=["harbour"])),
        ("visitor", reverse("account_login")),
        *(("manager", at(name, told["answer-coach"])) for name in ("worth", "sharing")),
        *([("visitor", reverse("shared_outcome", args=[shared.token]))] if shared else []),
        ("visitor", public_path(approved)),
        ("visitor", data_path(welcome.pilot)),
        ("visitor", reverse("styleguide")),
        ("manager", at("news")),
        ("administrator", at("channels")),
        # These have a route in a demonstration alone.
        ("visitor", "/demo/mail/"),
        ("visitor", "/demo/posts/"),
    ]


def _newest_version(pilot: int) -> int:
    """A demonstration that an earlier version began may have fewer."""
    return PlanVersion.objects.filter(pilot=pilot).order_by("-number")[0].number


def _item(title: str, pilot: int) -> ContentItem:
    """The item of that name; a demonstration that an earlier version began has others, and any of them will do."""
    items = ContentItem.objects.select_related("pilot__organisation")
    named = items.filter(title=title).first()
    return named or items.filter(pilot=pilot).order_by("pk")[0]
