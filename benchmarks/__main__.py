"""`python -m benchmarks`: measure, print a table, and with `--page` write it into docs/performance.md."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import page, peers, rounds, startup  # noqa: E402
from benchmarks.page import Line  # noqa: E402
from benchmarks.rounds import Quartiles  # noqa: E402
from benchmarks.workloads import WORKLOADS  # noqa: E402

#: What `--quick` measures.
QUICK = ("W1", "W6a", "W6b", "W7")


def main() -> None:
    options = parser().parse_args()
    names = options.workloads or (QUICK if options.quick else [*WORKLOADS, "W7"])
    failed = False
    for name in names:
        if name == "W7":
            lines, different = started(options.rounds or 7), []
        else:
            lines, different = one(name, options)
        for line in lines:
            print(line, flush=True)
        for said in different:
            print(f"{name}: other mathematics: {said}")
        failed |= bool(different)
        if options.page and not different:
            page.merge(lines)
    raise SystemExit(int(failed))


def one(name: str, options: argparse.Namespace) -> tuple[list[Line], list[str]]:
    """Measure one workload: its lines, and in what the competitors do not compute the same."""
    work = WORKLOADS[name]
    rivals = ["ganframe", "expert", "tutorial", *([options.before] if options.before else [])]
    for peer in peers.PACKAGES if name == "W1" else ():
        if needed := peers.missing(peer):
            print(f"{name}: {peer} is not run: {needed}")
        else:
            rivals.append(peer)
    count = options.rounds or (7 if options.quick else work.rounds)
    outcome = rounds.measure(work, rivals, count, work.block, options.core, options.groups)
    lines = [
        Line(name, other[-10:], outcome.ratio("ganframe", other, "cpu"), outcome.ratio("ganframe", other), work.about)
        for other in rivals[1:]
    ]
    own = {clock: Quartiles.of(seconds["ganframe"]).median for clock, seconds in outcome.clocks().items()}
    print(f"{name}: {1000 * own['cpu']:.2f} ms of processor a step, {1000 * own['wall']:.2f} ms on the wall clock")
    return lines, outcome.differences()


def started(count: int) -> list[Line]:
    """The lines of start-up."""
    wall, cpu = (startup.slowness(seconds) for seconds in startup.measure(count))
    told = "time by that of `import torch`"
    return [Line("W7", name, cpu[name], wall[name], told) for name in cpu if name != startup.UNIT]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description="ganframe beside loops written by hand.")
    made.add_argument("workloads", nargs="*", metavar="W1", help=f"of {', '.join([*WORKLOADS, 'W7'])}; all if none")
    made.add_argument("--quick", action="store_true", help=f"seven rounds, of {', '.join(QUICK)} if none is named")
    made.add_argument("--rounds", type=int, help="rounds each")
    made.add_argument("--groups", type=int, default=3, help="how often all processes are started anew")
    made.add_argument("--core", type=int, help="pin every process to this core")
    made.add_argument("--before", metavar="PATH", help="also run ganframe as another checkout has it (absolute path)")
    made.add_argument("--page", action="store_true", help="write the lines into docs/performance.md")
    return made


if __name__ == "__main__":
    main()
