"""Choose folder and port, then run: until somebody says stop, or once, with a look at the pages."""

import argparse
import os
import sys
import time
from pathlib import Path


def main() -> int:
    started = time.monotonic()
    options = _options()
    if options.check:
        # Beside a running demo, and before anything reads where var/ is.
        base = Path(os.environ.get("PILOTLIGHT_VAR") or Path(__file__).parents[2] / "var")
        os.environ["PILOTLIGHT_VAR"] = str((base / "check").resolve())

    from config.troubles import told_plainly

    with told_plainly():
        from config.demo.check import check
        from config.demo.house import House
        from config.demo.output import Output

        house = House(port=options.port, free_port=options.check, say=Output(quiet=options.check))
        if options.check:
            return check(house, reset=options.reset, started=started)
        house.run(reset=options.reset)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/demo", description="Run Pilotlight on this machine, with demo data."
    )
    parser.add_argument(
        "--reset", action="store_true", help="begin afresh: delete the demo's database and files first"
    )
    parser.add_argument(
        "--check", action="store_true", help="start, look at each page once, print one line of JSON, stop"
    )
    parser.add_argument(
        "--port", type=int, default=8000, metavar="N", help="where to listen (default: %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
