"""Runs alone, as a process of its own: takes limits on itself, and then becomes the reader that its arguments name.

Arguments: bytes of memory, bytes of output, seconds; the reader's file; the reader's own arguments.
"""

import runpy
import sys


def limit(memory: int, output: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # a stricter limit holds already
            continue


if __name__ == "__main__":
    limit(*map(int, sys.argv[1:4]))
    sys.argv = sys.argv[4:]
    runpy.run_path(sys.argv[0], run_name="__main__")
