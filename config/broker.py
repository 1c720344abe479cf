"""The broker: what Celery needs to know of each kind, and the one that comes with Pilotlight.

Any broker is only a doorbell here, because due work stands in the database (``accounts.models.job``). So
the embedded one is a folder: ring = a file appears, answer = the file is taken away. It derives from kombu's
virtual channel and not from kombu's own ``filesystem://``, whose worker dies on a file that ``kill -9`` or a
full disk left half written, and which passes messages through the common temporary folder (ADR 0002).
"""

import os
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from celery.schedules import schedule
from kombu import Queue
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads

EMBEDDED_URL: Final = "folder://localhost"
TRANSPORT_ALIASES["folder"] = "config.broker:Transport"

#: Seconds. A task that outlives the first is told to stop, at the second it is killed; both lie below the
#: 900 s after which Redis hands a task that nobody acknowledged to another worker.
SOFT_LIMIT: Final = 540
HARD_LIMIT: Final = 600
VISIBILITY: Final = 900
QUEUE: Final = "pilotlight"
PULLS: Final = "pilotlight-pulls"
#: After so many seconds without a worker a ring of beat's is worth nothing more. Sender and worker compare their own
#: clocks here, which may differ by as much.
_WAITS: Final = 600
_BEGUN: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: A page may wait this long for a dead broker, and no longer.
CONNECT_WITHIN: Final = 1.0


class Channel(virtual.Channel):
    """Queues as files ``<when>_<uuid>.<queue>.msg`` in one folder."""

    @property
    def folder(self) -> Path:
        client: Any = self.connection.client
        folder = Path(client.transport_options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _put(self, queue: str, message: dict[str, Any], **kwargs: object) -> None:
        """Write aside, then rename: a reader sees a whole message or none."""
        target = self.folder / f"{time.time_ns():020d}_{uuid4().hex}.{queue}.msg"
        aside = target.with_suffix(".new")
        try:
            aside.write_text(dumps(message))
            aside.rename(target)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise OperationalError(str(error)) from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """Take the oldest message: whoever renames it has it.

        The folder is looked through when what was seen there is used up, not for each of ten thousand messages.
        """
        seen: deque[Path] = self.__dict__.setdefault("_seen", {}).setdefault(queue, deque())
        if not seen:
            seen.extend(sorted(self._waiting(queue)))
        while seen:
            path = seen.popleft()
            taken = path.with_suffix(".taken")
            try:
                path.rename(taken)
                message: dict[str, Any] = loads(taken.read_text())
                taken.unlink()
            except (OSError, ValueError):
                continue  # another worker was quicker, or the file is no message: the sweep rings again
            return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = self._waiting(queue)
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)

    def _waiting(self, queue: str) -> list[Path]:
        ending = f".{queue}.msg"
        with os.scandir(self.folder) as entries:
            return [Path(entry.path) for entry in entries if entry.name.endswith(ending)]


class Transport(virtual.Transport):
    Channel = Channel
    global_state = virtual.BrokerState()
    driver_type = "folder"
    driver_name = "folder"
    default_port = 0

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:  # type: ignore[override]
        """Waits in short turns, so that a worker that is told to stop soon notices."""
        super().drain_events(connection, timeout=timeout and min(timeout, 0.5))

    def driver_version(self) -> str:
        return "1"


def celery_settings(url: str, var_dir: Path) -> dict[str, Any]:
    """Celery's settings for the broker at ``url``; ``var_dir`` is for the embedded one alone."""
    kind = urlsplit(url).scheme.partition("+")[0]
    return {
        "broker_url": url,
        "broker_transport_options": _transport_options(kind, var_dir),
        "broker_connection_timeout": CONNECT_WITHIN,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # A worker waits for its broker for ever; a page never does.
        "task_publish_retry": False,
        "task_default_queue": QUEUE,
        # Pulls wait for other people's machines, and may come by the thousand: what rings, mails and reads does not
        # stand in line behind them. A worker serves both queues in turn.
        "task_queues": (Queue(QUEUE), Queue(PULLS)),
        "task_routes": {"metrics.tasks.*": {"queue": PULLS}},
        "task_ignore_result": True,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_pool": "config.pool:TaskPool",
        "task_soft_time_limit": SOFT_LIMIT,
        "task_time_limit": HARD_LIMIT,
        # The embedded one is asked thirty times a second, so it hands out more at a time.
        "worker_prefetch_multiplier": 4 if kind == "folder" else 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
        "timezone": "UTC",
        # In memory: every entry comes round within minutes, there is nothing to remember.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "sweep": {
                "task": "accounts.tasks.sweep",
                "schedule": _every(10.0),
                "kwargs": {"by_beat": True},
                "options": {"expires": _WAITS},
            },
            "drafts": {
                "task": "metrics.tasks.forget_drafts",
                "schedule": _every(300.0),
                "options": {"expires": _WAITS},
            },
            "notices": {
                "task": "pilots.tasks.look_after_news",
                "schedule": _every(300.0),
                "options": {"expires": _WAITS},
            },
            "waits": {
                "task": "pilots.tasks.look_after_waits",
                "schedule": _every(300.0),
                "options": {"expires": _WAITS},
            },
            "unread": {
                "task": "pilots.tasks.find_unread",
                "schedule": _every(10.0),
                "options": {"expires": _WAITS},
            },
        },
    }


def _every(seconds: float) -> schedule:
    """Counted by a clock that nobody sets: put back by ten minutes, the host's would leave beat silent for ten minutes."""
    return schedule(seconds, nowfun=_steady)


def _steady() -> datetime:
    return _BEGUN + timedelta(seconds=time.monotonic())


def _transport_options(kind: str, var_dir: Path) -> dict[str, Any]:
    # Publishers try once; a worker's own reconnecting is set by broker_connection_max_retries.
    once = {"max_retries": 0}
    match kind:
        case "folder":
            return {"folder": str(var_dir / "broker"), "polling_interval": 0.03}
        case "redis" | "rediss" | "sentinel":
            return once | {
                "visibility_timeout": VISIBILITY,
                # Look for what a dead worker left at each round (10 s), not at each tenth.
                "unacked_restore_throttle": 1,
                "socket_connect_timeout": CONNECT_WITHIN,
                "socket_timeout": 2.0,
                "socket_keepalive": True,
            }
        case "amqp" | "amqps" | "pyamqp":
            return once | {"confirm_publish": True}
        case _:
            return once


def reachable(within: float = CONNECT_WITHIN) -> bool:
    """Whether the configured broker answers in time.

    In a thread of its own, because a broker that accepts and then says nothing outlasts its client's
    timeouts.
    """
    from celery import current_app

    proxy: Any = current_app
    app = proxy._get_current_object()  # the current application is one per thread
    answers: list[bool] = []
    asking = threading.Thread(
        target=lambda: answers.append(_answers(app, within)), name="broker-check", daemon=True
    )
    asking.start()
    asking.join(within)
    return answers == [True]


def _answers(app: Any, within: float) -> bool:
    try:
        with app.connection_for_write(connect_timeout=within) as connection:
            connection.default_channel.close()
    except Exception:  # noqa: BLE001 - each broker's client raises its own kinds, all mean "no"
        return False
    return True
