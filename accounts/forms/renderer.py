"""How every form of the product is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

type Widget = dict[str, Any]


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _named(widget: Widget) -> str:
    return f'name="{conditional_escape(widget["name"])}"'


def _value(widget: Widget) -> str:
    return "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'


def _input(widget: Widget) -> str:
    kind = conditional_escape(widget["type"])
    return f'<input type="{kind}" {_named(widget)}{_value(widget)}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    text = conditional_escape(widget["value"] or "")
    return f"<textarea {_named(widget)}{_attributes(widget)}>\n{text}</textarea>"


def _select(widget: Widget) -> str:
    options = "".join(_options(widget))
    return f"<select {_named(widget)}{_attributes(widget)}>{options}\n</select>"


def _options(widget: Widget) -> Iterator[str]:
    for group, options, _number in widget["optgroups"]:
        if group:
            yield f'\n  <optgroup label="{conditional_escape(group)}">'
        for one in options:
            value, label = conditional_escape(one["value"]), conditional_escape(one["label"])
            yield f'\n  <option value="{value}"{_attributes(one)}>{label}</option>\n'
        if group:
            yield "\n  </optgroup>"


def _boxes(widget: Widget) -> str:
    """Radio buttons, or boxes to tick."""
    box = "".join(
        f' {name}="{conditional_escape(widget["attrs"][name])}"'
        for name in ("id", "class")
        if widget["attrs"].get(name)
    )
    return f"<div{box}>{''.join(_groups(widget))}\n</div>"


def _groups(widget: Widget) -> Iterator[str]:
    for group, options, _number in widget["optgroups"]:
        if group:
            yield f"\n  <div><label>{conditional_escape(group)}</label>"
        for one in options:
            label, id_ = conditional_escape(one["label"]), one["attrs"].get("id")
            where = f' for="{conditional_escape(id_)}"' if id_ else ""
            yield f"<div>\n    <label{where}>{_input(one)}\n {label}</label>\n\n</div>"
        if group:
            yield "\n  </div>"


_INPUTS: Final = ("text", "number", "email", "url", "password", "hidden", "date", "time", "checkbox", "input")
_DRAWN: Final[dict[str, Callable[[Widget], str]]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _INPUTS},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/radio.html": _boxes,
    "django/forms/widgets/checkbox_select.html": _boxes,
}


class Renderer(TemplatesSetting):
    """Forms and fields come from ``templates/forms/``; widgets are Django's own.

    The commonest are written here, letter for letter as Django's templates write them: those go through several
    templates for each of them, and through two for each of the six hundred time zones.
    """

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if draw := _DRAWN.get(template_name):
            return mark_safe(draw(context["widget"]))  # noqa: S308 - each part was escaped
        return super().render(template_name, context, request)
