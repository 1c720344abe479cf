"""What htmx gets of a page, under the page's own address."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday")

HTMX = {"HX-Request": "true"}


def test_a_part_is_kept_by_no_browser_and_never_taken_for_its_page(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    browser = Client()
    browser.force_login(scoped.manager)
    for path in ("/northwind/pilots/", "/northwind/library/", f"/northwind/pilots/{pilot.pk}/timeline/"):
        part, page = browser.get(path, headers=HTMX), browser.get(path)
        assert part["Cache-Control"] == "no-store"
        assert "no-store" not in page.get("Cache-Control", "")
        assert all("HX-Request" in answer["Vary"] for answer in (part, page))


def test_whoever_is_signed_out_is_told_so_instead_of_a_page_to_swap_in(cast: Cast) -> None:
    for method in (Client().get, Client().post):
        answer = method("/northwind/pilots/new/", headers=HTMX)
        assert (answer.status_code, answer.content) == (401, b"")
