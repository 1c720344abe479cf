"""The Celery application: ``celery -A config worker``, ``celery -A config beat``."""

import os
import signal
import threading
from pathlib import Path
from typing import Any, Final

import structlog
from celery import Celery, bootsteps, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config import embedded, memory

#: Seconds for the work in hand once a worker is told to stop. What is not done by then is handed back.
GRACE: Final = 20.0

log = structlog.get_logger(__name__)


class LogContext(bootsteps.Step):
    """Carries the id of the request that rang into the log lines of the task.

    django-structlog's own step also connects what its app connects already: each ring would be logged twice.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        from django_structlog.celery.receivers import CeleryReceiver

        super().__init__(parent, **options)
        self.receiver = CeleryReceiver()
        for name in ("prerun", "retry", "success", "failure", "revoked", "unknown", "rejected"):
            getattr(signals, f"task_{name}").connect(getattr(self.receiver, f"receiver_task_{name}"))


class Life(bootsteps.StartStopStep):
    """Touches a file every ten seconds for as long as the worker's loop turns, for ``config.probe``."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        show_life()
        parent.timer.call_repeatedly(10.0, show_life)


def show_life(**_: object) -> None:
    life = os.environ.get("PILOTLIGHT_LIFE_FILE")
    if life:
        Path(life).touch()


app = Celery("pilotlight")
app.set_default()  # for the web's threads too, not only for the one that imports this
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()
app.steps["worker"].add(LogContext)
app.steps["worker"].add(Life)
# Beat rings every ten seconds.
signals.after_task_publish.connect(show_life)


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Settings have set up the logs: Celery shall leave them as they are."""


@signals.worker_init.connect
def hold_database(**_: object) -> None:
    embedded.hold()


@signals.worker_init.connect
def load_figures(**_: object) -> None:
    """Once, for all processes that are forked from this one: commands load it with the first figure."""
    import scipy.special  # noqa: F401


@signals.worker_process_init.connect
def settle_memory(**_: object) -> None:
    memory.settle()


@signals.worker_ready.connect
def take_up_work(sender: Any, **_: object) -> None:
    """What this worker held when it died is free again, and what is due is rung for at once."""
    from accounts.models import Job
    from accounts.tasks import sweep

    try:
        Job.objects.release_all_of(sender.hostname)
        sweep.delay()
    except Exception:
        log.warning("first_sweep_failed", exc_info=True)


@signals.worker_shutting_down.connect
def end_in_time(how: str, **_: object) -> None:
    """Celery's warm stop waits for ever, its limited one always sleeps the whole limit: go cold in time."""
    if how == "Warm":
        hurry = threading.Timer(GRACE, os.kill, (os.getpid(), signal.SIGQUIT))
        hurry.daemon = True
        hurry.start()
