"""`python -m tests.crash --trials 200`: kill real runs that often, resume them, and compare bit for bit."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import torch  # noqa: F401 - here once, so that the killed processes need not import it again

from tests.crash.kills import Tally, trial, undisturbed
from tests.crash.omissions import OMISSIONS


def main() -> int:
    """Print what was found; 1 if anything was lost or differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="kills, each at a random moment")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--omit", choices=OMISSIONS, help="forget a piece of state on resume: this must fail")
    options = parser.parse_args()
    chance, tally = random.Random(options.seed), Tally()
    with tempfile.TemporaryDirectory(prefix="ganframe-crash-") as name:
        folder = Path(name)
        tally.seconds = undisturbed(folder / "whole")
        while tally.kills < options.trials and not tally.failures:
            prepare = OMISSIONS[options.omit] if options.omit else lambda: None
            trial(folder / f"{tally.runs:04}", folder / "whole", chance, tally, prepare)
    print(tally)
    print("\n".join(tally.failures))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
