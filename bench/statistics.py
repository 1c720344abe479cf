"""The goals of the verdict, measured: ``python -m bench.statistics [--pilots 2000]``. Seeded; a few minutes.

Simulated pilots of SD 1, as `docs/statistics.md` tells, and real series in which nothing happened. Each goal says
how many of the pilots may go wrong; Monte Carlo error is about half a point at 5 % with 2,000 pilots.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):  # run as a file, this one would hide Python's own module of its name
    sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from bench import rivals  # noqa: E402
from bench.simulated import DAILY, LONG, WEEKLY, Cell, flights, many_pilots  # noqa: E402
from metrics.stats import Design, assess, assess_many, in_flight, plan, sign_off  # noqa: E402

type Floats = NDArray[np.float64]

SLACK = 0.01
FLAG = 20.0
IMPACTS = 300
RHOS = (0.0, 0.3, 0.6)


@dataclass(frozen=True, slots=True)
class Goal:
    """measured is to be at most, or at least, the goal; ``beside`` tells what rivals do with the same series."""

    id: str
    what: str
    goal: float
    measured: float
    at_least: bool = False
    beside: str = ""
    slack: float = SLACK

    @property
    def met(self) -> bool:
        if self.at_least:
            return self.measured >= self.goal - self.slack
        return self.measured <= self.goal + self.slack


def goals(pilots: int, only: str = "") -> Iterator[Goal]:
    """One by one as they are measured; ``only`` names the first letters of those that are wanted."""
    parts = {
        "G1": _false_alarms, "G2": _under_drift, "G3": _false_not_moving, "G4": _power, "G5": _delay, "G6": _coverage,
        "G7": _verdicts, "G8": _forecasts, "G9": _promises, "G10": _portfolio, "G12": _placebos, "G13": _published,
        "G11": _speed, "G14": _wavering,
    }  # fmt: skip
    for name, part in parts.items():
        if name == only or not only:
            yield from part(pilots)


def _false_alarms(pilots: int) -> Iterator[Goal]:
    cells = [Cell(DAILY, rho) for rho in RHOS] + [Cell(DAILY, season=True), Cell(DAILY, 0.3, season=True)]
    for name, group, smooth in (("daily", cells, 7), ("weekly", [Cell(WEEKLY, rho) for rho in RHOS], 1)):
        for drift in (0.0, 0.25):
            both, moving, wrong = zip(*(_alarms(cell, drift, pilots) for cell in group), strict=True)
            beside = _rivals(group, smooth, pilots) if drift else ""
            yield Goal(
                "G1",
                f"{name}, drift {drift:g}: two-sided evidence, worst of {len(group)}",
                0.05,
                max(both),
                beside=beside,
            )
            yield Goal("G1", f"{name}, drift {drift:g}: moving flag {_row(moving)}", 0.05, max(moving))
            yield Goal("G1", f"{name}, drift {drift:g}: wrong-way flag {_row(wrong)}", 0.05, max(wrong))


@cache
def _alarms(cell: Cell, drift: float, pilots: int) -> tuple[float, float, float]:
    """How many are flagged at any look: by the mean of both e-values, as moving, as wrong way."""
    many = assess_many(cell.series(pilots), cell.design(drift=drift))
    both = (many.e_moving + many.e_wrong_way).max(axis=1) / 2 >= FLAG
    return tuple(
        float(np.mean(flags))
        for flags in (both, many.e_moving.max(axis=1) >= FLAG, many.e_wrong_way.max(axis=1) >= FLAG)
    )  # type: ignore[return-value]


def _rivals(cells: list[Cell], smooth: int, pilots: int) -> str:
    said: dict[str, list[float]] = {}
    for cell in cells:
        y, n0 = cell.series(pilots), cell.shape[0]
        for name, flags in (
            ("Welch", rivals.welch(y, n0)),
            ("XmR", rivals.xmr_rules(y, n0)),
            ("GrowthBook", rivals.growthbook(y, n0)[0]),
            ("% of target", rivals.percent_of_target(y, n0, 1.0 if smooth == 7 else 2.0, smooth)),
        ):
            said.setdefault(name, []).append(100 * float(flags.mean()))
        bayesian, _ = rivals.causal_impact(y[:IMPACTS], n0)
        said.setdefault("CausalImpact", []).append(100 * float(bayesian.mean()))
    return ", ".join(f"{name} {min(row):.0f}–{max(row):.0f} %" for name, row in said.items())


def _under_drift(pilots: int) -> Iterator[Goal]:
    for name, shape in (("daily", DAILY), ("weekly", WEEKLY)):
        for drift, most in ((0.5, 0.05), (1.0, 0.07)):
            cell = Cell(shape, drift=drift)
            both, moving, _ = _alarms(cell, 0.25, pilots)
            beside = _rivals([cell], 7 if shape == DAILY else 1, pilots) if drift < 1 else ""
            yield Goal("G2", f"{name}, drift of {drift:g} SD: two-sided evidence", most, both, beside=beside)
            yield Goal("G2", f"{name}, drift of {drift:g} SD: moving flag", most, moving)


def _false_not_moving(pilots: int) -> Iterator[Goal]:
    for name, shape, target in (("daily", DAILY, 1.0), ("weekly", WEEKLY, 2.0)):
        for drift in (0.0, 0.25):
            rates = []
            for rho in RHOS:
                cell = Cell(shape, rho, effect=target)
                many = assess_many(cell.series(pilots), cell.design(drift=drift))
                rates.append(float(np.mean(many.e_not_moving.max(axis=1) >= FLAG)))
            yield Goal(
                "G3",
                f"{name}, drift {drift:g}: at target, flagged not moving {_row(rates)}",
                0.05,
                max(rates),
            )


def _power(pilots: int) -> Iterator[Goal]:
    wanted = (
        ("G4", 0.0, ((DAILY, 0.5, 0.38), (DAILY, 1.0, 0.95), (DAILY, 2.0, 0.99), (WEEKLY, 2.0, 0.70), (WEEKLY, 3.0, 0.95), (LONG, 2.0, 0.87))),
        ("G4b", 0.25, ((DAILY, 0.5, 0.15), (DAILY, 1.0, 0.70), (DAILY, 2.0, 0.99), (WEEKLY, 2.0, 0.52), (WEEKLY, 3.0, 0.85))),
    )  # fmt: skip
    for name, drift, rows in wanted:
        for shape, effect, least in rows:
            cell = Cell(shape, effect=effect)
            y = cell.series(pilots)
            many = assess_many(y, cell.design(drift=drift))
            found = float(np.mean(many.e_moving.max(axis=1) >= FLAG))
            beside = f"GrowthBook {100 * rivals.growthbook(y, shape[0])[1].mean():.0f} %"
            what = f"{shape[0]}+{shape[1]}, drift {drift:g}: {effect:g} SD found moving"
            yield Goal(name, what, least, found, at_least=True, beside=beside)


def _delay(pilots: int) -> Iterator[Goal]:
    for effect, most in ((1.0, 11), (2.0, 3)):
        cell = Cell(DAILY, effect=effect)
        for drift in (0.0, 0.25):
            many = assess_many(cell.series(pilots), cell.design(drift=drift))
            over = many.e_moving >= FLAG
            first = np.where(over.any(axis=1), over.argmax(axis=1) + 1, 99)
            limit = most if drift == 0 else most + 2
            yield Goal(
                "G5",
                f"daily, drift {drift:g}: median day at {effect:g} SD",
                limit,
                float(np.median(first)),
                slack=0,
            )


def _coverage(pilots: int) -> Iterator[Goal]:
    for name, shape in (("daily", DAILY), ("weekly", WEEKLY), ("weekly 26", LONG)):
        for drift in (0.0, 0.25):
            rates, widths = [], []
            for rho in RHOS:
                cell = Cell(shape, rho)
                many = assess_many(cell.series(pilots), cell.design(drift=drift), looks=[sum(shape)])
                rates.append(float(np.mean((many.low <= 0) & (many.high >= 0))))
                widths.append(float(np.median(many.high - many.low)))
            wide = f"width {_row(widths, 2)}"
            if drift:
                held = (
                    1 - rivals.causal_impact(Cell(shape, rho).series(IMPACTS), shape[0])[1].mean()
                    for rho in RHOS
                )
                wide += f"; CausalImpact holds {_row(held)}"
            yield Goal(
                "G6",
                f"{name}, drift {drift:g}: interval holds {_row(rates)}",
                0.94,
                min(rates[:2]),
                at_least=True,
                beside=wide,
            )
            yield Goal("G6", f"{name}, drift {drift:g}: the same at AR .6", 0.89, rates[2], at_least=True)


def _verdicts(pilots: int) -> Iterator[Goal]:
    for name, shape, target in (("daily", DAILY, 1.0), ("weekly", WEEKLY, 2.0)):
        hit, missed, right = [], [], []
        for rho in RHOS:
            for effect, verdict, into in (
                (0.0, "reached", hit),
                (target, "not_moved", missed),
                (1.5 * target, "reached", right),
            ):
                cell = Cell(shape, rho, effect=effect)
                many = assess_many(cell.series(pilots), cell.design(drift=0.0), looks=[sum(shape)])
                into.append(float(np.mean(many.verdict == verdict)))
        yield Goal("G7", f"{name}: reached without effect {_row(hit)}", 0.01, max(hit))
        also = f"reached at 1.5 x target {_row(right)}"
        yield Goal("G7", f"{name}: not moved at target {_row(missed)}", 0.04, max(missed), beside=also)


def _forecasts(pilots: int) -> Iterator[Goal]:
    """The share that the interval holds was asked for without the drift allowance; with it, it is told beside."""
    for name, shape, target in (("daily", DAILY, 1.0), ("weekly", WEEKLY, 2.0)):
        with_allowance = ""
        for drift in (0.25, 0.0):
            inside, unlikely, briers, spread = [], [], [], []
            for rho in RHOS:
                half, first, end, y, n0 = _mixed(shape, rho, target, drift, pilots)
                inside.append(
                    float(np.mean((half.forecast_low[:, 0] <= end) & (end <= half.forecast_high[:, 0])))
                )
                hit = end >= target
                for many in (first, half):
                    low = many.chance_of_target[:, 0] < 0.1
                    unlikely.append(float(hit[low].mean()) if low.any() else 0.0)
                briers.append(float(np.mean((half.chance_of_target[:, 0] - hit) ** 2)))
                far = (y[:, n0 : n0 + shape[1] // 2].mean(1) - y[:, :n0].mean(1)) / target
                spread.append(float(np.mean((np.clip(far, 0, 1) - hit) ** 2)))
            beside = f"percent of target {_row(spread)}"
            if drift:
                with_allowance = f"with allowance {_row(inside)}"
            else:
                what = f"{name}: 80 % forecast holds, least {_row(inside)}"
                yield Goal("G8", what, 0.75, min(inside), at_least=True, beside=with_allowance)
                yield Goal("G8", f"{name}: … and most", 0.88, max(inside))
            yield Goal("G8", f"{name}, drift {drift:g}: reached among “below 10 %”", 0.03, max(unlikely))
            yield Goal(
                "G8",
                f"{name}, drift {drift:g}: Brier at half-time {_row(briers)}",
                0.055,
                max(briers),
                beside=beside,
                slack=0.002,
            )


def _wavering(pilots: int) -> Iterator[Goal]:
    """*Unlikely* as ``pilots.causes`` raises and clears it, beside a bare threshold: raised again, and raised for nothing."""
    for name, shape, target, first in (("daily", DAILY, 1.0, 7), ("weekly", WEEKLY, 2.0, 1)):
        again, bare, wrong, bare_wrong = [], [], [], []
        for rho in RHOS:
            chances, reached = _chances(shape, rho, target, first, pilots)
            raised = _raised(chances, clears=0.2, points=2)
            at_once = _raised(chances[:, 1:], clears=0.1, points=1)
            again.append(float(np.mean(raised > 1)))
            bare.append(float(np.mean(at_once > 1)))
            wrong.append(float(reached[raised > 0].mean()))
            bare_wrong.append(float(reached[at_once > 0].mean()))
        yield Goal(
            "G14",
            f"{name}: unlikely raised again {_row(again)}",
            0.09,
            max(again),
            beside=f"bare {_row(bare)}",
        )
        beside = f"bare {_row(bare_wrong)}"
        yield Goal(
            "G14", f"{name}: reached though once unlikely {_row(wrong)}", 0.03, max(wrong), beside=beside
        )


def _chances(shape: tuple[int, int], rho: float, target: float, first: int, pilots: int) -> tuple:  # type: ignore[type-arg]
    """The chance at each point, from the one before the first week's end on, of as many pilots at 0, 0, .5, 1 and 1.3 times the target."""
    n0, m = shape
    effects = np.resize([0.0, 0.0, 0.5, 1.0, 1.3], pilots) * target
    y = Cell(shape, rho).series(pilots, seed=7) + effects[:, None] * (np.arange(n0 + m) >= n0)
    many = assess_many(y, Cell(shape).design(target=target), looks=range(n0 + first - 1, n0 + m + 1))
    return many.chance_of_target[:, :-1], many.estimate[:, -1] >= target


def _raised(
    chances: NDArray[np.float64], *, clears: float, points: int, below: float = 0.1
) -> NDArray[np.int_]:
    """How often each was raised: after so many low points running, until the chance is high enough."""
    count, low = np.zeros(len(chances), dtype=int), np.zeros(len(chances), dtype=int)
    standing = np.zeros(len(chances), dtype=bool)
    for chance in chances.T:
        low = np.where(chance < below, low + 1, 0)
        up = ~standing & (low >= points)
        standing = up | (standing & (chance < clears))
        count += up
    return count


def _mixed(shape: tuple[int, int], rho: float, target: float, drift: float, pilots: int) -> tuple:  # type: ignore[type-arg]
    """Three of five pilots without effect, one at half of the target, one above it."""
    y = Cell(shape, rho).series(pilots, seed=7)
    effects = np.resize([0.0, 0.0, 0.0, 0.5, 1.3], pilots) * target
    y = y + effects[:, None] * (np.arange(sum(shape)) >= shape[0])
    design = Cell(shape).design(drift=drift, target=target)
    n0, m = shape
    half, first = (assess_many(y, design, looks=[n0 + k]) for k in (m // 2, max(1, m // 6)))
    return half, first, assess_many(y, design, looks=[n0 + m]).estimate[:, 0], y, n0


def _promises(pilots: int) -> Iterator[Goal]:
    for name, shape in (("daily", DAILY), ("weekly 26", LONG), ("weekly 12", WEEKLY)):
        gaps = []
        for rho in RHOS:
            n0, m = shape
            y = Cell(shape, rho).series(pilots, seed=11)
            ends = assess_many(y, Cell(shape).design(drift=0.0), looks=[n0 + m])
            effect = float(np.quantile((ends.high - ends.low)[:, 0] / 2 - ends.estimate[:, 0], 0.8))
            design = Cell(shape).design(drift=0.0, target=effect)
            told = [plan(row[:n0], design).chance for row in y[:150]]
            gaps.append(abs(float(np.mean([one for one in told if one is not None])) - 0.8))
        yield Goal("G9", f"{name}: promised less realised power, on average {_row(gaps)}", 0.10, max(gaps))


def _portfolio(pilots: int) -> Iterator[Goal]:
    for name, shape, effect in (("daily", DAILY, 1.0), ("weekly", WEEKLY, 3.0)):
        for shared in (0.0, 0.5):
            wrong, running, any_look, power = [], [], [], []
            for seed in range(max(10, pilots // 80)):
                y, real = many_pilots(shape, effect, shared, seed)
                many = assess_many(y, Cell(shape).design(drift=0.0))
                better = many.estimate[:, -1] > 0
                wins = sign_off(np.where(better, many.p_value[:, -1], 1.0)).stands
                wrong.append(_false_share(wins, real))
                power.append(float(wins[real].mean()))
                running.append(_false_share(in_flight(many.e_moving[:, shape[1] // 2 - 1]).stands, real))
                any_look.append(_false_share((many.p_value.min(axis=1) < 0.05) & better, real))
            what = f"{name}, shared shocks {shared:g}"
            beside = f"power {np.mean(power):.2f}; smallest p of any look {np.mean(any_look):.2f}"
            yield Goal(
                "G10", f"{what}: false among signed-off wins", 0.05, float(np.mean(wrong)), beside=beside
            )
            yield Goal("G10", f"{what}: false among wins in flight (e-BH)", 0.05, float(np.mean(running)))


def _false_share(stands: NDArray[np.bool_], real: NDArray[np.bool_]) -> float:
    return float((stands & ~real).sum() / max(1, stands.sum()))


def _placebos(pilots: int) -> Iterator[Goal]:
    """Late departures of ten carriers: imagined pilots at random starts, in which nothing happened."""
    late, all_flights = flights()
    carriers, days = late.shape
    starts = np.random.default_rng(3).integers(60, days - 42, size=(carriers, 58))
    for name, compared, most in (
        ("alone", False, (0.065, 0.12)),
        ("against the others", True, (0.065, 0.12)),
    ):
        ever, either, final, xmr, welch = [], [], [], [], []
        for i in range(carriers):
            for start in starts[i]:
                part = slice(start - 60, start + 42)
                n, x = all_flights[i, part], late[i, part]
                rest = (np.nansum(late[:, part], 0) - np.nan_to_num(x)) / (
                    np.nansum(all_flights[:, part], 0) - np.nan_to_num(n)
                )
                design = Design(kind="proportion", baseline=60, target=0.05)
                many = assess_many(
                    None,
                    design,
                    numerator=x[None],
                    denominator=n[None],
                    comparison=rest[None] if compared else None,
                )
                ever.append(bool(((many.e_moving + many.e_wrong_way) / 2 >= FLAG).any()))
                either.append(bool((np.maximum(many.e_moving, many.e_wrong_way) >= FLAG).any()))
                final.append(not many.low[0, -1] <= 0 <= many.high[0, -1])
                y = (x / n - (rest if compared else 0))[None]
                y = np.where(np.isfinite(y), y, np.nanmean(y))
                xmr.append(bool(rivals.xmr_rules(y, 60)[0]))
                welch.append(bool(rivals.welch(y, 60)[0]))
        beside = f"either flag {100 * np.mean(either):.1f} %, Welch {100 * np.mean(welch):.0f} %, XmR {100 * np.mean(xmr):.0f} %"
        yield Goal(
            "G12",
            f"{len(ever)} placebo pilots, {name}: ever flagged, two-sided evidence",
            most[0],
            float(np.mean(ever)),
            beside=beside,
        )
        yield Goal(
            "G12",
            f"{len(ever)} placebo pilots, {name}: final interval excludes zero",
            most[1],
            float(np.mean(final)),
        )


def _published(pilots: int) -> Iterator[Goal]:
    """How far from the printed digits: the tests hold each of them; here the ones that need no data."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    yield Goal("G13", "Benjamini-Hochberg 1995: rejections less four", 0, abs(sign_off(p).count - 4), slack=0)
    from metrics.stats.evidence import half_width

    grid = np.geomspace(1e-4, 0.5, 20001)
    half = float(np.nanmin(half_width(np.array(92 * 0.21566**2), 93, grid, 0.05)))
    yield Goal(
        "G13", "avlm: interval, distance from the printed one", 1e-4, abs(2.32245 - half - 1.6530529), slack=0
    )


def _speed(pilots: int) -> Iterator[Goal]:
    for name, shape, most in (("daily", DAILY, 1.0), ("weekly", WEEKLY, 0.4)):
        y = Cell(shape).series(100_000)
        design, look = Cell(shape).design(), [sum(shape)]
        assess_many(y[:5000], design, looks=look)
        seconds = min(_seconds(lambda y=y, d=design, at=look: assess_many(y, d, looks=at)) for _ in range(3))
        x = np.random.default_rng(1).standard_normal((sum(shape), 9))
        bare = min(_seconds(lambda y=y, x=x: y @ x) for _ in range(3))
        yield Goal(
            "G11",
            f"one look at 100,000 {name} series, seconds of CPU",
            most,
            seconds,
            beside=f"bare matrix product {bare:.3f} s",
            slack=0,
        )
    one = Cell(DAILY).series(1)[0]
    design = Cell(DAILY).design()
    assess(one, design)
    seconds = min(_seconds(lambda: [assess(one, design) for _ in range(20)]) for _ in range(3)) / 20
    yield Goal("G11", "a page's assessment, milliseconds of CPU", 5, 1000 * seconds, slack=0)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _row(rates: object, digits: int = 3) -> str:
    return "/".join(f"{rate:.{digits}f}".lstrip("0") or "0" for rate in rates)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.statistics", description=__doc__)
    parser.add_argument("--pilots", type=int, default=2000, help="simulated pilots a cell (2000)")
    parser.add_argument("--only", default="", help="one goal, such as G8")
    given = parser.parse_args()
    begun, missed = time.monotonic(), 0
    print("| goal | what | target | measured | verdict | beside |\n|---|---|---|---|---|---|")
    for goal in goals(given.pilots, given.only):
        sign = "≥" if goal.at_least else "≤"
        missed += not goal.met
        verdict = "met" if goal.met else "**not met**"
        print(
            f"| {goal.id} | {goal.what} | {sign} {goal.goal:g} | {goal.measured:.3g} | {verdict} | {goal.beside} |",
            flush=True,
        )
    print(f"\n{missed} not met, {time.monotonic() - begun:.0f} s.", file=sys.stderr)


if __name__ == "__main__":
    main()
