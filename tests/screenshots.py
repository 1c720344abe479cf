"""``bin/screenshots``: a picture of each page of the demonstration, wide and narrow, in ``screenshots/``.

Pages of all routes that a manager can open are found by following the links of each page, so that a new
page needs no line here. ``bin/screenshots dark`` takes them in the dark.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from config.demo.house import House
from config.demo.output import Output

ROOT: Final = Path(__file__).resolve().parent.parent
WIDTHS: Final = (1280, 390)
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]


def main() -> int:
    scheme = "dark" if "dark" in sys.argv[1:] else "light"
    folder = ROOT / "screenshots" / scheme
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    house = House(port=0, free_port=True, say=Output(quiet=True))
    with house.open(reset=False) as demo, _browser() as browser:
        for width in WIDTHS:
            _walk(browser, house.address, demo, folder, width, scheme)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 0


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = os.environ.get("PILOTLIGHT_CHROMIUM") or None
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _walk(
    browser: Browser, address: str, demo: dict[str, Any], folder: Path, width: int, scheme: str
) -> None:
    """The pages that the demonstration names, each as its role; then what these link to, one of a kind."""
    logins = {login["role"]: login for login in demo["logins"]}
    taken: set[str] = set()
    for role in dict.fromkeys(role for role, _path in demo["pages"]):
        page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()  # type: ignore[arg-type]
        if role in logins:
            page.goto(f"{address}/accounts/login/")
            page.fill("input[name=login]", logins[role]["email"])
            page.fill("input[name=password]", logins[role]["password"])
            page.click("main button[type=submit]")
        paths = [path for of, path in demo["pages"] if of == role]
        for path in paths:
            _take(page, address, path, folder, role, width)
        for path in _one_of_a_kind(page, address, paths, taken):
            _take(page, address, path, folder, role, width)
        if role == "visitor":
            _take_letters(page, address, folder, width)
        page.context.close()


def _take_letters(page: Page, address: str, folder: Path, width: int) -> None:
    """What stakeholders see behind the links of their mails: each heading once."""
    page.goto(f"{address}/demo/mail/")
    links = page.eval_on_selector_all("main a[href*='/s/']", "links => links.map(link => link.href)")
    headings: set[str] = set()
    for number, link in enumerate(links):
        page.goto(address + urlsplit(link).path)
        heading = page.locator("h1").inner_text()
        if heading not in headings:
            headings.add(heading)
            page.screenshot(path=folder / f"stakeholder--{number}--{width}.png", full_page=True)


def _one_of_a_kind(page: Page, address: str, paths: list[str], taken: set[str]) -> list[str]:
    """Linked pages whose shape (address without its numbers) nobody has taken yet."""
    taken |= {_shape(path) for path in paths}
    found = []
    waiting = list(paths)
    while waiting:
        page.goto(address + waiting.pop(0))
        for link in page.eval_on_selector_all(
            "main a[href]:not([download])", "links => links.map(link => link.href)"
        ):
            path = urlsplit(link).path
            if link.startswith(address) and "/s/" not in path and _shape(path) not in taken:
                taken.add(_shape(path))
                found.append(path)
                waiting.append(path)
    return found


def _take(page: Page, address: str, path: str, folder: Path, role: str, width: int) -> None:
    page.goto(address + path)
    page.evaluate("document.fonts.ready")
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:80] or "start"
    page.screenshot(path=folder / f"{role.replace(' ', '-')}--{name}--{width}.png", full_page=True)


def _shape(path: str) -> str:
    return re.sub(r"\d+", "#", path)


if __name__ == "__main__":
    sys.exit(main())
