"""Feature networks from files and runs: what they compute, what they are called, and what is refused."""

from __future__ import annotations

import copy
import hashlib

import pytest
import torch
from ganframe_gan.layers import ONNX, Stored, Trained
from ganframe_gan.layers.onnxfile import example_file
from ganframe_torch.layers import LAYERS as TORCH
from safetensors.torch import save_file
from torch import nn

import ganframe
from ganframe import Extractor, Shape, SpecError

CPU = torch.device("cpu")
STOCK = {cls.__name__: cls for cls in TORCH}


def x(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def layers(width=3):
    """A small convolutional network as a spec's layers."""
    conv = STOCK["Conv2d"](out_channels=width, kernel_size=3)
    return (conv, STOCK["ReLU"](), STOCK["Flatten"](), STOCK["Linear"](out_features=5))


def judge(width=3):
    """The same as modules, with weights of their own."""
    net = nn.Sequential(nn.Conv2d(2, width, 3), nn.ReLU(), nn.Flatten(), nn.Linear(width * 16, 5))
    for i, p in enumerate(net.parameters()):
        p.data = x(*p.shape, seed=i)
    return net


def file_of(folder, tensors, name="judge.safetensors"):
    save_file(tensors, folder / name)
    return folder / name


# Layers with a file


def test_layers_take_the_tensors_of_a_file_by_either_way_of_naming(tmp_path) -> None:
    net = judge()
    ours = {"0": "Conv2d_0", "3": "Linear_0"}
    by_type = {f"{ours[n[0]]}{n[1:]}": t for n, t in net.state_dict().items()}
    prefixed = {f"critic.{n}": t for n, t in by_type.items()}
    for k, (tensors, prefix) in enumerate(((net.state_dict(), ""), (by_type, ""), (prefixed, "critic."))):
        path = file_of(tmp_path, tensors, f"{k}.safetensors")
        made = Stored(path=path, layers=layers(), prefix=prefix).build(Shape((2, 6, 6))).train()
        assert torch.allclose(made(x(4, 2, 6, 6)), net(x(4, 2, 6, 6)), atol=1e-5)
        assert made.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        assert not any(p.requires_grad for p in made.parameters())


def test_one_layer_takes_a_files_bare_names(tmp_path) -> None:
    net = nn.Linear(4, 2)
    path = file_of(tmp_path, net.state_dict())
    made = Stored(path=path, layers=(STOCK["Linear"](out_features=2), STOCK["Tanh"]())).build(Shape((4,)))
    assert torch.allclose(made(x(3, 4)), net(x(3, 4)).tanh())


def test_a_frozen_layer_stays_in_eval_mode(tmp_path) -> None:
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5))
    net[0].running_mean += 3
    path = file_of(tmp_path, net.state_dict())
    made = Stored(path=path, layers=(STOCK["BatchNorm1d"](), STOCK["Dropout"]())).build(Shape((4,))).train()
    assert torch.allclose(made(x(3, 4)), net.eval()(x(3, 4)))


def test_files_that_do_not_fit_are_refused(tmp_path) -> None:
    tensors = judge().state_dict()
    del tensors["3.bias"]
    short = file_of(tmp_path, tensors, "short.safetensors")
    with pytest.raises(ValueError, match=r"short.safetensors lacks 3.bias; it holds "):
        Stored(path=short, layers=layers()).build(Shape((2, 6, 6)))
    whole = file_of(tmp_path, judge().state_dict())
    with pytest.raises(ValueError, match=r"'Conv2d_0.weight' is \(3, 2, 3, 3\), here \(4, 2, 3, 3\)"):
        Stored(path=whole, layers=layers(4)).build(Shape((2, 6, 6)))
    with pytest.raises(ValueError, match=r"'Conv2d' cannot take \(2, 6, 6\): "):
        Stored(path=whole, layers=(STOCK["Conv2d"](out_channels=3, kernel_size=9),)).build(Shape((2, 6, 6)))
    (tmp_path / "pickle.safetensors").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(ValueError, match="is no safetensors file"):
        Stored(path=tmp_path / "pickle.safetensors", layers=layers()).build(Shape((2, 6, 6)))
    with pytest.raises(FileNotFoundError, match="there is no file /"):
        Stored(path=tmp_path / "none", layers=layers()).build(Shape((2, 6, 6)))


# A run's network

SPEC = """
format = 1
run = { steps = 2, batch_size = 8, checkpoint_every = 1 }
device = { type = "cpu", threads = 1 }
data = { type = "GaussianMixture", dims = 3 }
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
hooks = { progress = false, samples = false, watch = false, report = false }
[networks.generator]
inputs = ["z"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 3 }]
[networks.discriminator]
inputs = ["x", "label"]
ema = 0.5
optimizer = { type = "SGD", lr = 0.5 }
layers = [
  { type = "Linear", from = "@x", out_features = 4, as = "h" }, { type = "ReLU", as = "r" },
  { type = "Projection", label = "@label", as = "p" },
]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    (folder / "judge.toml").write_text(SPEC)
    return ganframe.train(ganframe.read_spec(folder / "judge.toml"), folder / "run")


def test_a_runs_network_gives_its_wire_with_the_averaged_weights(run) -> None:
    twin = run.networks["discriminator_ema"]
    made = Trained(path=run.path, wire="r").build(Shape((3,)))
    want = twin.get_submodule("h")(x(5, 3)).relu()
    assert torch.allclose(made(x(5, 3)), want) and not torch.allclose(want, run.networks["discriminator"].wire("r", x(5, 3), torch.eye(2)[[0] * 5]))
    file = run.path / "checkpoints" / "step-00000002" / "model.safetensors"
    assert made.fingerprint == hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    assert made.protocol == {"run": "run step 2"}
    earlier = Trained(path=run.path, wire="r", at="1").build(Shape((3,)))
    assert earlier.fingerprint != made.fingerprint and not torch.allclose(earlier(x(5, 3)), want)
    assert torch.equal(copy.deepcopy(made)(x(5, 3)), made(x(5, 3)))


def test_opening_it_leaves_the_process_as_it_was(run) -> None:
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    Extractor.of(Trained(path=run.path, wire="h"), (3,), CPU)
    assert torch.equal(before, torch.get_rng_state()) and torch.get_num_threads() == threads


@pytest.mark.parametrize(("options", "shape", "told"), [
    ({"wire": "p"}, (3,), r"'p' of .* hangs on more than 'x' \(label\)"),
    ({}, (3,), "hangs on more than 'x'"),
    ({"wire": "q"}, (3,), "binds no wire 'q'; it binds x, label, h, r, p"),
    ({"wire": "h"}, (4,), r"reads 'x' \(3,\), not \(4,\)"),
    ({"network": "generator"}, (2,), "reads 'z', which is no field of its data, not"),
    ({"network": "critic"}, (3,), "has no network 'critic'; there are generator, discriminator"),
])
def test_what_of_a_run_cannot_read_the_rows(run, options, shape, told) -> None:
    with pytest.raises(ValueError, match=told):
        Trained(path=run.path, **options).build(Shape(shape))


def test_a_folder_without_a_run(tmp_path) -> None:
    with pytest.raises(SpecError, match="no"):
        Trained(path=tmp_path).build(Shape((3,)))


# ONNX


def onnx(folder, **more):
    (folder / "mean.onnx").write_bytes(example_file(4, **more))
    return folder / "mean.onnx"


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_an_onnx_file_is_run_in_the_batches_it_takes(tmp_path, batch) -> None:
    path = onnx(tmp_path, batch=batch)
    made = ONNX(path=path).build(Shape((4,)))
    assert torch.allclose(made(x(8, 4)), x(8, 4).mean(1, keepdim=True), atol=1e-6)
    assert made.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    scaled = ONNX(path=path, mean=(-1.0,), std=(2.0,)).build(Shape((4,)))
    assert torch.allclose(scaled(x(8, 4)), (x(8, 4).mean(1, keepdim=True) + 1) / 2, atol=1e-6)


def test_channels_have_numbers_of_their_own(tmp_path) -> None:
    data = example_file(4).replace(b"\x12\x01N", b"\x12\x01N", 1)
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(ValueError, match="'mean' has 2 numbers; expected 1"):
        ONNX(path=tmp_path / "a.onnx", mean=(0.0, 1.0)).build(Shape((4,)))


@pytest.mark.parametrize(("shape", "options", "told"), [
    ((5,), {}, r"reads rows 4, not 5; put a layer before it"),
    ((2, 4), {}, r"reads rows 4, not 2x4"),
    ((4,), {"output": "z"}, "has no output 'z'; it has y"),
])
def test_what_an_onnx_file_does_not_read(tmp_path, shape, options, told) -> None:
    with pytest.raises(ValueError, match=told):
        ONNX(path=onnx(tmp_path), **options).build(Shape(shape))


def test_damaged_and_foreign_onnx_files_are_refused(tmp_path) -> None:
    for k, data in enumerate((b"", b"\x80\x04K\x01.", example_file(4)[:40], example_file(4, operator="RunThis"))):
        (tmp_path / f"{k}.onnx").write_bytes(data)
        with pytest.raises(ValueError, match=rf"{k}.onnx cannot be read as ONNX"):
            ONNX(path=tmp_path / f"{k}.onnx").build(Shape((4,)))


def test_without_onnxruntime_it_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r'pip install "ganframe\[onnx\]"'):
        ONNX(path=onnx(tmp_path)).build(Shape((4,)))


# In a row


def test_layers_in_a_row_are_told_with_their_options_and_hashes(tmp_path) -> None:
    path = file_of(tmp_path, judge().state_dict())
    small, stored = STOCK["AdaptiveAvgPool2d"](output_size=(6, 6)), Stored(path=path, layers=layers())
    made = Extractor.of((small, stored), (2, 12, 12), CPU)
    rows = x(300, 2, 12, 12)
    want = judge()(small.build(Shape((2, 12, 12)))(rows)).double()
    assert made(rows).dtype == torch.float64 and torch.allclose(made(rows), want, atol=1e-4)
    name = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    assert made.told.startswith("AdaptiveAvgPool2d(output_size [6 6]) Stored(options ") and made.told.endswith(f") {name}")
    assert made.protocol == {"shape": "2x12x12 -> 5", "file": "judge.safetensors"}
    other = Extractor.of((STOCK["AdaptiveMaxPool2d"](output_size=(6, 6)), stored), (2, 12, 12), CPU)
    assert other.told != made.told, "another resize filter is another protocol"
