"""A program that calls the API, and what it is told."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.models import ApiToken, Membership
from metrics.models import Metric, Source
from tests.access.house import Answered
from tests.cast import NOW, Cast, make_metric


def make_token(cast: Cast, scope: str = "push", member: Membership | None = None, **fields: Any) -> str:
    _token, raw = ApiToken.objects.make(
        cast.organisation,
        name=f"A {scope} token",
        scope=scope,
        member=member,
        by=cast.administrator,
        at=NOW,
        **fields,
    )
    return raw


def acting_token(cast: Cast, role: str) -> str:
    member = cast.organisation.memberships.get(person=cast.in_role(role))
    return make_token(cast, "act", member)


def make_pushed_metric(cast: Cast, **fields: Any) -> Metric:
    metric = make_metric(cast, **fields)
    Source.objects.connect(metric, "push", settings={}, by=cast.manager, at=NOW)
    return metric


class Program:
    def __init__(self, token: str = "", **client: Any) -> None:
        self.client = Client(headers={"host": "127.0.0.1"}, **client)
        self.token = token

    def ask(
        self, method: str, path: str, body: Any = b"", kind: str = "application/json", **headers: str
    ) -> Answered:
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.generic(
            method, f"/api/v1{path}", content, content_type=kind, headers={**given, **headers}
        )

    def get(self, path: str) -> Answered:
        return self.ask("GET", path)

    def push(self, metric: Metric, *points: Any, key: str = "", query: str = "") -> Answered:
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", f"/metrics/{metric.pk}/snapshots{query}", {"points": list(points)}, **headers)
