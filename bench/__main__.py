"""``python -m bench [ID...]``: measure, compare with the bars, print. Exit code 0 unless it cannot run."""

import argparse
import os
import signal
import sys
from pathlib import Path

VAR = Path(os.environ.get("PILOTLIGHT_VAR") or Path(__file__).resolve().parent.parent / "var") / "bench"


def main() -> None:
    given = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("stopped"))  # so that the servers are stopped too
    # A production process but for TLS, on a database of its own: nobody's data are read or filled up.
    for name in [name for name in os.environ if name.startswith(("PILOTLIGHT_", "DJANGO_", "DATABASE_URL"))]:
        del os.environ[name]
    os.environ |= {"PILOTLIGHT_VAR": str(VAR), "DJANGO_SETTINGS_MODULE": "config.settings"}

    from config.troubles import told_plainly

    with told_plainly():
        from bench import benches, report
        from bench.run import run

        result = run(benches.chosen(given.ids), rounds=given.rounds, seconds=given.seconds)
        print(report.as_json(result) if given.json else report.as_text(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="CPU times and ratios, and whether they hold."
    )
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="which benches, such as P1 (all when none is named)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is measured (5)")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long a page is asked for in a round (3)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
