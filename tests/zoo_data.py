"""Shipped specs planned without their data: what data that do not come along would say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ganframe.component import Field
from ganframe.parts import Facts
from ganframe.plan import Plan, plan
from ganframe.spec.model import Spec
from tests.toy import registry
from tests.zoo_training import quiet

Options = Mapping[str, Any]


def planned(path: Path) -> Plan:
    """The plan of a spec; where its data do not come along, of data of that shape."""
    spec = quiet(path)
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
        "column": Field((len(sizes),)),
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
        Field((1, o["mels"], o["sounds"]["length"] // o["hop"]), view="mel", range=(-1.0, 1.0)), o["sounds"]
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
