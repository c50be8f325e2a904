"""The conformance kit refuses components that break one law each, and passes their sound twins."""

import inspect
import re
import types
from typing import Any, ClassVar

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import ganframe
from ganframe import Field, Shape, component, option, wire
from ganframe.testing import Violation, check, check_plugin
from ganframe.testing.kit import kind_of


def refused(cls: type, law: str, words: str = "") -> None:
    """The kit must refuse the class by this law, and say why."""
    with pytest.raises(Violation) as caught:
        check(cls, max_examples=3)
    line = re.search(rf"^  {law}: .*$", str(caught.value), re.M)
    assert line is not None, f"not refused by {law}, but: {caught.value}"
    assert words in line[0]


class Same(nn.Module):
    """A module that computes a function of its input."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(self, x)


def layer_of(function, **attributes):
    """A layer component whose forward is a function of (module, x)."""
    body = {"__doc__": "A layer.", "build": lambda self, x: Same(function), **attributes}
    return component(type("Broken", (), body))



def test_a_sound_layer_passes():
    check(layer_of(lambda m, x: x.tanh()))


def test_docstring():
    refused(layer_of(lambda m, x: x, __doc__=None), "has_a_docstring")


def test_option_docs():
    refused(layer_of(lambda m, x: x, __annotations__={"a": float}, a=option(0.5)), "options_are_documented", "'a'")


def test_bounds():
    import attrs

    loose = attrs.field(default=0.5, metadata={"doc": "a share", "min": 0.0, "max": 1.0})
    refused(layer_of(lambda m, x: x, __annotations__={"a": float}, a=loose), "bounds_are_kept", "accepted")


def test_frozen():
    import attrs

    @attrs.define(kw_only=True)
    class Open:
        """A curve that can be changed."""

        value: float = option(1.0, "the value")

        def at(self, now):
            return self.value

    refused(Open, "is_frozen", "'value'")


def test_toml():
    @component
    class Odd:
        """A curve whose default is no legal value of its own option."""

        value: int = option(1.5, "the value")

        def at(self, now):
            return 1.0

    refused(Odd, "survives_toml", "value")



@pytest.mark.parametrize(
    ("function", "law", "words"),
    [
        (lambda m, x: x / x.size(0) if x.is_meta else torch.cat((x, x), 1), "shapes_are_inferred", "meta"),
        (lambda m, x: x.sum(), "shapes_are_inferred", "first axis"),
        (lambda m, x: x / 0, "values_are_finite", "NaN or infinity"),
        (lambda m, x: x.detach(), "gradients_arrive", "no gradient reaches x"),
        (lambda m, x: x - x.mean(0), "rows_are_independent", "mixes_rows"),
        (lambda m, x: x if m.training else x - x.mean(0), "rows_are_independent", "eval mode"),
        (lambda m, x: x + torch.rand_like(x), "chance_is_declared", "random = True"),
        (lambda m, x: x.add_(1), "forward_changes_only_buffers", "in place"),
        (lambda m, x: counted(m, x), "forward_changes_only_buffers", "calls"),
    ],
)
def test_layer(function, law, words):
    refused(layer_of(function), law, words)


def counted(module, x):
    module.calls = getattr(module, "calls", 0) + 1
    return x


def test_layer_that_hides_state():
    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = torch.randn(())

        def forward(self, x):
            return x * self.factor

    refused(layer_of(None, build=lambda self, x: Hidden()), "state_round_trips", "does not hold all of it")


def test_layer_without_double_backward():
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.square()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    refused(layer_of(lambda m, x: Once.apply(x)), "double_backward_works")


def test_layer_whose_parameter_learns_nothing():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.idle = nn.Parameter(torch.zeros(3))

        def forward(self, x):
            return x

    refused(layer_of(None, build=lambda self, x: Idle()), "gradients_arrive", "idle")


def test_layer_that_builds_for_nothing_must_give_examples():
    def build(self, x):
        raise ValueError("wants seven axes")

    refused(layer_of(None, build=build), "example", "examples")


def test_examples_are_used():
    seen = []

    def build(self, x: Shape, label: Shape):
        seen.append((tuple(x), x.dtype, tuple(label)))
        return Pair()

    class Pair(nn.Module):
        def forward(self, x, label):
            return x.float() + label.sum(1, keepdim=True)

    given = {"x": ("int64", (3,), 5), "label": (2,)}
    check(layer_of(None, build=build, examples=(given,)))
    assert set(seen) == {((3,), torch.int64, (2,))}



def initializer_of(fill, **attributes):
    return component(type("Broken", (), {
        "__doc__": "Fills.", "__call__": lambda self, weight, rng: fill(weight, rng), **attributes,
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("fill", "law"),
    [
        (lambda w, rng: w.normal_(), "the_stream_decides"),
        (lambda w, rng: w.normal_(generator=torch.Generator().manual_seed(3)), "another_seed_gives_other_weights"),
        (lambda w, rng: w[0].normal_(generator=rng), "the_stream_decides"),
        (lambda w, rng: w.fill_(torch.inf), "shape_and_dtype_stay"),
        (lambda w, rng: w.new_empty(0).set_(w.untyped_storage()).normal_(generator=rng), "only_the_weight_changes"),
    ],
)
def test_initializer(fill, law):
    refused(initializer_of(fill), law)


def test_initializer_statistics():
    declared = {"__annotations__": {"std": float}, "std": option(0.5, "standard deviation")}
    refused(initializer_of(lambda w, rng: w.normal_(0, 1, generator=rng), **declared), "spread_is_as_declared")
    check(initializer_of(lambda w, rng: w.fill_(0.0)))


def test_initializer_whose_gain_does_nothing():
    declared = {"__annotations__": {"gain": float}, "gain": option(1.0, "factor")}
    refused(initializer_of(lambda w, rng: w.normal_(generator=rng), **declared), "gain_scales")


def test_parametrization_that_loses_the_weight():
    @component
    class Lost:
        """Takes the weight away."""

        def __call__(self, module):
            module.kernel = module.weight
            del module._parameters["weight"]
            return module

    refused(Lost, "weight_stays_readable")


def test_parametrization_with_hidden_state():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = float(torch.rand(()))

        def forward(self, weight):
            return weight * self.scale

    @component
    class Drawn:
        """Scales by a number that it forgets to save."""

        def __call__(self, module):
            nn.utils.parametrize.register_parametrization(module, "weight", Scale())
            return module

    refused(Drawn, "state_round_trips")



def loss_of(discriminator, generator, **attributes):
    """An adversarial loss from two functions of logits."""
    return component(type("Broken", (), {
        "__doc__": "A loss.", "discriminator": lambda self, real, fake: discriminator(real, fake),
        "generator": lambda self, fake: generator(fake), **attributes,
    }))  # fmt: skip


def judge(real, fake):
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def make(fake):
    return F.softplus(-fake).mean()


def test_a_sound_loss_passes():
    check(loss_of(judge, make))


@pytest.mark.parametrize(
    ("discriminator", "generator", "law"),
    [
        (lambda real, fake: -(torch.sigmoid(real).log() + (1 - torch.sigmoid(fake)).log()).mean(), make,
         "logits_of_any_size_are_finite"),
        (judge, lambda fake: fake[0].mean() + F.softplus(-fake).mean(), "order_of_rows_does_not_matter"),
        (judge, lambda fake: F.softplus(-fake).sum(), "it_is_a_mean_over_rows"),
        (judge, lambda fake: F.softplus(fake).mean(), "the_sides_pull_apart"),
        (judge, lambda fake: 0 * fake.mean(), "the_sides_pull_apart"),
        (judge, lambda fake: F.softplus(-fake), "logits_of_any_size_are_finite"),
    ],
)  # fmt: skip
def test_loss(discriminator, generator, law):
    refused(loss_of(discriminator, generator), law)


def test_loss_with_python_state():
    calls = []

    def forgetful(fake):
        calls.append(1)
        return make(fake) * (1 + 0.01 * len(calls))

    refused(loss_of(judge, forgetful), "it_plays", "differ")


def test_loss_whose_state_changes_its_form():
    def after(self, step):
        step.state["mean"] = torch.zeros(3)

    broken = loss_of(judge, make, state=lambda self, fields: {"mean": torch.zeros(())}, after=after)
    refused(broken, "it_plays", "state")


def test_loss_of_tensors():
    @component
    class First:
        """Looks at the first row alone."""

        input: str = wire("what was made")

        def term(self, input):
            return input[0].square().sum()

    refused(First, "order_of_rows_does_not_matter")


def test_loss_of_tensors_without_gradient():
    @component
    class Dead:
        """Gives no gradient."""

        input: str = wire("what was made")

        def term(self, input):
            return input.detach().square().mean()

    refused(Dead, "tensors_give_a_gradient")


def penalty_of(value):
    """A penalty of the discriminator's slopes (rows, 2) at real points, and of the points."""

    def discriminator(self, real, step):
        (x,) = step.real.judged
        (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
        return value(slope, x)

    return component(type("Broken", (), {
        "__doc__": "A penalty.", "differentiates": ("real",), "discriminator": discriminator,
    }))  # fmt: skip


def test_a_sound_penalty_passes():
    check(penalty_of(lambda slope, x: slope.square().sum(1).mean() / 2))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda slope, x: -slope.square().sum(1).mean(), "it is -"),
        (lambda slope, x: (slope * x).square().sum(1).mean(), "depends on the batch"),
        (lambda slope, x: slope[:, 0].square().mean(), "direction"),
    ],
)
def test_penalty(value, words):
    refused(penalty_of(value), "slopes_of_a_linear_judge", words)



def test_curve_with_memory():
    asked = []

    @component
    class Counts:
        """Counts how often it was asked."""

        def at(self, now):
            asked.append(now.step)
            return float(len(asked))

    refused(Counts, "it_has_no_memory")


def test_curve_that_overflows():
    @component
    class Wild:
        """Grows without end."""

        def at(self, now):
            return 10.0**now.step if now.step < 400 else float("inf")

    refused(Wild, "values_are_numbers")


class Rule(torch.optim.Optimizer):
    """Plain descent with a factor, plus noise, plus a hidden count."""

    def __init__(self, params, lr, noise=0.0, hidden=False):
        super().__init__(params, {"lr": lr})
        self.noise, self.hidden, self.count = noise, hidden, 0

    @torch.no_grad()
    def step(self, closure=None):
        self.count += self.hidden
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad / (1 + self.count) + self.noise * torch.randn_like(p)


@pytest.mark.parametrize(
    ("settings", "law"),
    [
        ({"lr": -0.1}, "it_descends"),
        ({"lr": 0.1, "noise": 0.001}, "it_repeats_itself"),
        ({"lr": 0.1, "hidden": True}, "state_round_trips"),
    ],
)
def test_optimizer(settings, law):
    build = {"build": lambda self, params: Rule(params, **settings)}
    refused(component(type("Broken", (), {"__doc__": "An optimizer.", **build})), law)


def test_schedule_that_forgets():
    class Forgets(torch.optim.lr_scheduler.LRScheduler):
        def __init__(self, optimizer):
            self.rates = iter(range(100, 0, -1))
            super().__init__(optimizer)

        def get_lr(self):
            return [next(self.rates) * base for base in self.base_lrs]

        def state_dict(self):
            return {}

    build = {"build": lambda self, optimizer: Forgets(optimizer)}
    refused(component(type("Broken", (), {"__doc__": "A schedule.", **build})), "state_round_trips")



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
    import numpy as np

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


def test_kinds_are_told_apart():
    builds = {
        "layer": lambda self, x: None,
        "optimizer": lambda self, params: None,
        "schedule": lambda self, optimizer: None,
        "metric": lambda self, fields, facts, device: None,
    }
    assert {kind: kind_of(component(type("C", (), {"build": build}))) for kind, build in builds.items()} == {
        kind: kind for kind in builds
    }


def test_a_plugin_is_checked_whole():
    module = types.ModuleType("my_plugin")
    module.ganframe_losses = ganframe.plugin(lambda: [loss_of(judge, make)])
    check_plugin(module, max_examples=1)
    module.ganframe_curves = ganframe.plugin(lambda: [loss_of(judge, make)])
    with pytest.raises(Violation, match="has none of the methods at"):
        check_plugin(module, max_examples=1)


def test_a_plugin_module_without_hooks_is_refused():
    with pytest.raises(Violation, match="marked @ganframe.plugin"):
        check_plugin(types.ModuleType("empty"))


def test_every_law_says_what_it_holds():
    from ganframe.testing import every, kit

    for laws in (every, *kit.LAWS.values()):
        assert all(inspect.getdoc(law) for law in laws.LAWS)


def test_the_kit_leaves_the_global_random_numbers_alone():
    before = torch.get_rng_state()
    check(loss_of(judge, make), max_examples=1)
    assert torch.equal(before, torch.get_rng_state())


def test_drawn_options_reach_a_component():
    seen: set[Any] = set()

    @component
    class Any_:
        """Remembers what it was given."""

        kind: str = option("a", "which", choices=("a", "b", "c"))
        size: int = option(3, "how large", min=1)

        def at(self, now):
            seen.add((self.kind, self.size))
            return 1.0

    check(Any_, max_examples=20)
    assert {kind for kind, _ in seen} == {"a", "b", "c"}
    assert len({size for _, size in seen}) > 2
