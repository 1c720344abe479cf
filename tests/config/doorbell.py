"""A Celery application with our settings and one task, for ``test_brokers.py``; needs no database."""

import os
from pathlib import Path

from celery import Celery

from config import broker

app = Celery("doorbell", set_as_current=False)
app.conf.update(broker.celery_settings(os.environ["DOORBELL_BROKER"], Path(os.environ["DOORBELL_VAR"])))
app.conf.task_default_queue = os.environ["DOORBELL_QUEUE"]
app.conf.task_queues = None  # its own one alone
app.conf.beat_schedule = {}


@app.task(name="doorbell.ring")
def ring(*, number: int) -> None:
    folder = Path(os.environ["DOORBELL_VAR"]) / "rung"
    folder.mkdir(exist_ok=True)
    (folder / str(number)).touch()
