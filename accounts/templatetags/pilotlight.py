"""How dates, figures and codes read on a page. Pure presentation; a builtin of every template."""

from __future__ import annotations

import math
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import template
from django.conf import settings
from django.template.base import Node, Parser, TextNode, Token
from django.templatetags.i18n import do_translate
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.templatetags import shapes, words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

register = template.Library()

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"  # before a sign: 27 %
BROAD = "\N{NO-BREAK SPACE}"  # before a word: 6.5 days
BEFORE = ("€", "$", "£", "¥")  # Signs that stand before the number, without a space.


# --- texts ----------------------------------------------------------------------------------------


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    """Django's own; but while there is one language, what is to be translated is the text itself, and a page looks up none."""
    node = do_translate(parser, token)
    text = node.filter_expression.var.literal
    if settings.USE_I18N or node.asvar or node.filter_expression.filters or not isinstance(text, str):
        return node
    return TextNode(text)


# --- dates ----------------------------------------------------------------------------------------


@register.filter(expects_localtime=True)
def long_date(value: date | None) -> str:
    """22 November 2026"""
    return formats.date_format(value, "j F Y") if value else ""


@register.filter(expects_localtime=True)
def short_date(value: date | None) -> str:
    """22 Nov"""
    return formats.date_format(value, "j M") if value else ""


@register.filter(expects_localtime=True)
def long_time(value: date | None) -> str:
    """22 November 2026, 06:10"""
    return formats.date_format(value, "j F Y, H:i") if value else ""


# --- figures --------------------------------------------------------------------------------------


@register.filter
def answer_note(answer: Any) -> str:
    """When something was said; where somebody else wrote it down, who that was and what was said of it since."""
    day = long_date(localtime(answer.at))
    if answer.taken_down_by is None:
        return day
    told = {"day": day, "who": answer.taken_down_by}
    said = getattr(answer, "confirmation", None)
    if said is None:
        return _("%(day)s, in person, written down by %(who)s; not confirmed yet") % told
    told["on"] = long_date(localtime(said.at))
    if said.right:
        return _("%(day)s, in person, written down by %(who)s; confirmed on %(on)s") % told
    return _("%(day)s, in person, written down by %(who)s; put right on %(on)s") % told


@register.simple_tag
def figure(value: float | Decimal | None, unit: str = "", decimals: int | None = None) -> str:
    """27 %, €1,200, 6.5 days; an en dash where there is nothing."""
    return _write(value, unit, decimals, plus="")


@register.simple_tag
def signed(value: float | Decimal | None, unit: str = "", decimals: int | None = None) -> str:
    """The same with its sign: +9 %, −€1,200; no sign on what rounds to nothing."""
    return _write(value, unit, decimals, plus="+")


def _write(value: float | Decimal | None, unit: str, decimals: int | None, *, plus: str) -> str:
    if value is None or not math.isfinite(value):
        return "\N{EN DASH}"
    if decimals is None:
        decimals = 0 if value == int(value) else 1
    rounded = round(abs(float(value)), decimals)
    number = _grouped(rounded, decimals)
    sign = "" if not rounded else MINUS if value < 0 else plus
    if unit in BEFORE:
        return f"{sign}{unit}{number}"
    space = "" if not unit else BROAD if unit[0].isalpha() else THIN
    return f"{sign}{number}{space}{unit}"


def _grouped(number: float, decimals: int) -> str:
    if settings.USE_I18N:
        return formats.number_format(number, decimals, use_l10n=True, force_grouping=True)
    return f"{number:,.{decimals}f}"  # as English has it: the same, in a tenth of the time


# --- choices --------------------------------------------------------------------------------------


@register.simple_tag
def options(choices: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """What a list offers, one of it chosen."""
    return mark_safe(  # noqa: S308 - each part is escaped
        "".join(
            f'<option value="{escape(str(code))}"{" selected" if str(code) == str(chosen) else ""}>{escape(str(label))}</option>'
            for code, label in choices
        )
    )


# --- codes ----------------------------------------------------------------------------------------


@register.filter
def stage_word(code: str) -> str:
    return words.word(words.STAGES, code)


@register.filter
def verdict_word(code: str) -> str:
    return words.word(words.VERDICTS, code)


@register.filter
def flag_word(code: str) -> str:
    return words.word(words.FLAGS, code)


@register.filter
def decision_word(code: str) -> str:
    return words.word(words.DECISIONS, code)


@register.filter
def role_word(code: str) -> str:
    return words.word(words.ROLES, code)


@register.simple_tag
def stage(code: str) -> SafeString:
    """The stage as a shape that fills with time, and its word."""
    return _coded("stage", code, shapes.STAGES.get(code, "dot"), "", stage_word(code))


@register.simple_tag
def verdict(code: str) -> SafeString:
    name, tone = shapes.VERDICTS.get(code, ("dot", ""))
    return _coded("tag", code, name, tone, verdict_word(code))


@register.simple_tag
def flag(code: str) -> SafeString:
    return _coded("tag", code, "diamond", "tag-concern", flag_word(code))


def _coded(kind: str, code: str, name: str, tone: str, word: str) -> SafeString:
    classes = f"{kind} {tone}".strip()
    return format_html('<span class="{}" data-code="{}">{} {}</span>', classes, code, shape(name), word)


# --- forms ----------------------------------------------------------------------------------------


@register.simple_tag
def once() -> SafeString:
    """The one-time key of a form whose view is guarded by ``accounts.once``."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid4())


# --- shapes ---------------------------------------------------------------------------------------


@register.simple_tag
def shape(name: str) -> SafeString:
    """A small drawn shape beside a word, never instead of it: hidden from screen readers."""
    return shapes.DRAWN.get(name) or shapes.DRAWN["dot"]


@register.simple_tag
def flame() -> SafeString:
    return shapes.FLAME


@register.filter
def drawing(svg: Any) -> SafeString:
    """A picture written by ``metrics.charts``, which escapes every text it is given."""
    return mark_safe(str(svg))  # noqa: S308
