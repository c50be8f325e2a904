"""A path that an option has by default starts from the spec that names the component, not from where one stands."""

from __future__ import annotations

import tomli
from ganframe_image.data import CIFAR10

import ganframe
from ganframe import api

SPEC = """
format = 1
run = { steps = 1, batch_size = 4 }
device = { type = "cpu", threads = 1 }
data = "CIFAR10"
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
hooks = { progress = false, samples = false, watch = false, report = false }
[networks.generator]
inputs = ["z"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 3072 }, { type = "Unflatten", dim = 1, unflattened_size = [3, 32, 32] }]
[networks.discriminator]
inputs = ["x"]
optimizer = "SGD"
layers = ["Flatten", { type = "Linear", out_features = 1 }]
"""


def test_the_default_path_is_the_specs(tmp_path, monkeypatch) -> None:
    zoo, other = tmp_path / "zoo", tmp_path / "other"
    (zoo / "data/cifar10").mkdir(parents=True)
    other.mkdir()
    CIFAR10.example(zoo / "data/cifar10")
    (zoo / "it.toml").write_text(SPEC)
    (other / "child.toml").write_text('extends = "../zoo/it.toml"\n[data]\nsplit = "test"\n')
    monkeypatch.chdir(other)
    run = ganframe.train(ganframe.read_spec(other / "child.toml"), tmp_path / "run")
    assert len(run.data) == 2, "the two rows of the test split"
    written = tomli.loads((run.path / "resolved.toml").read_text())["data"]
    assert written["path"] == str(zoo / "data/cifar10") and written["split"] == "test"
    assert api.resume(run.path, 2).step == 2, "nor where the run's folder is"
    (zoo / "it.toml").write_text(SPEC.replace('data = "CIFAR10"', 'data = { type = "CIFAR10", path = "data/cifar10" }'))
    assert len(ganframe.train(ganframe.read_spec(zoo / "it.toml"), tmp_path / "again").data) == 10
