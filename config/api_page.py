"""The API's document as a page that people read. It needs no script, so it keeps to the house's policy."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.api import api


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html", {"operations": _operations(), "shapes": _shapes()})


@cache
def _document() -> dict[str, Any]:
    return api.get_openapi_schema()


@cache
def _operations() -> list[dict[str, Any]]:
    """Each operation as its lines on the page."""
    document = _document()
    return [
        {
            "id": told["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": told["summary"],
            "description": told.get("description", ""),
            "parameters": [_parameter(one) for one in told.get("parameters", [])],
            "body": _body(told.get("requestBody")),
            "answers": [(code, _shape(answer)) for code, answer in sorted(told["responses"].items(), key=lambda one: str(one[0]))],
        }
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]  # fmt: skip


@cache
def _shapes() -> list[dict[str, Any]]:
    schemas = _document()["components"]["schemas"]
    return [
        {
            "name": name,
            "description": told.get("description", ""),
            "fields": [
                (field, _type(one), field in told.get("required", ()))
                for field, one in told.get("properties", {}).items()
            ],
        }
        for name, told in sorted(schemas.items())
    ]


def _parameter(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": told["name"],
        "where": told["in"],
        "type": _type(told["schema"]),
        "required": told.get("required", False),
    }


def _body(told: dict[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    content = told["content"]
    first = next(iter(content.values()))
    return {
        "types": list(content),
        "shape": _reference(first["schema"]),
        "example": json.dumps(first["example"]) if "example" in first else "",
    }


def _shape(answer: dict[str, Any]) -> str:
    content = answer.get("content") or {}
    return next((_reference(one["schema"]) for one in content.values()), "")


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return _reference(schema) or str(schema.get("format") or schema.get("type", "anything"))
