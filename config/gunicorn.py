"""Gunicorn's settings. ``WEB_CONCURRENCY`` (processes) is gunicorn's own variable."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import embedded, logs, memory
from config.environment import flag

bind = os.environ.get("PILOTLIGHT_BIND", "127.0.0.1:8000")
worker_class = "gthread"
threads = int(os.environ.get("PILOTLIGHT_THREADS", "2"))

# Asked to stop, a worker finishes the requests in hand; what takes longer than this is cut off.
graceful_timeout = 25
timeout = 60
keepalive = 5

# The application logs each request itself, with its id and without the secrets in its address.
accesslog = None
logs.configure(plain=flag("PILOTLIGHT_PLAIN_LOGS"))
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {},
    "handlers": {},
    "formatters": {},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"}},
}
# Neither socket nor file is left in a home folder.
control_socket_disable = True


def on_starting(server: Any) -> None:
    embedded.hold()


def post_worker_init(worker: Any) -> None:
    """Nobody waits for what the first figure loads; what somebody types is coached from the first letter on."""
    from django.apps import apps

    # Another application than ours is a yardstick, or a test's.
    ours = apps.ready and apps.is_installed("metrics")
    if ours:
        import scipy.special  # noqa: F401
    memory.settle()
    if ours:
        from metrics.coach.rule import rule

        threading.Thread(target=rule, name="coach", daemon=True).start()
