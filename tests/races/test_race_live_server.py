"""People at the same moment, over real connections to a real server: nothing lost, nothing signed twice or by mistake.

Each scenario has its control: with the lock away, the race is there to be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx2
import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.links import code_for
from accounts.models import Organisation, Person
from pilots.forms.plan import ProblemForm
from pilots.models import Delegation, Pilot, SigningCode, SignOff, Stakeholder, StakeholderLink
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder
from tests.links import newest_link
from tests.races.together import ROUNDS, lasting, meeting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]

FORGERY: Final = "f" * 32  # the token against forgery, as cookie and as header
DONE: Final = HTTPStatus.FOUND
GONE: Final = HTTPStatus.NOT_FOUND
REFUSED: Final = HTTPStatus.UNPROCESSABLE_ENTITY


class Somebody:
    """A browser of its own, with what its holder signed in with or came by."""

    def __init__(self, server: LiveServer, person: Person | None = None) -> None:
        cookies = {"csrftoken": FORGERY}
        if person:
            signed_in = Client()
            signed_in.force_login(person)
            cookies["sessionid"] = signed_in.cookies["sessionid"].value
        self.http = httpx2.Client(
            base_url=server.url,
            cookies=cookies,
            headers={"x-csrftoken": FORGERY},
            timeout=30,
            verify=False,  # nothing is encrypted
        )

    def comes_by(self, link: StakeholderLink) -> str:
        """Open the mailed link; the address of its page."""
        landed = self.http.get(mailed_path("stakeholder", link.key.hex))
        assert landed.status_code == DONE
        return str(landed.headers["location"])

    def post(self, path: str, form: dict[str, Any]) -> int:
        return int(self.http.post(path, data=form).status_code)


@pytest.fixture
def browsers(live_server: LiveServer) -> Iterator[Callable[..., Somebody]]:
    opened: list[Somebody] = []

    def browser(person: Person | None = None) -> Somebody:
        opened.append(Somebody(live_server, person))
        return opened[-1]

    yield browser
    for one in opened:
        one.http.close()


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    sven = make_stakeholder(scoped, make_pilot(scoped, "planned"))
    answer(scoped, sven)
    return sven


def asked_anew(cast: Cast, number: int) -> Pilot:
    """A version that nobody has signed yet is out for signature."""
    pilot = Pilot.objects.get()
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, title=f"Title {number}")
    pilot.request_sign_off(by=cast.manager, at=NOW)
    return pilot


def approval(sven: Stakeholder, name: str = "Sven Holm") -> dict[str, str]:
    version = newest_link(sven).plan_version
    assert version
    return {"decision": "approve", "typed_name": name, "seen": version.sha256}


def problem_form(title: str) -> dict[str, Any]:
    """The plan's first step as somebody has it open, with another title."""
    pilot = Pilot.objects.get()
    known = {name: getattr(pilot, name) for name in ProblemForm.base_fields if hasattr(pilot, name)}  # type: ignore[attr-defined]
    return {**{name: "" if value is None else value for name, value in known.items()}, "title": title}


class TestTwoManagersEditOnePlan:
    def race(self, cast: Cast, mia: Somebody, ada: Somebody, number: int) -> list[int]:
        pilot = Pilot.objects.get()
        path = f"/northwind/pilots/{pilot.pk}/problem/"
        opened = problem_form(f"{number} Mia"), problem_form(f"{number} Ada")
        return together(
            cast.organisation, lambda: mia.post(path, opened[0]), lambda: ada.post(path, opened[1])
        )

    def test_one_saves_and_the_other_is_told(
        self, scoped: Cast, browsers: Callable[..., Somebody], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pilot = make_pilot(scoped)
        mia, ada = browsers(scoped.manager), browsers(scoped.administrator)
        slow(monkeypatch, Pilot, "save")
        for number in range(ROUNDS):
            assert sorted(self.race(scoped, mia, ada, number)) == [DONE, HTTPStatus.CONFLICT]
        assert pilot.chain.events.filter(verb="pilot.plan_changed").count() == ROUNDS
        assert pilot.chain.first_break() is None

    def test_without_the_lock_one_overwrites_the_other(
        self, scoped: Cast, browsers: Callable[..., Somebody], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_pilot(scoped)
        mia, ada = browsers(scoped.manager), browsers(scoped.administrator)
        unlock(monkeypatch, Pilot)
        meeting(monkeypatch, Pilot, "save")
        assert any(self.race(scoped, mia, ada, number) == [DONE, DONE] for number in range(ROUNDS))


class TestADoubleClickOnSigning:
    def race(self, cast: Cast, browser: Somebody, sven: Stakeholder, number: int) -> list[int]:
        asked_anew(cast, number)
        page, form = browser.comes_by(newest_link(sven)), approval(sven)
        return together(cast.organisation, *[lambda: browser.post(f"{page}sign-off/", form)] * 2)

    def test_it_is_one_signature_and_the_same_page(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone = browsers()
        slow(monkeypatch, SignOff, "save")
        for number in range(ROUNDS):
            assert self.race(scoped, phone, sven, number) == [DONE, DONE]
        assert SignOff.objects.count() == ROUNDS
        assert sven.pilot.chain.events.filter(verb="receipt.sent").count() == ROUNDS

    def test_without_the_lock_the_second_click_is_an_error(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone = browsers()
        unlock(monkeypatch, Pilot)
        meeting(monkeypatch, SignOff, "save")
        rounds = (self.race(scoped, phone, sven, number) for number in range(ROUNDS))
        assert any(HTTPStatus.INTERNAL_SERVER_ERROR in answers for answers in rounds)


class TestSigningWhileThePlanChanges:
    def race(self, cast: Cast, phone: Somebody, mia: Somebody, sven: Stakeholder, number: int) -> bool:
        """Whether a version was signed after the plan had changed."""
        pilot = asked_anew(cast, number)
        page, form = phone.comes_by(newest_link(sven)), approval(sven)
        path = f"/northwind/pilots/{pilot.pk}/problem/"
        plan = problem_form(f"Changed {number}")
        signed, changed = together(
            cast.organisation, lambda: phone.post(f"{page}sign-off/", form), lambda: mia.post(path, plan)
        )
        assert (signed, changed) in {(DONE, DONE), (REFUSED, DONE)}
        verbs = list(pilot.chain.events.order_by("-number").values_list("verb", flat=True)[:4])
        return "plan.signed" in verbs and verbs.index("plan.signed") < verbs.index("pilot.plan_changed")

    def test_nobody_signs_what_is_no_longer_the_plan(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone, mia = browsers(), browsers(scoped.manager)
        slow(monkeypatch, SignOff, "save")
        assert not any(self.race(scoped, phone, mia, sven, number) for number in range(ROUNDS))

    def test_without_the_lock_somebody_does(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone, mia = browsers(), browsers(scoped.manager)
        unlock(monkeypatch, Pilot)
        lasting(monkeypatch, SignOff, "save")
        assert any(self.race(scoped, phone, mia, sven, number) for number in range(ROUNDS))


class TestSigningWhileItIsHandedOn:
    def race(self, cast: Cast, phone: Somebody, sven: Stakeholder, number: int) -> tuple[int, int]:
        """How often it was signed by whoever handed it on, and how often it was handed on."""
        asked_anew(cast, number)
        page, form = phone.comes_by(newest_link(sven)), approval(sven)
        before = SignOff.objects.count(), Delegation.objects.count()
        deputy = {"name": "Ines Prado", "email": "ines@customer.example"}
        answers = together(
            cast.organisation,
            lambda: phone.post(f"{page}sign-off/", form),
            lambda: phone.post(f"{page}deputy/", deputy),
        )
        assert set(answers) <= {DONE, REFUSED, GONE}
        return SignOff.objects.count() - before[0], Delegation.objects.count() - before[1]

    def test_one_of_the_two_counts(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone = browsers()
        slow(monkeypatch, SignOff, "save")
        assert {self.race(scoped, phone, sven, number) for number in range(ROUNDS)} <= {(1, 0), (0, 1)}

    def test_without_the_lock_both_do(
        self,
        scoped: Cast,
        browsers: Callable[..., Somebody],
        sven: Stakeholder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phone = browsers()
        unlock(monkeypatch, Pilot)
        lasting(monkeypatch, SignOff, "save")
        assert any(self.race(scoped, phone, sven, number) == (1, 1) for number in range(ROUNDS))


def test_links_that_do_not_hold_record_nothing_while_the_right_one_signs(
    scoped: Cast, browsers: Callable[..., Somebody], sven: Stakeholder
) -> None:
    """Replayed, expired, foreign, and a scanner, all at once with the person themselves."""
    lena = make_stakeholder(scoped, sven.pilot, "Lena Voss", is_sponsor=False)
    phone, replayer, latecomer, stranger, scanner = (browsers() for _browser in range(5))

    def race(number: int) -> list[Any]:
        asked_anew(scoped, number)
        replayed = replayer.comes_by(newest_link(sven))
        sven.pilot.request_sign_off(by=scoped.manager, at=NOW)
        expired = latecomer.comes_by(newest_link(lena))
        StakeholderLink.objects.filter(pk=newest_link(lena).pk).update(expires_at=NOW - timedelta(seconds=1))
        page, form = phone.comes_by(newest_link(sven)), approval(sven)
        mailed = mailed_path("stakeholder", newest_link(sven).key.hex)
        return together(
            scoped.organisation,
            lambda: phone.post(f"{page}sign-off/", form),
            lambda: replayer.post(f"{replayed}sign-off/", form),
            lambda: latecomer.post(f"{expired}sign-off/", {**form, "typed_name": "Lena Voss"}),
            lambda: stranger.post(f"{page}sign-off/", form),
            lambda: [scanner.http.head(mailed).status_code, scanner.http.get(mailed).status_code],
        )

    for number in range(5):
        assert race(number) == [DONE, GONE, GONE, GONE, [DONE, DONE]]
        assert SignOff.objects.count() == number + 1
    assert not lena.sign_offs.exists()


def test_guesses_at_once_are_counted_like_guesses_one_by_one(
    scoped: Cast, browsers: Callable[..., Somebody], sven: Stakeholder
) -> None:
    Organisation.objects.update(code_at_signing="everyone")
    asked_anew(scoped, 1)
    phone = browsers()
    page = phone.comes_by(newest_link(sven))
    assert phone.post(f"{page}sign-off/", approval(sven)) == DONE
    digits = code_for("signing", SigningCode.objects.get().key.hex)
    wrong = [f"{(int(digits) + number) % 1_000_000:06}" for number in range(1, 11)]
    answers = together(
        scoped.organisation,
        *[lambda guess=guess: phone.post(f"{page}code/", {"code": guess}) for guess in wrong],
    )
    assert set(answers) == {REFUSED}
    assert SigningCode.objects.get().tries == 5
    assert phone.post(f"{page}code/", {"code": digits}) == REFUSED
    assert not SignOff.objects.exists()
