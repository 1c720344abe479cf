"""The bodies that points come in: JSON, or one object a line. Nothing deep, nothing large, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.api import Problem
from metrics.points import Doubled

MOST_POINTS: Final = 10_000
#: Ten thousand points with all their fields are half of it.
MOST_BYTES: Final = 5_000_000

type Numbered = Iterator[tuple[int, Any]]


def body_of(request: HttpRequest) -> bytes:
    """The whole body, if it is not too large."""
    facts = request.META  # not ``headers``, which puts all of them together
    length = facts.get("CONTENT_LENGTH") or "0"
    too_large = length.isdecimal() and int(length[:12]) > MOST_BYTES
    body = b"" if too_large else request.read(MOST_BYTES + 1)
    if too_large or len(body) > MOST_BYTES:
        raise Problem(413, _("The request is larger than 5 MB. Send the points in several requests."))
    return body


def points_in(request: HttpRequest, body: bytes) -> Numbered:
    """Each point as it was sent, with its place in the list or its line."""
    match request.content_type:
        case "application/json":
            return enumerate(_listed(body), 1)
        case "application/x-ndjson" | "application/ndjson":
            return _lines(body)
    raise Problem(
        415, _("Send application/json, or application/x-ndjson with one point a line, as the Content-Type.")
    )


def _listed(body: bytes) -> list[Any]:
    given = _read(body)
    if not isinstance(given, dict) or given.keys() != {"points"} or not isinstance(given["points"], list):
        raise Problem(400, _("The body is an object with one field, “points”, which is a list of points."))
    points = given["points"]
    _count(len(points))
    return points


def _lines(body: bytes) -> Numbered:
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    _count(len(lines))
    return ((number, _read(line, number)) for number, line in lines)


def _count(points: int) -> None:
    if not points:
        raise Problem(422, _("There are no points in it."))
    if points > MOST_POINTS:
        raise Problem(
            413,
            _("It holds %(count)s points. Send at most %(most)s in one request.")
            % {"count": points, "most": MOST_POINTS},
        )


def _read(text: bytes, line: int | None = None) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise Problem(400, _("The JSON is nested too deeply.")) from None
    except UnicodeDecodeError:
        why = _("it is not written in UTF-8.")
    except json.JSONDecodeError as error:
        why = _("%(what)s at character %(place)s.") % {"what": error.msg, "place": error.pos + 1}
    except ValueError:  # a whole number of thousands of digits
        why = _("it holds a number that is too long.")
    what = _("The body is not JSON") if line is None else _("Line %(line)s is not JSON") % {"line": line}
    raise Problem(400, f"{what}: {why}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that names a field twice is marked, since which of the two counts is anybody's guess."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(found)
