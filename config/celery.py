"""The Celery application: ``celery -A config worker``, ``celery -A config beat``."""

import os
import signal
import threading
from typing import Any, Final

import structlog
from celery import Celery, bootsteps, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings  # noqa: E402 - Celery's Django fix-up wants the variable first

from config import embedded  # noqa: E402

#: Seconds for the work in hand once a worker is told to stop. What is not done by then is handed back.
GRACE: Final = 20.0

log = structlog.get_logger(__name__)


class LogContext(bootsteps.Step):  # type: ignore[misc]  # Celery is untyped here
    """Carries the id of the request that rang into the log lines of the task.

    django-structlog's own step also connects what its app connects already: each ring would be logged twice.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        from django_structlog.celery.receivers import CeleryReceiver  # noqa: PLC0415 - in workers only

        super().__init__(parent, **options)
        self.receiver = CeleryReceiver()
        for name in ("prerun", "retry", "success", "failure", "revoked", "unknown", "rejected"):
            getattr(signals, f"task_{name}").connect(getattr(self.receiver, f"receiver_task_{name}"))


app = Celery("pilotlight")
app.set_default()  # for the web's threads too, not only for the one that imports this
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()
app.steps["worker"].add(LogContext)


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Settings have set up the logs: Celery shall leave them as they are."""


@signals.worker_init.connect
def hold_database(**_: object) -> None:
    embedded.hold()


@signals.worker_ready.connect
def take_up_work(sender: Any, **_: object) -> None:
    """What this worker held when it died is free again, and what is due is rung for at once."""
    from accounts.models import Job  # noqa: PLC0415 - needs the apps
    from accounts.tasks import sweep  # noqa: PLC0415

    try:
        Job.objects.release_all_of(sender.hostname)
        sweep.delay()
    except Exception:  # noqa: BLE001 - beat sweeps in ten seconds; a worker starts before its database too
        log.warning("first_sweep_failed", exc_info=True)


@signals.worker_shutting_down.connect
def end_in_time(how: str, **_: object) -> None:
    """Celery's warm stop waits for ever (its time-limited one sleeps the whole limit): turn it cold in time."""
    if how == "Warm":
        hurry = threading.Timer(GRACE, os.kill, (os.getpid(), signal.SIGQUIT))
        hurry.daemon = True
        hurry.start()
