"""How much CPU a tree of processes has used, ended children included."""

from __future__ import annotations

import contextlib

import psutil


def used(root: psutil.Process) -> float:
    """Seconds of CPU since the tree began. Differences of two such readings are what is meant."""
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            # What has ended and was waited for stands with its parent (macOS counts it nowhere).
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def busy() -> float:
    """Seconds of CPU that the whole machine has worked."""
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "nice", 0.0))
