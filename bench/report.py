"""What a run found, as tables for people or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.run import Result


def as_text(result: Result) -> str:
    begun = f"{result.at:%Y-%m-%d %H:%M} UTC, {result.machine}, load {result.load_before:.1f} before the run, medians of {result.rounds} rounds"
    costs = [
        [
            page.name, f"{cost.server_cpu:.2f} + {cost.database_cpu:.2f}", f"{cost.times_trivial:.1f}", f"{cost.per_second:.0f}",
            f"{cost.p50:.0f} / {cost.p95:.0f}", f"{cost.bytes / 1000:.1f}", str(cost.queries), f"{cost.others:.0%}",
        ]
        for page, cost in result.costs.items()
    ]  # fmt: skip
    bars = [
        [
            name,
            bar.what,
            f"{bar.most:g}{bar.unit}",
            f"{bar.measured:.3g}{bar.unit}",
            "met" if bar.met else "NOT MET",
        ]
        for name, found in result.bars.items()
        for bar in found
    ]
    heads = [
        "page",
        "CPU ms server + PG",
        "x trivial",
        "req/s",
        "p50 / p95 ms",
        "kB",
        "queries",
        "others' load",
    ]
    return "\n\n".join(
        [begun, _table(heads, costs), _table(["id", "bar", "at most", "measured", "verdict"], bars)]
    )


def as_json(result: Result) -> str:
    told = {
        "at": result.at.isoformat(),
        "machine": result.machine,
        "load_before": result.load_before,
        "rounds": result.rounds,
        "pages": [
            {"page": page.name, "path": page.path, **asdict(cost)} for page, cost in result.costs.items()
        ],
        "bars": [
            {"id": name, **asdict(bar), "met": bar.met}
            for name, found in result.bars.items()
            for bar in found
        ],
    }
    return json.dumps(told, ensure_ascii=False)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
