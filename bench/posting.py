"""The load of P6 and P7: eight programs that post, each with an open connection, an address and a token of its own.

A process of its own, as ``bench.load`` is; bodies are written before the clock starts. Loopback only.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from datetime import date, timedelta
from typing import Any

from bench.load import HOST, Seen

FIRST = date(1970, 1, 2)
DAYS = 20_000  # that many before today at least


def body(told: dict[str, Any], number: int) -> bytes:
    """The number-th body of a program: a value alone, or points that nobody sent before."""
    if told["points"] == 0:
        return str(number).encode()
    begin = told["begin"] + number * told["points"]
    points = []
    for place in range(begin, begin + told["points"]):
        group, day = divmod(place, DAYS)
        points.append(
            {
                "day": (FIRST + timedelta(days=day)).isoformat(),
                "value": 20 + place % 997 / 700,
                "group": f"g{group}",
            }
        )
    return json.dumps({"points": points}).encode()


def post(told: dict[str, Any], program: int, bodies: list[bytes], until: float, seen: Seen) -> None:
    connection = http.client.HTTPConnection(HOST, told["port"], timeout=30)
    path, headers = told["paths"][program], told["headers"][program]
    for number, content in enumerate(bodies):
        begun = time.perf_counter()
        if begun >= until:
            break
        given = (
            {**headers, "Idempotency-Key": f"{told['run']}-{program}-{number}"} if told["keys"] else headers
        )
        connection.request("POST", path, body=content, headers=given)
        answer = connection.getresponse()
        answer.read()
        seen.took.append(1000 * (time.perf_counter() - begun))
        seen.statuses[answer.status] = seen.statuses.get(answer.status, 0) + 1
    connection.close()


def main() -> None:
    told = json.load(sys.stdin)
    programs = range(len(told["paths"]))
    bodies = [[body(told, number) for number in range(told["most"])] for _program in programs]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    all_seen = [Seen() for _program in programs]
    begun = time.perf_counter()
    threads = [
        threading.Thread(
            target=post, args=(told, program, bodies[program], begun + told["seconds"], all_seen[program])
        )
        for program in programs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses: dict[int, int] = {}
    for seen in all_seen:
        for status, count in seen.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    json.dump({"requests": sum(len(seen.took) for seen in all_seen), "statuses": statuses}, sys.stdout)


if __name__ == "__main__":
    main()
