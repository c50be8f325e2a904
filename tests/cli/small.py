"""Small specs, and how a child process is started."""

from __future__ import annotations

import os
import sys

#: Points on a ring, with a penalty that is due every fourth step.
RING = """format = 1
[run]
steps = 5
batch_size = 8
[device]
type = "cpu"
threads = 1
[data]
type = "Ring"
rows = 100
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 4 }, "ReLU", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
every = 4
"""

#: Digits by class, on networks so small that a step takes a millisecond.
SPEC = """format = 1
[run]
steps = 30
batch_size = 16
log_every = 10
checkpoint_every = 10
[device]
type = "cpu"
threads = 1
[data]
type = "Digits"
[latents.z]
type = "Normal"
size = 4
[networks.generator]
inputs = ["z", "label"]
ema = 0.9
optimizer = "Adam"
layers = [
  { type = "Concat", from = ["@z", "@label"] },
  { type = "Linear", out_features = 64 }, "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] },
]
[networks.discriminator]
inputs = ["x", "label"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 8 }, "ReLU", { type = "Projection", label = "@label" }]
[losses.game]
type = "NonSaturating"
[metrics.diversity]
type = "Diversity"
every = 20
samples = 64
[hooks.samples]
every = 20
"""

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "100"}


def command(*args: str) -> list[str]:
    """The command line of a child process."""
    return [sys.executable, "-m", "ganframe", *args]
