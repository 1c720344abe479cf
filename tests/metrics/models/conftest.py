from __future__ import annotations

import pytest

from metrics.models import Source
from metrics.sources.file import FileKind
from tests.cast import Cast
from tests.metrics.models.answers import Answers, connect


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers()
    monkeypatch.setattr(FileKind, "fetch", lambda kind, ask: answers.fetch(ask))
    return answers


@pytest.fixture
def source(scoped: Cast, monday: object, bell: object, answers: Answers) -> Source:
    return connect(scoped)
