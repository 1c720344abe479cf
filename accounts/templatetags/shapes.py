"""Small drawn shapes: colour is never the only sign. They take the colour of the words around them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_LINE = 'fill="none" stroke="currentColor" stroke-width="1.5"'
_BOLD = 'fill="none" stroke="currentColor" stroke-width="2"'
_FULL = 'fill="currentColor"'
_RING = f'<circle cx="6" cy="6" r="4.5" {_LINE}/>'

_BODIES = {
    "diamond": f'<path d="M6 .5 11.5 6 6 11.5.5 6z" {_FULL}/>',
    "up": f'<path d="M6 1.5 11.5 11H.5z" {_FULL}/>',
    "up-open": f'<path d="M6 2.5 10.5 10.2h-9z" {_LINE}/>',
    "down": f'<path d="M6 10.5.5 1h11z" {_FULL}/>',
    "level": f'<path d="M1 6h10" {_BOLD}/>',
    "dot": f'<circle cx="6" cy="6" r="3.5" {_FULL}/>',
    "ring": _RING,
    "half": f'{_RING}<path d="M6 1.5a4.5 4.5 0 0 1 0 9z" {_FULL}/>',
    "most": f'{_RING}<path d="M6 6V1.5A4.5 4.5 0 1 1 1.5 6z" {_FULL}/>',
    "disc": f'<circle cx="6" cy="6" r="5.2" {_FULL}/>',
    "cross": f'<path d="m2 2 8 8m0-8-8 8" {_LINE}/>',
    "tick": f'<path d="m1 6.5 3.5 3.5L11 2.5" {_BOLD}/>',
}

DRAWN: dict[str, SafeString] = {
    name: format_html(
        '<svg class="shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" '
        'focusable="false">{}</svg>',
        mark_safe(body),  # noqa: S308
    )
    for name, body in _BODIES.items()
}

FLAME = mark_safe(
    '<svg class="flame" viewBox="0 0 16 20" width="14" height="18" aria-hidden="true" '
    'focusable="false"><path d="M9 1c.6 3.6-1.4 5.4-3.1 7.4C4.2 10.3 3 11.9 3 14a5 5 0 0 0 10 0'
    'c0-2-.9-3.7-2-5-.3 1.3-.9 2.1-1.8 2.7C10.9 8.6 11.2 4 9 1z" fill="currentColor"/></svg>'
)

# A disc that fills as the pilot goes on.
STAGES = {
    "planning": "ring",
    "running": "half",
    "deciding": "most",
    "closed": "disc",
    "cancelled": "cross",
}
VERDICTS = {
    "reached": ("up", "tag-good"),
    "short": ("up-open", "tag-good"),
    "not_moved": ("level", ""),
    "wrong_way": ("down", "tag-concern"),
    "unclear": ("ring", ""),
    "running": ("half", ""),
}
