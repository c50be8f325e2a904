"""`python -m tests.fuzz --specs 10000`: so many specs by the grammar, every fourth whole, the others damaged."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.damage import damaged
from tests.fuzz.grammar import text, trees
from tests.fuzz.trials import checked, trained


def main() -> int:
    """Print how many were understood and how many refused; 1, with the smallest spec that shows it, on a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    chosen = settings(
        max_examples=max(options.specs // 4, 1), database=None, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ganframe-fuzz-") as folder:
        path = Path(folder) / "spec.toml"

        @seed(options.seed)
        @settings(chosen)
        @given(trees())
        def whole(tree: dict) -> None:
            trained(path, text(tree))
            found["whole, trained a step"] += 1

        @seed(options.seed)
        @settings(chosen, max_examples=max(options.specs - options.specs // 4, 1))
        @given(damaged)
        def broken(told: str) -> None:
            found["damaged, refused" if checked(path, told) else "damaged, still valid"] += 1

        whole()
        broken()
    print(", ".join(f"{count} {name}" for name, count in found.items()) + ": no faults")
    return 0


if __name__ == "__main__":
    sys.exit(main())
