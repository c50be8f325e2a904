"""`python -m benchmarks`: measure, and print a table."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import rounds, startup  # noqa: E402
from benchmarks.workloads import WORKLOADS  # noqa: E402


def main() -> None:
    options = parser().parse_args()
    names = options.workloads or [*WORKLOADS, "W7"]
    print(f"{'':4} {'ms a step':>10}  {'beside':10} {'ratio (wall clock)':24} {'ratio (processor)':24}")
    failed = False
    for name in names:
        if name == "W7":
            startup.report(3 if options.quick else 7)
        else:
            failed |= not one(name, options)
    raise SystemExit(int(failed))


def one(name: str, options: argparse.Namespace) -> bool:
    """Measure one workload and print its lines; False if the competitors do not compute the same."""
    work = WORKLOADS[name]
    rivals = ["ganframe", "expert", "tutorial", *([options.before] if options.before else [])]
    count = options.rounds or (7 if options.quick else work.rounds)
    outcome = rounds.measure(work, rivals, count, work.block, options.core)
    told = [f"{1000 * rounds.Quartiles.of(outcome.wall['ganframe']).median:.2f}", ""]
    for other in rivals[1:]:
        ratios = [str(outcome.ratio("ganframe", other, clock)) for clock in ("wall", "cpu")]
        print(f"{name:4} {told.pop(0) if told else '':>10}  {other[-10:]:10} {ratios[0]:24} {ratios[1]:24}", flush=True)
    different = outcome.differences()
    for line in different:
        print(f"{name}: other mathematics: {line}")
    return not different


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description="ganframe beside loops written by hand.")
    made.add_argument("workloads", nargs="*", metavar="W1", help=f"of {', '.join([*WORKLOADS, 'W7'])}; all if none")
    made.add_argument("--quick", action="store_true", help="seven rounds each")
    made.add_argument("--rounds", type=int, help="rounds each")
    made.add_argument("--core", type=int, help="pin every process to this core")
    made.add_argument("--before", metavar="PATH", help="also run ganframe as another checkout has it (absolute path)")
    return made


if __name__ == "__main__":
    main()
