"""``bin/demo --check``: sign in as each role, look at the main pages, say in one line what was seen."""

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from config.demo.house import House, Stopped
from config.troubles import explain


def check(house: House, *, reset: bool, started: float) -> int:
    """The exit code. Whatever happens, one line of JSON is printed."""
    seen: dict[str, Any] = {"ok": False, "seconds": 0.0, "problems": ["stopped before it was up"]}
    try:
        with house.open(reset=reset) as demo:
            seen |= _look(house, demo)
            seen |= json.loads(house.command("count", "config.demo.count"))
            seen["problems"] += [
                f"no {name}" for name in ("pulls", "snapshots", "readings", "flags") if not seen[name]
            ]
            house.say.step("pages fetched")
    except Stopped:
        pass
    except Exception as error:
        line = explain(error)
        seen["problems"] = [line or repr(error)]
        if line is None:
            raise
        house.say(f"Pilotlight: {line}")
    finally:
        seen |= {"ok": not seen["problems"], "seconds": round(time.monotonic() - started, 1)}
        house.say.answer(json.dumps(seen))
    return 0 if seen["ok"] else 1


def _look(house: House, demo: dict[str, Any]) -> dict[str, Any]:
    logins = {login["role"]: login for login in demo["logins"]}
    visitors: dict[str, Visitor] = {}
    pages, problems = [], []
    static: set[str] = set()
    for role, path in demo["pages"]:
        if role not in visitors:
            visitors[role] = Visitor(house.address)
            if role in logins:
                problems += visitors[role].sign_in(logins[role]["email"], logins[role]["password"])
        page = visitors[role].look_at(path)
        static |= page.static
        problems += page.problems
        pages.append({"role": role, "path": path, "status": page.status, "ms": page.milliseconds})
    problems += [
        problem for path in sorted(static) for problem in Visitor(house.address).look_at(path).problems
    ]
    return {"pages": pages, "static": len(static), "problems": problems}


@dataclass(frozen=True)
class Page:
    path: str
    status: int
    address: str
    text: str
    milliseconds: int

    @property
    def problems(self) -> list[str]:
        found = [] if self.status == 200 else [f"{self.path}: status {self.status}"]
        if "Traceback (most recent call last)" in self.text:
            found.append(f"{self.path}: a traceback")
        if "/accounts/login/" in self.address and "/accounts/login/" not in self.path:
            found.append(f"{self.path}: sent to the sign-in page")
        return found

    @property
    def static(self) -> set[str]:
        return set(re.findall(r"""(?:href|src)=["'](/static/[^"'#?]+)""", self.text))


@dataclass
class Visitor:
    """A browser without a window: keeps cookies, follows redirects, posts forms."""

    base: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def sign_in(self, email: str, password: str) -> list[str]:
        page = self.look_at("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not token:
            return [*page.problems, "/accounts/login/: no form"]
        answer = self.look_at(
            "/accounts/login/", {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
        )
        refused = "/accounts/login/" in answer.address
        return [f"{email} cannot sign in (status {answer.status})"] if refused or answer.status != 200 else []

    def look_at(self, path: str, form: dict[str, str] | None = None) -> Page:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.base + path, data=urllib.parse.urlencode(form).encode() if form else None
        )
        request.add_header("Referer", self.base + path)
        begun = time.monotonic()
        try:
            with opener.open(request, timeout=30) as answer:
                return self._page(path, answer.status, answer.url, answer.read(), begun)
        except urllib.error.HTTPError as error:
            return self._page(path, error.code, error.url or "", error.read(), begun)
        except OSError as error:
            return self._page(path, 0, "", str(error).encode(), begun)

    @staticmethod
    def _page(path: str, status: int, address: str, body: bytes, begun: float) -> Page:
        return Page(
            path, status, address, body.decode(errors="replace"), round((time.monotonic() - begun) * 1000)
        )
