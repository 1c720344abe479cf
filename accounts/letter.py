"""A mail with small pictures inside it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import default
from typing import Any, Final

from django.core.mail import EmailMultiAlternatives

#: Pixels a point: sharp on screens with two of them.
SHARP: Final = 2
#: What the mails are written on (``templates/emails/frame.html``).
PAPER: Final = "#fbfaf7"


class Letter(EmailMultiAlternatives):
    """``pictures`` (names → SVG) travel as PNG beside the HTML, which shows them as ``cid:name``.

    Mail programs show neither SVG nor ``data:`` addresses, and hide what would have to be fetched.
    """

    pictures: dict[str, str] = {}

    def message(self, *, policy: Any = default) -> EmailMessage:
        message: EmailMessage = super().message(policy=policy)
        html = message.get_body(("html",))
        if html is not None:
            for name, svg in self.pictures.items():
                html.add_related(
                    png(svg), "image", "png", cid=f"<{name}>", disposition="inline", filename=f"{name}.png"
                )
        return message


def png(svg: str) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=SHARP, background=PAPER, skip_system_fonts=True))
