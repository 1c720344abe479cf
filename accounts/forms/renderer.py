"""How every form of the product is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Final

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorList
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

type Widget = dict[str, Any]


def _text(value: Any) -> str:
    """As Django's ``conditional_escape``, which takes four times as long to find out what it was given."""
    if isinstance(value, Promise):
        value = str(value)
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _named(widget: Widget) -> str:
    return f'name="{_text(widget["name"])}"'


def _value(widget: Widget) -> str:
    return "" if widget["value"] is None else f' value="{_text(widget["value"])}"'


def _input(widget: Widget) -> str:
    kind = _text(widget["type"])
    return f'<input type="{kind}" {_named(widget)}{_value(widget)}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    text = _text(widget["value"] or "")
    return f"<textarea {_named(widget)}{_attributes(widget)}>\n{text}</textarea>"


def _select(widget: Widget) -> str:
    options = "".join(_options(widget))
    return f"<select {_named(widget)}{_attributes(widget)}>{options}\n</select>"


def _options(widget: Widget) -> Iterator[str]:
    for group, options, _number in widget["optgroups"]:
        if group:
            yield f'\n  <optgroup label="{_text(group)}">'
        for one in options:
            value, label = _text(one["value"]), _text(one["label"])
            yield f'\n  <option value="{value}"{_attributes(one)}>{label}</option>\n'
        if group:
            yield "\n  </optgroup>"


def _boxes(widget: Widget) -> str:
    """Radio buttons, or boxes to tick."""
    box = "".join(
        f' {name}="{_text(widget["attrs"][name])}"' for name in ("id", "class") if widget["attrs"].get(name)
    )
    return f"<div{box}>{''.join(_groups(widget))}\n</div>"


def _groups(widget: Widget) -> Iterator[str]:
    for group, options, _number in widget["optgroups"]:
        if group:
            yield f"\n  <div><label>{_text(group)}</label>"
        for one in options:
            label, id_ = _text(one["label"]), one["attrs"].get("id")
            where = f' for="{_text(id_)}"' if id_ else ""
            yield f"<div>\n    <label{where}>{_input(one)}\n {label}</label>\n\n</div>"
        if group:
            yield "\n  </div>"


def _errors(errors: ErrorList) -> str:
    if not errors:
        return ""
    field_id = errors.field_id  # type: ignore[attr-defined]
    id_ = f' id="{_text(field_id)}_error"' if field_id else ""
    lines = "".join(f"<li>{_text(error)}</li>" for error in errors)
    return f'<ul class="{_text(errors.error_class)}"{id_}>{lines}</ul>'


def _field(field: BoundField) -> str:
    """A field with its label, its help and what is wrong with it."""
    errors, ticked = field.errors, field.widget_type == "checkbox"
    look = "field" + " field-check" * ticked + " field-wrong" * bool(errors)
    help_id = f' id="{field.auto_id}_helptext"' if field.auto_id else ""
    parts = [
        *_names(field, ticked=ticked),
        f'<div class="help"{help_id}>{_text(field.help_text)}</div>' if field.help_text else "",
        _errors(errors),
        "" if ticked else str(field),
        "</fieldset>" if field.use_fieldset else "",
    ]
    return f'<div class="{look}">\n{"\n".join(filter(None, parts))}\n</div>'


def _names(field: BoundField, *, ticked: bool) -> Iterator[str]:
    label, target = _text(field.label), f'for="{_text(field.id_for_label)}"'
    optional = ""
    if not field.field.required and not getattr(field.field, "later", False):
        optional = f' <span class="optional">{_text(_("optional"))}</span>'
    if field.use_fieldset:
        described = field.aria_describedby
        yield f'<fieldset aria-describedby="{described}">' if described else "<fieldset>"
        yield f'<legend class="label">{label}{optional}</legend>' if label else ""
    elif ticked:
        yield f'{field}<label class="label" {target}>{label}</label>'
    elif label:
        yield f'<label class="label" {target}>{label}{optional}</label>'


_INPUTS: Final = ("text", "number", "email", "url", "password", "hidden", "date", "time", "checkbox", "input")
_WIDGETS: Final[dict[str, Callable[[Widget], str]]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _INPUTS},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/radio.html": _boxes,
    "django/forms/widgets/checkbox_select.html": _boxes,
}


class Renderer(TemplatesSetting):
    """Forms come from ``templates/forms/form.html``; fields are written here, and most widgets are Django's own.

    The commonest widgets are written here, letter for letter as Django's templates write them: those go through several
    templates for each of them, and through two for each of the six hundred time zones.
    """

    form_template_name = "forms/form.html"
    field_template_name = "a field"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == self.field_template_name:
            return mark_safe(_field(context["field"]))  # noqa: S308 - each part was escaped
        if template_name == ErrorList.template_name:
            return mark_safe(_errors(context["errors"]))  # noqa: S308
        if draw := _WIDGETS.get(template_name):
            return mark_safe(draw(context["widget"]))  # noqa: S308
        return super().render(template_name, context, request)
