from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, expect, sync_playwright

from tests.e2e import axe
from tests.e2e.stack import Stack

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync",
              "--renderer-process-limit=1",
              # A page comes into the frame of the one before: a frame of its own costs a seventh of its load.
              "--enable-features=RenderDocument:level/crashed-frame",
              # A page lives for a second: compiling its scripts costs more than it saves.
              "--js-flags=--no-opt,--no-maglev"]  # fmt: skip

# Its rules look through no style sheet. Left to itself it gets each and sets it into the page, which imports them all anew.
_OPTIONS = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# What passed is not carried out of the page: it is many times what did not, and costs as much as looking for it.
_VIOLATIONS = """async ([address, options]) => {
    if (!window.axe) await new Promise((loaded, failed) => document.head.append(
        Object.assign(document.createElement("script"), { src: address, onload: loaded, onerror: failed })
    ));
    return (await axe.run(options)).violations;
}"""


FINGER = 100  # ms that a button is held down


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("stack"), beat_within=True)
    running.found()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("PILOTLIGHT_CHROMIUM") or shutil.which("chromium")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; tests ask the database between its steps, never in one.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=20_000)  # other tests may keep the machine busy
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


class Browsers:
    """Browsers for one person each, which serve the next when that one leaves: a new one starts a process, and gets all files and
    compiles all scripts anew."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.here: list[Somebody] = []
        self.free: dict[bool, list[Page]] = {True: [], False: []}  # with scripts, and without

    def take(self, somebody: Somebody) -> Page:
        self.here.append(somebody)
        if (free := self.free[somebody.scripts]) and not somebody.own:
            return free.pop()
        context = self.chromium.new_context(
            java_script_enabled=somebody.scripts, viewport={"width": somebody.width, "height": 900}
        )
        context.set_default_timeout(20_000)
        return context.new_page()

    def take_back(self, somebody: Somebody) -> None:
        """What was on the page goes with it, and whoever was signed in is forgotten."""
        self.here.remove(somebody)
        if somebody.own:
            somebody.context.close()
            return
        empty = somebody.context.new_page()  # before the other is closed: without a page its process ends
        somebody.page.close()
        somebody.context.clear_cookies()
        self.free[somebody.scripts].append(empty)

    def close(self) -> None:
        for page in (page for pages in self.free.values() for page in pages):
            page.context.close()


@pytest.fixture(scope="module")
def browsers_of_the_module(chromium: Browser) -> Iterator[Browsers]:
    browsers = Browsers(chromium)
    yield browsers
    browsers.close()


@pytest.fixture
def browsers(browsers_of_the_module: Browsers) -> Iterator[Browsers]:
    """Everybody leaves in the end: open pages look for news again and again, and a server would wait for them."""
    yield browsers_of_the_module
    for somebody in [*browsers_of_the_module.here]:
        somebody.leave()


@dataclass
class Watch:
    """What a browser saw that it should not have: complaints, and requests to elsewhere."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # The browser itself reports a form that was refused with 422 as a failed resource.
        ours = "status of 4" not in message.text
        if ours and message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != self.host and not request.url.startswith("data:"):
            self.complaints.append(f"a request left for {request.url}")


class Somebody:
    """One person with a browser of their own, until they leave. ``own``: nobody had it before, and nobody has it afterwards."""

    def __init__(
        self, browsers: Browsers, stack: Stack, *, scripts: bool = True, width: int = 1280, own: bool = False
    ) -> None:
        self.browsers = browsers
        self.stack = stack
        self.scripts, self.width, self.own = scripts, width, own
        self.acts = 0  # how often they tapped, typed or chose something
        self.found: dict[str, str] = {}  # what they have found by its name, and its address
        self.page = browsers.take(self)
        self.context = self.page.context
        self.watch = Watch(urlsplit(stack.url).netloc)
        self.watch.follow(self.page)

    def leave(self) -> None:
        self.browsers.take_back(self)

    def sign_in(self, email: str, password: str) -> None:
        self.go("/accounts/login/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.press("Sign in")

    def go(self, address: str) -> None:
        self.acts += 1
        self._be_wide(self.width)
        self.page.goto(address if address.startswith("http") else self.stack.url + address)

    def fill(self, **fields: str) -> None:
        for label, value in fields.items():
            self.acts += 1
            self.page.get_by_label(label).first.fill(value)

    def choose(self, label: str) -> None:
        self.acts += 1
        self.page.get_by_label(label, exact=False).first.check()

    def press(self, name: str) -> None:
        """As slowly as a finger does: an answer that comes meanwhile must not take the button away from below it."""
        self.acts += 1
        self.page.locator("main").get_by_role("button", name=name).first.click(delay=FINGER * self.scripts)
        self.page.wait_for_load_state()

    def follow(self, name: str) -> None:
        self.acts += 1
        self.page.locator("main").get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def check_page(self, *, width: int | None = None, axe: bool = True) -> None:
        """Nothing in the console, nothing from elsewhere, no sideways scrolling, nothing that axe finds."""
        assert self.watch.complaints == [], self.page.url
        if width:
            self._be_wide(width)
        if self.scripts:
            wide = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px"
        if self.scripts and axe:
            found = self.violations()
            assert found == [], [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found]

    def _be_wide(self, width: int) -> None:
        if self.page.viewport_size != (size := ViewportSize(width=width, height=900)):
            self.page.set_viewport_size(size)

    def violations(self) -> list[dict[str, Any]]:
        """What axe finds on the page as it is now."""
        found: list[dict[str, Any]] = self.page.evaluate(_VIOLATIONS, [axe.ADDRESS, _OPTIONS])
        return found
