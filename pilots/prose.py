"""Pasted text as a page shows it: Markdown becomes a few plain elements, and nothing in it runs.

HTML that somebody pasted is shown as the letters it is written in: a reviewer sees what stands there, comments and
all. What the Markdown library writes goes through a sanitiser as well, so that a fault of one is caught by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_TAGS: Final = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "em", "strong", "s", "code", "pre",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto"}
_LOWERED: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}


def _picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A picture from elsewhere is named and linked, never loaded: its host would learn who reads this."""
    token = tokens[index]
    words = _("picture: %(text)s") % {"text": token.content or "…"}
    return f'<a href="{escape(str(token.attrGet("src") or ""))}">[{escape(words)}]</a>'


_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20}).enable(
    ["table", "strikethrough"]
)
_MARKDOWN.add_render_rule("image", _picture)


def rendered(text: str) -> SafeString:
    """``text`` as HTML that can stand in a page below its own headings."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag) if token.type.startswith("heading") else token.tag
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308
