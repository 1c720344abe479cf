"""The worker's processes where the broker knows no event loop, as the embedded one: they share one queue.

An idle process of billiard's pool waits for its next task *inside* the lock that only one may hold. ``kill -9`` of that one
(somebody's hand, a kernel short of memory) leaves the lock taken for good: the others never get another task, and the worker
looks alive. Here nobody waits with the lock in hand: it is taken only to fetch a task that is there.
Redis and RabbitMQ have a queue a process, and no such lock.
"""

from typing import TYPE_CHECKING, Any, Final

from billiard.pool import Pool
from billiard.queues import SimpleQueue
from celery.concurrency.prefork import TaskPool as PreforkPool

#: Seconds between two looks at whether the pool is to end.
LOOKS_UP_AFTER: Final = 1.0

if TYPE_CHECKING:
    _Queue = SimpleQueue[Any]
else:
    _Queue = SimpleQueue


class SharedQueue(_Queue):
    _reader: Any
    _writer: Any
    _rlock: Any

    def get_payload(self) -> bytes:
        while True:
            if self._reader.poll(LOOKS_UP_AFTER):
                with self._rlock:
                    if self._reader.poll(0):  # nobody else was quicker
                        payload: bytes = self._reader.recv_bytes()
                        return payload


class SharingPool(Pool):
    _ctx: Any

    def _setup_queues(self) -> None:
        super()._setup_queues()  # type: ignore[misc]
        self._inqueue = SharedQueue(ctx=self._ctx)
        self._quick_put = self._inqueue._writer.send


class TaskPool(PreforkPool):
    BlockingPool = SharingPool
