"""The table of the shipped specs; `python -m tests.zoo` writes it into specs/README.md again.

`python -m tests.zoo --train [NAME...]` trains the small variants first, all of them where none is named, and records
what they reach.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.pages import ROOT
from tests.zoo_data import planned
from tests.zoo_training import SMALL, reached, record

PAGE = ROOT / "specs" / "README.md"
BEGIN, END = "<!-- table: python -m tests.zoo -->", "<!-- end -->"


def write() -> None:
    """Put the table of today into the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table()}{END}{rest.split(END)[1]}", encoding="utf-8")


def table() -> str:
    """A row for each shipped spec."""
    rows = ["| recipe | paper | data | parameters | reached by the small variant |", "| --- | --- | --- | --- | --- |"]
    records = reached()
    for path in sorted((ROOT / "specs").glob("*.toml")):
        made = planned(path)
        counts = ", ".join(f"{name} {made.parameters(name):,}" for name in made.networks)
        data = made.spec.data
        rows.append(
            f"| [`{path.stem}`]({path.name}) | {what(path)} | `{data.type.value if data else ''}` | {counts} "
            f"| {small(path.stem, records)} |"
        )
    return "\n".join(rows) + "\n"


def what(path: Path) -> str:
    """The first sentence of a spec's opening comment."""
    comment = re.match(r"(?:#:.*\n)?((?:# .*\n)+)", path.read_text(encoding="utf-8"))
    assert comment is not None, f"{path.name} does not begin with a comment"
    text = " ".join(line[2:].strip() for line in comment[1].splitlines())
    first = re.split(r"\.(?: (?=[A-Z])|$)", text)[0].replace("|", "\\|")
    return re.sub(r"arXiv:(\d+\.\d+)", r"[\1](https://arxiv.org/abs/\1)", first)


def small(name: str, records: Mapping[str, Mapping[str, Any]]) -> str:
    """What a spec's small variant reached, with a link to it; where there is none, a link to what the spec itself did."""
    if name not in SMALL:
        return "itself, [below](#measured)" if f"\n| `{name}` |" in PAGE.read_text(encoding="utf-8") else ""
    if name not in records:
        return f"[not trained](small/{name}.toml)"
    found = records[name]
    told = ", ".join(f"{figure.removesuffix('.distance')} {value:.3g}" for figure, value in found["figures"].items())
    return f"[{told}](small/{name}.toml), {found['seconds']:.0f} s"


def main(arguments: list[str]) -> str:
    """Do as the command line says; what went wrong, in words."""
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description="Write the table of the shipped specs.")
    parser.add_argument("--train", nargs="*", metavar="NAME", choices=SMALL, help="first train small variants")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave their runs there")
    given = parser.parse_args(arguments)
    missed = [] if given.train is None else record(given.train or SMALL, given.keep)
    write()
    return "\n".join(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or None)
