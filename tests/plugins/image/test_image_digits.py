"""The carried digits, and the tasks made from them."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
import torch
from ganframe_gan.data import Ring
from ganframe_image.data import CIFAR10, Derived, Digits, StackedDigits, SuperResolution, TwoDomains
from ganframe_image.data.changes import CHANGES
from ganframe_image.data.digits import digits
from torch.nn import functional as F

from ganframe import Field

HASH = """
import hashlib, torch
from ganframe_image.data import Digits, TwoDomains
rows = torch.arange(700, -1, -3)
one = Digits(size=16, split="train").open().batch(rows)
two = TwoDomains().open().batch(rows, torch.Generator().manual_seed(4))
both = [one["x"], one["label"], two["a"], two["b"]]
print(hashlib.sha256(b"".join(t.contiguous().numpy().tobytes() for t in both)).hexdigest())
"""


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def every(data):
    return data.batch(torch.arange(len(data)), rng())


def test_the_file_is_scikit_learns() -> None:
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    rows = every(Digits().open())
    assert torch.equal(rows["x"][:, 0], torch.tensor(theirs.images).float() / 8 - 1)
    assert rows["label"].argmax(1).tolist() == theirs.target.tolist()


def test_digits_say_what_they_are() -> None:
    data = Digits().open()
    x, label = data.fields().values()
    assert (len(data), x.shape, x.view, x.range) == (1797, (1, 8, 8), "picture", (-1.0, 1.0))
    assert label.shape == (10,) and label.names == tuple("0123456789")
    facts = data.facts()
    assert (facts["channels"], facts["size"], facts["classes"], facts["paper"]) == (1, 8, 10, -1.0)
    assert sum(facts["frequencies"]) == pytest.approx(1) and min(facts["frequencies"]) > 0.09
    values = every(data)["x"]
    assert float(values.min()) == -1 and float(values.max()) == 1
    assert torch.equal(data.column("label"), every(data)["label"])


def test_the_parts_are_disjoint_and_whole() -> None:
    train, test, both = (every(Digits(split=s).open()) for s in ("train", "test", "all"))
    assert (len(train["x"]), len(test["x"])) == (1437, 360)
    joined = torch.cat([train["x"], test["x"]]).flatten(1)
    assert sorted(map(tuple, joined.tolist())) == sorted(map(tuple, both["x"].flatten(1).tolist()))


@pytest.mark.parametrize(("size", "shape"), [(16, (16, 16)), (32, (32, 32)), ((8, 12), (8, 12)), (4, (4, 4))])
def test_other_sizes_are_resampled_within_range(size, shape) -> None:
    data, own = Digits(size=size).open(), every(Digits().open())["x"]
    x = every(data)["x"]
    assert tuple(x.shape[-2:]) == shape == (data.facts()["height"], data.facts()["width"])
    assert float(x.min()) >= -1 and float(x.max()) <= 1
    back = F.interpolate(x, size=(8, 8), mode="area") if shape != (4, 4) else x
    near = own if shape != (4, 4) else F.avg_pool2d(own, 2)
    assert (back - near).abs().mean() < 0.15, "the same digits"


def test_three_channels_are_the_grey_one_three_times() -> None:
    x = every(Digits(channels=3).open())["x"]
    assert x.shape[1] == 3 and torch.equal(x[:, 0], every(Digits().open())["x"][:, 0]) and torch.equal(x[:, 0], x[:, 2])
    with pytest.raises(ValueError, match="1 channels cannot be given 2"):
        Digits(channels=2).open()


def test_another_process_gives_the_same_bits() -> None:
    rows = torch.arange(700, -1, -3)
    one, two = Digits(size=16, split="train").open().batch(rows), TwoDomains().open().batch(rows, rng(4))
    both = [one["x"], one["label"], two["a"], two["b"]]
    here = hashlib.sha256(b"".join(t.contiguous().numpy().tobytes() for t in both)).hexdigest()
    there = subprocess.run([sys.executable, "-c", HASH], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_stacked_digits_are_three_digits() -> None:
    data = StackedDigits(rows=500).open()
    assert len(data) == 500 and data.fields()["x"].shape == (3, 8, 8) and data.facts()["modes"] == 1000
    known = {tuple(x.flatten().tolist()) for x in digits()[0]}
    rows = data.batch(torch.tensor([499, 3, 3]), None)["x"]
    assert all(tuple(channel.flatten().tolist()) in known for row in rows for channel in row)
    assert torch.equal(rows[1], rows[2]) and not torch.equal(rows[0, 0], rows[0, 1])
    with pytest.raises(IndexError):
        data.batch(torch.tensor([500]), None)
    assert not torch.equal(every(StackedDigits(rows=9, seed=1).open())["x"], every(StackedDigits(rows=9).open())["x"])


def test_super_resolution_pairs_a_picture_with_its_means() -> None:
    data = SuperResolution(factor=4).open()
    rows = every(data)
    assert list(data.fields()) == ["x", "a", "label"] and data.fields()["a"].shape == (1, 2, 2)
    assert rows["a"][5, 0, 1, 0] == pytest.approx(float(rows["x"][5, 0, 4:, :4].mean()), abs=1e-6)
    assert len(data) == 1437 and data.facts()["source_channels"] == 1
    with pytest.raises(ValueError, match="'factor' = 3 does not divide 8 x 8"):
        SuperResolution(factor=3).open()


def test_changes_do_what_they_say() -> None:
    x = torch.full((1, 1, 8, 8), -1.0)
    x[0, 0, 3:5, 3:5] = 1.0
    done = {name: change(x, rng()) for name, change in CHANGES.items() if name != "grey"}
    assert torch.equal(done["invert"], -x)
    assert done["thin"].unique().tolist() == pytest.approx([-1.0, 0.8])
    around = done["outline"][0, 0]
    assert int((around == 1).sum()) == 12 and around[3, 3] == -1 and around[2, 2] == 1 and around[0, 0] == -1
    assert (done["hole"][0, 0, 2:6, 2:6] == 0).all() and int((done["hole"] == 0).sum()) == 16
    assert (done["left_half"][..., 4:] == 0).all() and torch.equal(done["left_half"][..., :4], x[..., :4])
    assert float((done["noise"] - x).std()) == pytest.approx(1, abs=0.3)
    colour = torch.zeros(1, 3, 2, 2)
    colour[:, 1] = 1.0
    assert CHANGES["grey"](colour, rng()).flatten().tolist() == pytest.approx([0.587] * 4)


@pytest.mark.parametrize("change", [c for c in CHANGES if c != "grey"])
def test_derived_pairs_belong_together(change) -> None:
    data = Derived(change=change).open()
    rows = data.batch(torch.tensor([7, 1436, 7]), rng(3))
    assert torch.equal(rows["a"], CHANGES[change](rows["x"], rng(3)))
    assert torch.equal(rows["x"], Digits(split="train").open().batch(torch.tensor([7, 1436, 7]))["x"])
    within = data.fields()["a"].range is not None
    assert within == (change != "noise")


def test_a_task_can_be_made_from_another_part_of_the_pictures() -> None:
    assert len(Derived(split="test").open()) == 360
    assert len(SuperResolution(pictures=Digits(), split="test").open()) == 360
    assert len(TwoDomains(pictures=Digits(), split="test").open()) == 180
    with pytest.raises(ValueError, match="Ring has no part 'test'"):
        Derived(pictures=Ring(), split="test").open()


def test_a_change_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="'grey' needs pictures of 3 channels"):
        Derived(change="grey").open()
    assert Derived(change="grey", pictures=Digits(channels=3)).open().facts()["source_channels"] == 1


def test_two_domains_share_no_picture_and_keep_their_labels() -> None:
    data = TwoDomains(change="invert").open()
    assert list(data.fields()) == ["a", "b", "label", "label_b"] and len(data) == 718
    both = digits("train")
    pictures = [tuple(x.flatten().tolist()) for x in both[0]]
    seen: dict[str, set[tuple[float, ...]]] = {"a": set(), "b": set()}
    for seed in range(6):
        rows = data.batch(torch.arange(718), rng(seed))
        for field, sign, label in (("a", 1, "label"), ("b", -1, "label_b")):
            keys = [tuple(x.flatten().tolist()) for x in sign * rows[field]]
            seen[field] |= set(keys)
            assert [int(both[1][pictures.index(k)]) for k in keys[:20]] == rows[label].argmax(1).tolist()[:20]
    assert not seen["a"] & seen["b"] and len(seen["a"]) == 718 and len(seen["b"]) > 700
    one, two = data.batch(torch.arange(9), rng(1)), data.batch(torch.arange(9), rng(2))
    assert torch.equal(one["a"], two["a"]) and not torch.equal(one["b"], two["b"])


def test_only_pictures_can_be_changed() -> None:
    class Numbers:
        def open(self):
            return self

        def fields(self):
            return {"v": Field((3,))}

    with pytest.raises(ValueError, match="first field 'v' is shown as array"):
        TwoDomains(pictures=Numbers()).open()


def test_a_missing_default_folder_is_named_by_its_absolute_path(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=str(tmp_path / "data" / "cifar10")):
        CIFAR10().open()
