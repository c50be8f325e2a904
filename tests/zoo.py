"""The table of the shipped specs; `python -m tests.zoo` writes it into specs/README.md again.

`python -m tests.zoo --train [NAME...]` trains the small variants first, all of them where none is named, and records
what they reach.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ganframe.component import Field
from ganframe.parts import Facts
from ganframe.plan import Plan, plan
from ganframe.spec.model import Spec
from ganframe.spec.read import read
from tests.pages import ROOT
from tests.toy import registry
from tests.zoo_training import SMALL, reached, record

PAGE = ROOT / "specs" / "README.md"
BEGIN, END = "<!-- table: python -m tests.zoo -->", "<!-- end -->"

Options = Mapping[str, Any]


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


def planned(path: Path) -> Plan:
    """The plan of a spec; where its data do not come along, of data of that shape."""
    spec = read(path)
    assert spec.data is not None
    stand_in = ELSEWHERE.get(spec.data.type.value)
    return plan(spec, registry(), stand_in(options(spec)) if stand_in is not None else None)


def options(spec: Spec) -> Options:
    """The options of a spec's data as written, and how many classes a folder would have."""
    assert spec.data is not None
    written = {name: node.plain() for name, node in spec.data.options.items()}
    # A folder's classes are not written; a spec that speaks of labels gets as many as StarGAN's paper has.
    return {**written, "classes": 5 if "label" in spec.text else 0}


def facts(*names: str, size: int | list[int], channels: int, classes: int = 0) -> Facts:
    """Facts of pictures under these names, with classes where there are any."""
    height, width = size if isinstance(size, list) else (size, size)
    fields = {name: Field((channels, height, width), view="picture", range=(-1.0, 1.0)) for name in names}
    known = {"size": height, "height": height, "width": width, "channels": channels}
    if classes:
        fields["label"] = Field((classes,), names=tuple(map(str, range(classes))))
        known["classes"] = classes
    return Facts(fields, known)


def sounds(field: Field, folder: Options) -> Facts:
    """Facts of a folder of sounds that are given as this field."""
    return Facts({"x": field}, {"channels": 1, "sample_rate": folder["sample_rate"], "length": folder["length"]})


def films(frames: int, size: int, channels: int) -> Facts:
    """Facts of films."""
    field = Field((channels, frames, size, size), view="video", range=(-1.0, 1.0))
    return Facts({"x": field}, {"channels": channels, "frames": frames, "size": size})


def adult() -> Facts:
    """Facts of Adult as CTGAN reads it: 6 numbers of up to ten modes, and 9 categories of 104 values."""
    sizes = (9, 16, 7, 15, 6, 5, 2, 42, 2)
    values = [f"{column}={k}" for column, size in enumerate(sizes) for k in range(size)]
    modes = [f"n{i}~{k}" for i in range(6) for k in range(11)]
    spans = [["tanh", 1], ["softmax", 10]] * 6 + [["softmax", size] for size in sizes]
    fields = {
        "x": Field((len(modes) + len(values),), view="table", names=(*modes, *values)),
        "condition": Field((len(values),), names=tuple(values)),
        "weight": Field((1,)),
    }
    shares = [1 / len(values)] * len(values)
    return Facts(fields, {"width": 170, "spans": spans, "categories": 104, "shares": shares, "columns": ""})


def written(length: int, vocabulary: int) -> Facts:
    """Facts of texts of that many words."""
    tokens = Field((length,), dtype="int64", view="text")
    fields = {"x": Field((length, vocabulary), view="text"), "shifted": tokens, "mask": Field((length,), dtype="bool")}
    return Facts(fields, {"length": length, "vocabulary": vocabulary, "padding": 0, "begin": 1})


def derived(pictures: Options, **others: tuple[int, int]) -> Facts:
    """Facts of pictures `x` and what is made of them: of each other name the channels and the size."""
    made = facts("x", size=pictures["size"], channels=pictures["channels"])
    for name, (channels, size) in others.items():
        made.fields[name] = Field((channels, size, size), view="picture", range=(-1.0, 1.0))
    return made


#: Data sets whose files a spec expects elsewhere, and what they would be.
ELSEWHERE: dict[str, Callable[[Options], Facts]] = {
    "AudioFolder": lambda o: sounds(Field((1, o["length"]), view="audio", range=(-1.0, 1.0)), o),
    "CIFAR10": lambda o: facts("x", size=o.get("size", 32), channels=o.get("channels", 3), classes=10),
    "IDX": lambda o: facts("x", size=28, channels=1, classes=10 if "labels" in o else 0),
    "ImageFolder": lambda o: facts("x", size=o["size"], channels=o.get("channels", 3), classes=o["classes"]),
    "Masked": lambda o: derived(o["pictures"], a=(3, o["pictures"]["size"]), mask=(1, o["pictures"]["size"])),
    "SuperResolution": lambda o: derived(o["pictures"], a=(3, o["pictures"]["size"] // o["factor"])),
    "MelSpectrograms": lambda o: sounds(
        Field((1, o["mels"], o["sounds"]["length"] // o["hop"]), view="spectrogram", range=(-1.0, 1.0)), o["sounds"]
    ),
    "PairedFolder": lambda o: facts("x", "a", size=o["size"], channels=o.get("channels", 3)),
    "GraphFile": lambda o: Facts({"x": Field((9, 9, 4), view="graph"), "nodes": Field((9, 5))}, {"size": 9}),
    "PointClouds": lambda o: Facts({"x": Field((o["points"], 3), view="cloud")}, {"points": o["points"], "dims": 3}),
    "VideoFolder": lambda o: films(o["frames"], o["size"], o["channels"]),
    "Series": lambda o: Facts({"x": Field((o["length"], 6), view="series")}, {"channels": 6}),
    "Table": lambda o: adult(),
    "Text": lambda o: written(o["length"], o["max_vocabulary"]),
    "UnpairedFolders": lambda o: facts("a", "b", size=o["size"], channels=o.get("channels", 3)),
}


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
    sys.exit(main(sys.argv[1:]))
