"""The kit refuses augmentations, metrics, hooks and exporters that break one law each."""


import pytest
import torch

from ganframe import component, option
from ganframe.testing import check
from tests.testing.refusal import refused


@pytest.mark.parametrize(
    ("function", "law"),
    [
        (lambda x, now: x + torch.rand_like(x), "the_stream_decides"),
        (lambda x, now: x[..., 1:], "shape_stays"),
        (lambda x, now: x.detach() * 2, "gradients_pass"),
        (lambda x, now: x.mul_(2), "shape_stays"),
        (lambda x, now: x * 2, "strength_zero_changes_nothing"),
    ],
)
def test_augmentation(function, law):
    body = {"__annotations__": {"p": float}, "p": option(1.0, "how often", min=0, max=1), "__doc__": "An augmentation."}
    refused(component(type("Broken", (), body | {"__call__": lambda self, x, now: function(x, now)})), law)


class Mean:
    """A meter of the distance of the means of x; `weigh` says how batches are combined."""

    def __init__(self, weigh, sign=1):
        self._weigh, self._sign, self._gaps = weigh, sign, []

    def update(self, real, fake):
        gap = (real["x"].flatten(1).mean(0) - fake["x"].flatten(1).mean(0)).abs().mean()
        self._gaps.append((len(real["x"]), float(gap)))

    def compute(self):
        return {"gap": self._sign * self._weigh(self._gaps)}


def metric_of(weigh, sign=1, better="lower"):
    return component(type("Broken", (), {
        "__doc__": "A metric.", "better": {"gap": better},
        "build": lambda self, fields, facts, device: Mean(weigh, sign),
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "law"),
    [
        (metric_of(lambda gaps: gaps[-1][1]), "batches_do_not_matter"),
        (metric_of(lambda gaps: sum(gap for _, gap in gaps)), "batches_do_not_matter"),
        (metric_of(lambda gaps: 1.0), "better_samples_score_better"),
        (metric_of(lambda gaps: gaps[0][1], better="higher"), "better_samples_score_better"),
        (metric_of(lambda gaps: gaps[0][1], better="less"), "figures_are_declared"),
    ],
)
def test_metric(metric, law):
    refused(metric, law)


def test_hook_with_a_wrong_signature():
    @component
    class Deaf:
        """Forgets an argument."""

        def on_step(self, run):
            pass

    refused(Deaf, "events_are_declared", "run, step")


def test_hook_that_meddles():
    @component
    class Meddles:
        """Moves a weight."""

        def on_step(self, run, step):
            next(run.networks["generator"].parameters()).data.mul_(1.001)

    refused(Meddles, "training_goes_on_the_same")


def test_hook_that_breaks():
    @component
    class Breaks:
        """Fails when figures come."""

        def on_evaluate(self, run, figures):
            raise KeyError("no such figure")

    refused(Breaks, "training_goes_on_the_same")


def test_hook_that_watches_passes():
    @component
    class Watches:
        """Reads what there is to read."""

        def on_step(self, run, step):
            run.values()
            run.sample(2)

    check(Watches)


def exporter_of(export):
    body = {"__doc__": "An exporter.", "export": lambda self, run, path: export(run, path)}
    return component(type("Broken", (), body))


def test_exporter():
    check(exporter_of(lambda run, path: path.write_text(str(run.step))))
    refused(exporter_of(lambda run, path: None), "it_writes_the_path", "writes nothing")
