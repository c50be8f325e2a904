"""A small spec as text, and where larger ones lie."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent

#: Specs of many models, and those that ship with ganframe.
SPECS = sorted([*(HERE / "data").glob("*.toml"), *(HERE.parents[1] / "specs").glob("*.toml")])

SMALL = """\
format = 1
[run]
steps = 10
[data]
type = "ImageFolder"
path = "pictures"
[latents.z]
type = "Normal"
size = 8
[networks.generator]
inputs = ["z"]
optimizer = { type = "Adam", lr = 2e-4 }
layers = [{ type = "Linear", out_features = 4 }, "ReLU"]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""
