"""A mail server and a program that listens, on the loopback: what arrives there truly went out."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """``slowness``: up to so many seconds pass between having a mail or a post and saying so, each time others."""

    slowness: float = 0.0
    hold_first: float = 0.0
    mails: list[EmailMessage] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    taken: threading.Event = field(default_factory=threading.Event)
    smtp_port: int = 0
    hook: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        import asyncio

        letter = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.mails.append(letter)
        self.taken.set()
        held, self.hold_first = self.hold_first, 0.0
        await asyncio.sleep(held or random.uniform(0, self.slowness))
        return "250 Taken"

    def copies(self) -> Counter[str]:
        """How often each mail came, by its Message-ID."""
        return Counter(str(letter["Message-ID"]) for letter in self.mails)

    def copies_of_posts(self) -> Counter[str]:
        return Counter(str(post["id"]) for post in self.posts)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a Pilotlight send its mail here."""
        return {
            "PILOTLIGHT_SMTP_HOST": "127.0.0.1",
            "PILOTLIGHT_SMTP_PORT": str(self.smtp_port),
            "PILOTLIGHT_SMTP_PLAIN": "1",
            "PILOTLIGHT_GATHER_SECONDS": "0",
        }


@contextmanager
def post_office(**options: float) -> Iterator[PostOffice]:
    office = PostOffice(**options)

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            office.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(random.uniform(0, office.slowness))
            try:
                self.send_response(204)
                self.end_headers()
            except OSError:
                pass  # whoever posted is dead

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    controller = Controller(office, hostname="127.0.0.1", port=_free(), data_size_limit=10_000_000)
    controller.start()
    office.smtp_port, office.hook = controller.port, f"http://127.0.0.1:{listener.server_port}/hook"
    try:
        yield office
    finally:
        controller.stop()
        listener.shutdown()
        listener.server_close()


def _free() -> int:
    from config.demo.place import free_port

    return free_port()
