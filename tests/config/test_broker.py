"""The embedded broker, and what a dead broker costs a page."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
import time_machine
from celery import Celery
from celery.beat import Scheduler
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from config import broker
from tests.config.processes import free_port


def channel(var: Path) -> Any:
    options = broker.celery_settings(broker.EMBEDDED_URL, var)["broker_transport_options"]
    return Connection(broker.EMBEDDED_URL, transport_options=options).channel()


def test_first_in_first_out_and_by_queue(tmp_path: Path) -> None:
    folder = channel(tmp_path)
    for number in range(3):
        folder._put("jobs", {"n": number})
    folder._put("other", {"n": 9})
    assert [folder._get("jobs")["n"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        folder._get("jobs")
    assert folder._size("other") == 1
    assert folder._purge("other") == 1
    assert list((tmp_path / "broker").iterdir()) == []


def test_a_half_written_message_stops_nobody(tmp_path: Path) -> None:
    folder = channel(tmp_path)
    (tmp_path / "broker").mkdir(exist_ok=True)
    (tmp_path / "broker" / "0_killed.jobs.msg").write_text("")
    (tmp_path / "broker" / "1_killed.jobs.msg").write_text('{"n": ')
    folder._put("jobs", {"n": 1})
    assert folder._get("jobs") == {"n": 1}


def test_two_takers_take_each_message_once(tmp_path: Path) -> None:
    giver = channel(tmp_path)
    for number in range(200):
        giver._put("jobs", {"n": number})
    taken: list[int] = []

    def take() -> None:
        taker = channel(tmp_path)
        try:
            while True:
                taken.append(taker._get("jobs")["n"])
        except Empty:
            pass

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(taken) == list(range(200))


def test_a_full_disk_is_a_broker_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = channel(tmp_path)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OperationalError):
        folder._put("jobs", {"n": 1})
    assert list((tmp_path / "broker").iterdir()) == []


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "amqp://guest:guest@127.0.0.1:{port}//"])
def test_a_dead_broker_answers_a_page_at_once(tmp_path: Path, url: str) -> None:
    app = Celery("dead", set_as_current=False)
    app.conf.update(broker.celery_settings(url.format(port=free_port()), tmp_path))
    broker._answers(app, 1.0)  # loads the client
    begun = time.monotonic()
    with pytest.raises(OperationalError):
        app.send_task("accounts.tasks.sweep", retry=False)
    assert time.monotonic() - begun < 1.5
    assert broker._answers(app, 1.0) is False


@pytest.mark.parametrize("url", ["redis://h/0", "amqp://h//", broker.EMBEDDED_URL])
def test_no_task_outlives_its_hold_on_the_message(tmp_path: Path, url: str) -> None:
    settings = broker.celery_settings(url, tmp_path)
    assert settings["task_acks_late"]
    assert settings["task_reject_on_worker_lost"]
    assert settings["task_soft_time_limit"] < settings["task_time_limit"] < broker.VISIBILITY


@pytest.mark.parametrize("by", [timedelta(minutes=-10), timedelta(days=1)], ids=["back", "forward"])
def test_beat_rings_on_when_the_clock_of_its_host_is_set(by: timedelta, tmp_path: Path) -> None:
    app = Celery("beating")
    app.config_from_object(broker.celery_settings(broker.EMBEDDED_URL, tmp_path))
    entry = Scheduler(app).schedule["sweep"]
    assert not entry.is_due().is_due
    with time_machine.travel(timezone.now() + by):
        assert 9 < entry.is_due().next <= 10
        assert not entry.is_due().is_due
