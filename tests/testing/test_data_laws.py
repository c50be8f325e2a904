"""The kit refuses latents, data, samplers and views that break one law each."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from ganframe import Field, Shape, component
from ganframe.testing import check
from tests.testing.refusal import refused


def latent_of(sample, shape=(3,)):
    return component(type("Broken", (), {
        "__doc__": "A latent.", "shape": lambda self, fields: Shape(shape),
        "sample": lambda self, rows, now, real, data: sample(rows, now),
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("sample", "law"),
    [
        (lambda rows, now: torch.randn(rows, 3), "the_stream_decides"),
        (lambda rows, now: torch.randn(rows, 4, generator=now.rng), "shape_is_declared"),
        (lambda rows, now: torch.randn(rows, 3, generator=torch.Generator().manual_seed(1)),
         "another_seed_gives_other_values"),
    ],
)  # fmt: skip
def test_latent(sample, law):
    refused(latent_of(sample), law)


class Data:
    """Ten numbers; `batch` as told."""

    def __init__(self, batch, field):
        self._batch, self._field = batch, field

    def fields(self):
        return {"x": self._field}

    def facts(self):
        return {"dims": 1}

    def __len__(self):
        return 10

    def batch(self, indices, rng):
        if int(indices.max()) >= 10:
            raise IndexError("out of range")
        return {"x": self._batch(indices, rng)}


def dataset_of(batch, field=None, data=Data):
    field = field or Field((1,), range=(0.0, 1.0))
    return component(type("Broken", (), {"__doc__": "Data.", "open": lambda self: data(batch, field)}))


def tenths(indices, rng):
    return indices.float().unsqueeze(1) / 10


def test_sound_data_passes():
    check(dataset_of(tenths))


@pytest.mark.parametrize(
    ("batch", "law", "words"),
    [
        (lambda i, rng: torch.rand(len(i), 1), "positions_decide", "global"),
        (lambda i, rng: tenths(i, rng) * next(DRIFT), "positions_decide", "other rows"),
        (lambda i, rng: tenths(i, rng).double(), "fields_hold", "dtype"),
        (lambda i, rng: tenths(i, rng) + 1, "fields_hold", "values from"),
        (lambda i, rng: tenths(i, rng).repeat(1, 2), "fields_hold", "shape"),
        (lambda i, rng: tenths(i, rng) / len(i), "rows_stand_alone", "alone"),
        (lambda i, rng: SHARED.narrow(0, 0, len(i)), "a_batch_can_be_changed", "shares memory"),
    ],
)
def test_dataset(batch, law, words):
    refused(dataset_of(batch), law, words)


DRIFT = iter(torch.linspace(0.9, 1.0, 10_000).tolist())
SHARED = torch.full((10, 1), 0.5)


def test_data_without_end():
    class Endless(Data):
        def batch(self, indices, rng):
            return {"x": tenths(indices % 10, rng)}

    refused(dataset_of(None, data=Endless), "out_of_range_raises")


def test_classes_must_be_one_hot():
    field = Field((2,), names=("a", "b"))
    refused(dataset_of(lambda i, rng: torch.full((len(i), 2), 0.5), field), "fields_hold", "one-hot")


def test_facts_must_be_plain():
    class Tensors(Data):
        def facts(self):
            return {"mean": torch.zeros(3)}

    refused(dataset_of(tenths, data=Tensors), "facts_are_plain", "'mean'")


@pytest.mark.parametrize(
    ("order", "law"),
    [
        (lambda data, rng: torch.randperm(len(data)), "the_stream_decides"),
        (lambda data, rng: torch.arange(len(data) + 1), "positions_are_valid"),
        (lambda data, rng: torch.rand(len(data), generator=rng), "positions_are_valid"),
    ],
)
def test_sampler(order, law):
    body = {"__doc__": "An order.", "order": lambda self, data, epoch, rng: order(data, rng)}
    refused(component(type("Broken", (), body)), law)


def test_view_that_loses_precision():
    @component
    class Array:
        """Rounds to whole numbers."""

        suffixes: ClassVar = (".npy",)

        def write(self, path, values, field, facts):
            with path.open("wb") as file:
                np.save(file, values.round().numpy())

        def read(self, path, field, facts):
            return torch.from_numpy(np.load(path))

    refused(Array, "what_is_read_was_written", "off")


def test_view_that_writes_nothing():
    body = {"__doc__": "A view.", "suffixes": (".txt",), "write": lambda self, path, values, field, facts: None}
    refused(component(type("Array", (), body)), "every_suffix_is_written")


def test_view_that_forgets_the_size_of_a_file():
    @component
    class Array:
        """Reads files as large as they are, and writes every one as large as the field."""

        suffixes: ClassVar = (".npy",)

        def write(self, path, values, field, facts, like=None):
            missing = [(0, n - m) for m, n in zip(values.shape[1:], field.shape, strict=True)]
            with path.open("wb") as file:
                np.save(file, np.pad(values.numpy(), [(0, 0), *missing]) if like else values.numpy())

        def read(self, path, field, facts, own_size=False):
            return torch.from_numpy(np.load(path))

    refused(Array, "a_file_keeps_its_own_size", "written `like` its file")
