"""What to type next after a run, ready to paste."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganframe.run import Run


def commands(run: Run) -> list[str]:
    """The commands that draw samples from a run and that go on with it: past its end, where it has come to that."""
    folder, view = shlex.quote(str(run.path)), run.view(run.main)
    further = f" --steps {2 * run.steps}" if run.step >= run.steps else ""
    sample = f"ganframe sample {folder} -n {getattr(view, 'samples', 64)} --out samples{view.suffixes[0]}"
    return [*([sample] if run.main else []), f"ganframe resume {folder}{further}"]
