"""Pictures with holes, and how far translated pictures are from the true ones."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_image.data import Derived, Digits, Masked, SuperResolution
from ganframe_image.metrics import PairedError
from torch.nn import functional as F


def batch(data, rows=200, seed=0):
    return data.batch(torch.arange(rows), torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("hole", "rows", "columns"), [
    ("centre", slice(2, 6), slice(2, 6)), ("right", slice(0, 8), slice(4, 8)),
])  # fmt: skip
def test_holes_at_their_places(hole, rows, columns):
    found = batch(Masked(hole=hole).open())
    wanted = torch.zeros(8, 8)
    wanted[rows, columns] = 1
    assert torch.equal(found["mask"], wanted.expand(200, 1, 8, 8))
    assert torch.equal(found["a"], torch.where(found["mask"] == 1, 0, found["x"]))
    assert torch.equal(found["x"], batch(Digits(split="train").open())["x"])


def test_boxes_anywhere():
    data = Masked(hole="box", split="test").open()
    one, two, other = batch(data), batch(data), batch(data, seed=1)
    assert torch.equal(one["mask"], two["mask"]) and not torch.equal(one["mask"], other["mask"])
    for mask in one["mask"][:, 0]:
        high, wide = mask.amax(1), mask.amax(0)
        assert torch.equal(mask, high[:, None] * wide), "a rectangle"
        assert 2 <= int(high.sum()) <= 4 and 2 <= int(wide.sum()) <= 4
        assert int((high.diff() != 0).sum()) <= 2, "in one piece"
    assert bool((one["mask"].mean(0) > 0).all()), "every pixel is missing in some row"


def test_masked_data_tell_their_fields():
    data = Masked(pictures=Digits(size=(12, 9), channels=3)).open()
    assert {name: field.shape for name, field in data.fields().items()} == {
        "x": (3, 12, 9), "a": (3, 12, 9), "mask": (1, 12, 9), "label": (10,),
    }  # fmt: skip
    assert data.facts()["source_channels"] == 3
    assert batch(data, 4)["a"].shape == (4, 3, 12, 9)
    with pytest.raises(ValueError, match="3 x 9 are too small for a hole"):
        Masked(pictures=Digits(size=(3, 9))).open()


def figures(metric, data, made, parts=3):
    meter = metric.build(data.fields(), data.facts(), torch.device("cpu"))
    rows = batch(data, 90)
    for part in torch.arange(90).chunk(parts):
        meter.update({n: v[part] for n, v in rows.items()}, {"x": made(rows)[part]})
    return meter.compute(), rows


def test_handing_on_the_source_is_no_gain():
    data = Derived(change="invert").open()
    found, rows = figures(PairedError(), data, lambda rows: rows["a"])
    wanted = float((4 * rows["x"].double() ** 2).mean())
    assert found["mse"] == pytest.approx(wanted) and found["baseline"] == pytest.approx(wanted)
    assert found["share"] == 1
    assert found["psnr"] == pytest.approx(10 * math.log10(4 / wanted))


def test_the_baseline_of_a_small_picture_is_bicubic():
    data = SuperResolution().open()
    found, rows = figures(PairedError(), data, lambda rows: rows["x"])
    bicubic = F.interpolate(rows["a"].double(), size=(8, 8), mode="bicubic", antialias=True).clamp(-1, 1)
    assert found["baseline"] == pytest.approx(float((bicubic - rows["x"]).square().mean()))
    assert found["mse"] == found["share"] == 0 and found["psnr"] == math.inf


def test_the_baseline_that_sees_nothing_is_the_variance():
    found, rows = figures(PairedError(baseline="mean"), Derived().open(), lambda rows: torch.zeros(90, 1, 8, 8))
    assert found["baseline"] == pytest.approx(float(rows["x"].double().var(0, correction=0).mean()))


def test_what_cannot_be_compared():
    fields = Derived().open().fields()
    for options, said in (({"source": "b"}, "no field 'b'"), ({"field": "label"}, "'label' is of shape")):
        with pytest.raises(ValueError, match=said):
            PairedError(**options).build(fields, {}, torch.device("cpu"))
