"""The benches, one a file: a module here that has a ``BENCH`` is one. A new one needs nothing else."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from bench.kinds import Bench
from config.troubles import Trouble


def chosen(ids: Sequence[str]) -> list[Bench]:
    """Those that were named, or all that do not want to be alone."""
    found: dict[str, Bench] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        bench: Bench = import_module(f"{__name__}.{module.name}").BENCH
        found[bench.id] = bench
    wanted = [name.upper() for name in ids]
    if unknown := [name for name in wanted if name not in found]:
        raise Trouble(f"there is no bench {', '.join(unknown)}; there are {', '.join(found)}.")
    return [found[name] for name in wanted] or [bench for bench in found.values() if not bench.alone]
