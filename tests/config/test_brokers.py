"""A real worker process does real tasks over each kind of broker.

Redis and RabbitMQ are tested where they run on their standard ports; with REQUIRE_SERVICES=1 they have to.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery

from accounts.models.job import bells_waiting
from config import broker
from tests.config.processes import start, until

BROKERS = {
    "embedded": (broker.EMBEDDED_URL, None),
    "redis": ("redis://127.0.0.1:6379/14", 6379),
    "rabbitmq": ("amqp://guest:guest@127.0.0.1:5672//", 5672),
}


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def worker(settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    lone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = start(
        *("-m", "celery", "-A", "tests.config.doorbell", "worker", "-c", "1", *lone),
        var=Path(settings["DOORBELL_VAR"]),
        DJANGO_SETTINGS_MODULE="",
        **settings,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("kind", BROKERS)
def test_a_worker_does_what_it_is_rung_for(kind: str, tmp_path: Path) -> None:
    url, port = BROKERS[kind]
    if port and not answers(port):
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail(f"no {kind} on port {port}, and REQUIRE_SERVICES is set")
        pytest.skip(f"no {kind} on port {port}")
    queue = f"test-{uuid4().hex}"
    settings = {"DOORBELL_BROKER": url, "DOORBELL_VAR": str(tmp_path), "DOORBELL_QUEUE": queue}
    app = Celery("ringer", set_as_current=False)
    app.conf.update(broker.celery_settings(url, tmp_path), task_default_queue=queue, task_queues=None)
    rung = tmp_path / "rung"

    app.send_task("doorbell.ring", kwargs={"number": 0})  # waits for the worker to come
    assert until(lambda: bells_waiting(app) == 1)
    with worker(settings) as process:
        assert until((rung / "0").exists), process.poll()
        for number in range(1, 21):
            app.send_task("doorbell.ring", kwargs={"number": number})
        assert until(lambda: len(list(rung.iterdir())) == 21)
    assert process.returncode == 0
    with app.connection_for_write() as connection:
        ours = app.amqp.queues[queue].bind(connection.default_channel)
        ours.declare()  # a channel unbinds only what it knows of
        ours.delete()
        ours.exchange.delete()
    app.close()
