"""The load: a few connections that are kept open and ask for one page again and again. Loopback only.

A process of its own, so that its work is not counted: ``python -m bench.load`` reads what to do as JSON from
standard input and writes what it saw to standard output.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass, field

HOST = "127.0.0.1"


@dataclass
class Seen:
    """Latencies in milliseconds; statuses and lengths of what came back."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes: int = 0


def ask(port: int, path: str, headers: dict[str, str], until: float, seen: Seen) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    while (begun := time.perf_counter()) < until:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        seen.bytes = len(answer.read())
        seen.took.append(1000 * (time.perf_counter() - begun))
        seen.statuses[answer.status] = seen.statuses.get(answer.status, 0) + 1
    connection.close()


def main() -> None:
    given = json.load(sys.stdin)
    begun, all_seen = time.perf_counter(), [Seen() for _ in range(given["connections"])]
    threads = [
        threading.Thread(
            target=ask, args=(given["port"], given["path"], given["headers"], begun + given["seconds"], seen)
        )
        for seen in all_seen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - begun
    json.dump(
        {"lasted": lasted, "cpu": time.process_time(), "seen": [asdict(seen) for seen in all_seen]},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
