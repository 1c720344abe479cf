"""On its first day an organisation has nothing: each page says what will be there, and how to begin."""

import pytest
from django.test import Client

from tests.cast import Cast
from tests.pages.page import Page, faults_of

pytestmark = pytest.mark.usefixtures("monday")

SAYS = {
    "": "Begin with the business problem that is most visible now.",
    "pilots/": "Here will be every pilot, what needs an eye first.",
    "pilots/?flag=any": "No pilot fits.",
    "pilots/?page=9": "Here will be every pilot",
    "outcomes/": "Here will be one answer for all pilots that were decided",
    "reviews/": "Nothing waits for your review.",
    "metrics/": "Here will be the numbers that your executives already look at",
    "people/": "Who works here, and what each may do.",
    "settings/": "What holds for everybody in the organisation.",
    "pilots/new/": "Which problem does the business feel?",
    "metrics/new/": "A business number that would be looked at even if there were no training.",
}


@pytest.mark.parametrize("path", SAYS)
def test_it_says_what_will_be_here(cast: Cast, path: str) -> None:
    browser = Client()
    browser.force_login(cast.administrator)
    response = browser.get(f"/northwind/{path}")
    assert (response.status_code, faults_of(response)) == (200, [])
    assert SAYS[path] in " ".join(Page(response.content).text.split())


@pytest.mark.parametrize("path", ["", "pilots/", "outcomes/", "metrics/"])
def test_an_executive_is_offered_nothing_that_they_may_not_do(cast: Cast, path: str) -> None:
    browser = Client()
    browser.force_login(cast.viewer)
    page = Page(browser.get(f"/northwind/{path}").content)
    own = [address for address in page.addresses if address.startswith("/northwind/")]
    assert {browser.get(address).status_code for address in own} == {200}


@pytest.mark.parametrize("role", ["administrator", "manager"])
@pytest.mark.parametrize("path", ["", "pilots/", "metrics/"])
def test_whoever_plans_finds_one_way_to_begin(cast: Cast, role: str, path: str) -> None:
    browser = Client()
    browser.force_login(cast.in_role(role))
    assert Page(browser.get(f"/northwind/{path}").content).buttons == 1
