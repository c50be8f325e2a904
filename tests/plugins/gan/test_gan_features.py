"""One option for every metric of features: raw values, layers, a file, a run; and what it says in a run's protocol."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
import torch
from ganframe_gan.layers import ONNX, Stored, Trained
from ganframe_gan.layers.onnxfile import example_file
from ganframe_gan.metrics import (
    Diversity,
    FrechetDistance,
    IntraClassFrechet,
    KernelDistance,
    NearestNeighbour,
    PrecisionRecall,
    SlicedWasserstein,
)
from ganframe_torch.layers import LAYERS as TORCH
from safetensors.torch import save_file
from torch import nn

import ganframe
from ganframe import Field, api

CPU = torch.device("cpu")
LINEAR = next(cls for cls in TORCH if cls.__name__ == "Linear")
METRICS = [
    Diversity, FrechetDistance, IntraClassFrechet, KernelDistance, NearestNeighbour, PrecisionRecall, SlicedWasserstein,
]  # fmt: skip


def rows(seed):
    return torch.randn(40, 4, generator=torch.Generator().manual_seed(seed))


def score(metric, real, fake):
    meter = metric.build({"x": Field(real.shape[1:]), "label": Field((2,))}, {}, CPU)
    label = torch.eye(2)[torch.arange(40) % 2]
    meter.update({"x": real, "label": label}, {"x": fake, "label": label})
    return meter.compute(), meter.protocol


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Each way to name a feature network, with the same function of 4 numbers and the hash of its file."""
    folder = tmp_path_factory.mktemp("sources")
    net = nn.Linear(4, 3)
    save_file(net.state_dict(), folder / "net.safetensors")
    (folder / "mean.onnx").write_bytes(example_file(4))
    (folder / "run.toml").write_text(RUN)
    run = ganframe.train(ganframe.read_spec(folder / "run.toml"), folder / "run")
    critic = run.networks["discriminator"].get_submodule("h")
    return [
        (None, lambda x: x, None),
        (Stored(path=folder / "net.safetensors", layers=(LINEAR(out_features=3),)), net, folder / "net.safetensors"),
        (ONNX(path=folder / "mean.onnx"), lambda x: x.mean(1, keepdim=True), folder / "mean.onnx"),
        (Trained(path=folder / "run", wire="h"), critic,
         folder / "run" / "checkpoints" / "step-00000001" / "model.safetensors"),
    ]  # fmt: skip


RUN = """
format = 1
run = { steps = 1, batch_size = 8 }
device = { type = "cpu", threads = 1 }
data = { type = "GaussianMixture", dims = 4, rows = 200 }
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
hooks = { progress = false, samples = false, watch = false, report = false }
[networks.generator]
inputs = ["z"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 4 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 3, as = "h" }, "Tanh", { type = "Linear", out_features = 1 }]
"""


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_of_features_takes_them_in_every_way(sources, metric) -> None:
    real, fake = rows(0), rows(1) * 1.3 + 0.2
    for layers, function, file in sources:
        with torch.no_grad():
            want, _ = score(metric(), function(real), function(fake))
        found, told = score(metric(features=layers), real, fake)
        assert found == pytest.approx(want, rel=1e-3, abs=1e-5)
        assert told["n"] == "40/40" and told["field"] == "x"
        if file is None:
            assert told["features"] == "values"
        else:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            assert told["features"].endswith(f" sha256:{digest[:16]}") and told["shape"].startswith("4 -> ")


def test_in_a_spec_features_are_a_layer_or_several_in_a_row(tmp_path) -> None:
    net = nn.Linear(4, 3)
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    stored = '{ type = "Stored", path = "net.safetensors", layers = [{ type = "Linear", out_features = 3 }] }'
    text = RUN + f"""
[metrics.fd]
type = "FrechetDistance"
every = 1
samples = 200
features = [{stored}, "Tanh"]
[metrics.sw]
type = "SlicedWasserstein"
every = 1
features = {stored}
"""
    (tmp_path / "it.toml").write_text(text)
    run = ganframe.train(ganframe.read_spec(tmp_path / "it.toml"), tmp_path / "run")
    digest = hashlib.sha256((tmp_path / "net.safetensors").read_bytes()).hexdigest()[:16]
    assert run.protocols["fd"]["features"].endswith(f") Tanh sha256:{digest}")
    assert run.protocols["fd"]["shape"] == "4 -> 3" and run.protocols["fd"]["n"] == "200/200"
    told = subprocess.run([sys.executable, "-m", "ganframe", "evaluate", str(run.path), "--json"], capture_output=True, text=True)
    answer = json.loads(told.stdout)
    assert answer["protocols"]["fd"] == run.protocols["fd"] and answer["figures"].keys() == run.figures.keys()
    longer = api.resume(run.path, 2)
    assert set(longer.protocols) == {"fd", "sw"} and not longer.warnings, "what resolved.toml writes out is the same"
    (tmp_path / "net.safetensors").unlink()
    told = subprocess.run([sys.executable, "-m", "ganframe", "check", "it.toml"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 2 and "metrics.fd: 'FrechetDistance' cannot judge this data: there is no file" in told.stderr + told.stdout
