"""Folders through a trained run: names and sizes are kept, other sizes are padded to what the networks take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganframe
from ganframe import translate
from ganframe.errors import SpecError
from ganframe.fitting import Fitting, grown

QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}

#: Two strides of two, so that sizes must divide by four; the shortcut refuses all others.
CONV = """
[networks.generator]
inputs = ["a"]
optimizer = "Adam"
layers = [
  { type = "Conv2d", out_channels = 4, kernel_size = 3, padding = 1, as = "wide" },
  { type = "Conv2d", out_channels = 4, kernel_size = 4, stride = 2, padding = 1 },
  { type = "Conv2d", out_channels = 4, kernel_size = 4, stride = 2, padding = 1 }, "BatchNorm2d", "ReLU",
  { type = "ConvTranspose2d", out_channels = 4, kernel_size = 4, stride = 4 },
  { type = "Concat", from = ["@wide", "@last"] }, { type = "Conv2d", out_channels = 1, kernel_size = 1 }, "Tanh",
]
"""
DENSE = """
[networks.generator]
inputs = ["a"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 256 }, "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 16, 16] }]
"""
DOUBLE = """
[networks.generator]
inputs = ["a"]
optimizer = "Adam"
layers = [
  { type = "Conv2d", out_channels = 4, kernel_size = 3, padding = 1 }, "ReLU",
  { type = "ConvTranspose2d", out_channels = 1, kernel_size = 2, stride = 2 }, "Tanh",
]
"""
BOTH = """
[networks.ab]
inputs = ["a", "label"]
makes = "b"
optimizer = "Adam"
layers = [{ type = "ConcatLabel", from = ["@a", "@label"] }, { type = "Conv2d", out_channels = 1, kernel_size = 3, padding = 1 }, "Tanh"]
[networks.ba]
inputs = ["b"]
makes = "a"
optimizer = "Adam"
layers = [{ type = "Conv2d", out_channels = 1, kernel_size = 3, padding = 1 }, "Tanh"]
"""
PAIRS = 'type = "Derived"\nchange = "invert"\npictures = { type = "Digits", size = 16 }'
SMALL = 'type = "SuperResolution"\npictures = { type = "Digits", size = 16 }'
DOMAINS = 'type = "TwoDomains"\npictures = { type = "Digits", size = 16 }'


def trained(folder, networks, data=PAIRS, judged="x"):
    """A run of two steps, opened for sampling; the judge is as small as can be."""
    spec = f"""format = 1
[run]
steps = 2
batch_size = 4
[device]
type = "cpu"
threads = 1
[data]
{data}
{networks}
[networks.judge]
inputs = ["{judged}"]
judges = "{judged}"
optimizer = "Adam"
layers = ["Flatten", {{ type = "Linear", out_features = 1 }}]
[losses.game]
type = "NonSaturating"
"""
    path = folder / "spec.toml"
    path.write_text(spec)
    ganframe.train(ganframe.read_spec(path, QUIET), folder / "run")
    return ganframe.open_run(folder / "run")


def picture(path, height, width, mode="L", seed=0):
    """A file of random pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width) if mode == "L" else (height, width, 3)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8), mode).save(path)


def pixels(path):
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image))


@pytest.fixture(scope="module")
def conv(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("conv"), CONV)


def read(run, path):
    """A file as the network is given it."""
    return run.view("a").read(path, run.fields["a"], run.facts, own_size=True)


def test_names_and_sizes_are_kept(conv, tmp_path):
    sizes = {"one.png": (16, 16), "two.png": (13, 22), "deep/three.png": (5, 40), "four.jpg": (32, 9)}
    for k, (name, size) in enumerate(sizes.items()):
        picture(tmp_path / "in" / name, *size, seed=k)
    (tmp_path / "in" / ".hidden").write_text("not a picture")
    wrote = list(translate.folder(conv, {"a": tmp_path / "in"}, tmp_path / "out"))
    assert {path.relative_to(tmp_path / "out").as_posix() for _, path in wrote} == set(sizes)
    assert {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()} == set(sizes)
    for name, size in sizes.items():
        with Image.open(tmp_path / "out" / name) as image:
            assert (image.height, image.width) == size
            assert image.format == ("JPEG" if name.endswith("jpg") else "PNG")


def test_what_is_written_is_what_the_network_makes_of_the_padded_file(conv, tmp_path):
    picture(tmp_path / "in" / "odd.png", 13, 22)
    list(translate.folder(conv, {"a": tmp_path / "in"}, tmp_path / "out"))
    padded = grown(read(conv, tmp_path / "in" / "odd.png"), (1, 16, 24))
    with torch.no_grad():
        wanted = conv.networks["generator"](padded)[:, :, :13, :22]
    conv.view("x").write(tmp_path / "wanted.png", wanted, conv.fields["x"], conv.facts, like=tmp_path / "in" / "odd.png")
    assert torch.equal(pixels(tmp_path / "out" / "odd.png"), pixels(tmp_path / "wanted.png"))


def test_networks_that_sample_in_train_mode_take_other_sizes_too(tmp_path):
    run = trained(tmp_path, CONV + '[sample]\nmode = "train"\n')
    picture(tmp_path / "in" / "a.png", 18, 33)
    list(translate.folder(run, {"a": tmp_path / "in"}, tmp_path / "out"))
    assert pixels(tmp_path / "out" / "a.png").shape == (18, 33)


@pytest.mark.parametrize(("size", "padded"), [
    ((13, 22), (16, 24)), ((16, 17), (16, 20)), ((1, 3), (4, 4)), ((16, 40), (16, 40)), ((18, 5), (20, 8)),
])  # fmt: skip
def test_the_smallest_size_that_is_taken(conv, size, padded):
    sampler = conv.sampler()
    with torch.no_grad(), sampler.networks() as (networks, _):
        fitting = Fitting(sampler, networks, "generator", "x", {"a": (1, 16, 16)}, (1, 16, 16))
        values, part = fitting.pad({"a": torch.zeros(2, 1, *size)})
    assert values["a"].shape == (2, 1, *padded)
    assert torch.zeros(2, 1, *padded)[part].shape == (2, 1, *size)


def test_padding_repeats_the_edges():
    assert grown(torch.tensor([[[1, 2], [3, 4]]]), (3, 4)).tolist() == [
        [[1, 2, 2, 2], [3, 4, 4, 4], [3, 4, 4, 4]]
    ]  # fmt: skip


def test_files_that_sample_has_enlarged_are_taken_and_written_so(conv, tmp_path):
    (tmp_path / "in").mkdir()
    values = conv.draw(1)["x"]
    conv.view("a").write(tmp_path / "in" / "a.png", values, conv.fields["a"], conv.facts)
    list(translate.folder(conv, {"a": tmp_path / "in"}, tmp_path / "out"))
    assert pixels(tmp_path / "out" / "a.png").shape == pixels(tmp_path / "in" / "a.png").shape != (16, 16)


def test_a_network_that_doubles_gives_twice_the_size(tmp_path):
    run = trained(tmp_path, DOUBLE, SMALL)
    picture(tmp_path / "in" / "a.png", 11, 8)
    list(translate.folder(run, {"a": tmp_path / "in"}, tmp_path / "out"))
    assert pixels(tmp_path / "out" / "a.png").shape == (22, 16)


def test_the_generator_that_reads_the_folder_is_the_one_that_runs(tmp_path):
    run = trained(tmp_path, BOTH, DOMAINS, "b")
    for field in ("a", "b"):
        picture(tmp_path / field / "p.png", 10, 12)
        list(translate.folder(run, {field: tmp_path / field}, tmp_path / f"of_{field}", {"label": 3}))
    with torch.no_grad():
        back = run.networks["ba"](read(run, tmp_path / "b" / "p.png"))
        label = torch.eye(10)[3:4]
        there = run.networks["ab"](read(run, tmp_path / "a" / "p.png"), label)
    for field, made, value in (("b", "a", back), ("a", "b", there)):
        run.view(made).write(tmp_path / "w.png", value, run.fields[made], run.facts, like=tmp_path / "b" / "p.png")
        assert torch.equal(pixels(tmp_path / f"of_{field}" / "p.png"), pixels(tmp_path / "w.png")), field


@pytest.mark.parametrize(("make", "said"), [
    (lambda p: picture(p / "a.png", 16, 16, "RGB"), "a.png: has 3 channels, and a picture of 1 channel is read here"),
    (lambda p: (p / "a.png").write_bytes(b"no picture"), "a.png: cannot be read as a picture"),
    (lambda p: (p / "notes.txt").write_text("mind the gap"), "notes.txt: cannot be read as a picture"),
    (lambda p: None, "in: holds no files"),
    (lambda p: [picture(p / "a.png", 16, 16), picture(p / "a.bmp", 16, 16)], "a.png and a.bmp would both be written"),
])  # fmt: skip
def test_what_cannot_be_translated_is_said_in_a_line(conv, tmp_path, make, said):
    (tmp_path / "in").mkdir()
    make(tmp_path / "in")
    with pytest.raises(SpecError) as caught:
        list(translate.folder(conv, {"a": tmp_path / "in"}, tmp_path / "out"))
    assert said in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_layers_bound_to_a_size_refuse_others_smaller_ones_too(tmp_path):
    run = trained(tmp_path, DENSE)
    picture(tmp_path / "in" / "a.png", 16, 16)
    assert len(list(translate.folder(run, {"a": tmp_path / "in"}, tmp_path / "out"))) == 1
    for size in ((12, 16), (16, 20), (8, 32)):
        picture(tmp_path / "in" / "b.png", *size)
        with pytest.raises(SpecError, match=r"b.png: 'generator' takes 'a' of shape \(1, 16, 16\) and no other such as"):
            list(translate.folder(run, {"a": tmp_path / "in"}, tmp_path / "out"))


def test_folders_that_do_not_go_with_the_run(conv, tmp_path):
    picture(tmp_path / "in" / "a.png", 16, 16)
    for given, said in (
        ({"b": tmp_path / "in"}, "'b' is no field of the data; there are x, a, label"),
        ({"x": tmp_path / "in"}, "no network makes anything of 'x'; fields that are read: a"),
        ({"a": tmp_path / "in", "label": tmp_path / "in"}, "no network makes anything of 'a' and 'label'"),
    ):
        with pytest.raises(SpecError, match=said):
            list(translate.folder(conv, given, tmp_path / "out"))
    with pytest.raises(SpecError, match="is the folder that is read"):
        list(translate.folder(conv, {"a": tmp_path / "in"}, tmp_path / "in"))
    assert not (tmp_path / "out").exists() and isinstance(tmp_path, Path)
