"""What the kit asks of every kind, how it tells kinds apart, and how it goes over a whole plugin."""

import inspect
import types
from typing import Any

import attrs
import pytest
import torch

import ganframe
from ganframe import component, option
from ganframe.testing import Violation, check, check_plugin, every, kit
from ganframe.testing.kit import kind_of
from tests.testing.refusal import judge, layer_of, loss_of, make, refused


def test_docstring():
    refused(layer_of(lambda m, x: x, __doc__=None), "has_a_docstring")


def test_option_docs():
    refused(layer_of(lambda m, x: x, __annotations__={"a": float}, a=option(0.5)), "options_are_documented", "'a'")


def test_bounds():
    loose = attrs.field(default=0.5, metadata={"doc": "a share", "min": 0.0, "max": 1.0})
    refused(layer_of(lambda m, x: x, __annotations__={"a": float}, a=loose), "bounds_are_kept", "accepted")


def test_frozen():
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


def test_every_law_says_what_it_holds():
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


def test_a_plugin_module_without_hooks_is_refused():
    with pytest.raises(Violation, match="marked @ganframe.plugin"):
        check_plugin(types.ModuleType("empty"))
