"""Pasted text becomes a few plain elements. Nothing of it runs, nothing of it is loaded, nothing of it is lost."""

import pytest

from pilots.prose import rendered
from tests.forms.hostile import LIVE, TEXTS, as_text

SHOWN = [
    ("**bold** and *soft*", "<strong>bold</strong> and <em>soft</em>"),
    ("# Title", "<h3>Title</h3>"),
    ("###### Small", "<h6>Small</h6>"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
    ("- one\n- two", "<li>two</li>"),
    ("one\ntwo", "one<br>"),
    ("[site](https://e.example)", '<a href="https://e.example" rel="noopener noreferrer nofollow">site</a>'),
    ("![chart](https://e.example/c.png)", ">[picture: chart]</a>"),
    ("<!-- hidden -->", "&lt;!-- hidden --&gt;"),
]
LOST = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)", "[x](vbscript:x)", '[x](https://e.example "onclick=alert(1)")',
    "<svg onload=alert(1)>", "<iframe srcdoc='<script>'>", "<style>*{display:none}</style>", "<a href='javascript:x'>y</a>",
    "![x](javascript:alert(1))", '![" onerror="alert(1)](x)', "<https://e.example/\"onmouseover=alert(1)>", "`<script>`",
    "```\n<script>alert(1)</script>\n```", "<form action=https://evil.example><input name=p>", "<base href=//evil.example>",
]  # fmt: skip


@pytest.mark.parametrize(("text", "html"), SHOWN)
def test_it_reads_as_it_was_meant(text: str, html: str) -> None:
    assert html in rendered(text)


@pytest.mark.parametrize("text", [*LOST, *(as_text(raw) for raw in TEXTS.values())])
def test_nothing_of_it_runs(text: str) -> None:
    html = rendered(text)
    assert not [live for live in LIVE if live.decode() in html]
    for alive in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        "<form",
        "<base",
        'href="javascript',
        'href="data',
        'href="vb',
    ):
        assert alive not in html.lower()
    assert " on" not in "".join(part.split(">")[0] for part in html.split("<")[1:])


def test_it_is_quick_with_a_text_that_is_made_to_be_slow() -> None:
    for text in ("[" * 50_000, "*a " * 16_000, "> " * 25_000, "`" * 50_000, "<" * 50_000):
        assert rendered(text)
