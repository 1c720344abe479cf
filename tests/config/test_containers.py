"""``docker-compose.yml`` keeps to the published schema; each variable exists and is explained."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
#: Read by gunicorn itself, or by the tests alone.
ELSEWHERE = {"WEB_CONCURRENCY"}
NOT_FOR_OPERATORS = {"PILOTLIGHT_SUPERVISED"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def read_by_us() -> set[str]:
    """Every variable that some line of ours asks for."""
    sources = "\n".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    return set(re.findall(r'"((?:PILOTLIGHT|DATABASE|CELERY_BROKER)_[A-Z_]+)"', sources))


def test_it_keeps_to_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_who_is_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    for name, service in compose["services"].items():
        assert "healthcheck" in service, name


def test_its_variables_exist(compose: dict[str, Any], read_by_us: set[str]) -> None:
    for name in ("web", "worker", "beat", "migrate"):
        assert set(compose["services"][name]["environment"]) <= read_by_us | ELSEWHERE, name


def test_each_variable_is_explained(read_by_us: set[str]) -> None:
    explained = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs/operator.md").read_text()))
    assert read_by_us - NOT_FOR_OPERATORS <= explained
    assert {name for name in explained if name.startswith("PILOTLIGHT_")} <= read_by_us


def test_web_and_worker_have_time_to_finish(compose: dict[str, Any]) -> None:
    from config import celery, gunicorn

    for name, grace in (("web", gunicorn.graceful_timeout), ("worker", celery.GRACE)):
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > grace


def test_the_image_leaves_secrets_and_rubbish_out() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert not {"var", ".env", ".git", ".venv", "tests"} & set(kept)
    assert "USER pilotlight" in (ROOT / "Dockerfile").read_text()
