"""Components: frozen, keyword-only, bounded; shapes and fields."""

import attrs
import pytest
import torch

from ganframe import Field, Shape, component, option, wire
from ganframe.component import is_component, options


@component
class Sample:
    """A component with every kind of option."""

    size: int = option(doc="how large", min=1)
    share: float = option(0.5, "how much", min=0.0, max=1.0)
    betas: tuple[float, float] = option((0.0, 0.9), "two shares", min=0.0, max=1.0)
    mode: str = option("a", "which", choices=("a", "b"))
    rate: float = option(0.1, "may be a curve", min=0.0, curve=True)
    plain: int = 3
    label = "no option: it has no annotation"


@component
class Half:
    """A curve."""

    def at(self, now):
        return 0.5


@component
class Reads:
    """A loss of one tensor and perhaps another."""

    input: str = wire("what was made")
    target: str = wire("what is wanted", optional=True)


def test_options_are_the_annotated_fields_in_order():
    assert list(options(Sample)) == ["size", "share", "betas", "mode", "rate", "plain"]
    assert options(Sample)["size"].type is int
    assert options(Sample)["share"].metadata["doc"] == "how much"
    assert options(Sample)["rate"].metadata["curve"] is True


def test_wires_are_marked():
    assert all(field.metadata["wire"] for field in options(Reads).values())
    assert Reads(input="fake.x").target is None
    with pytest.raises(TypeError, match="input"):
        Reads()


def test_frozen_keyword_only_and_compared_by_identity():
    made = Sample(size=1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.size = 2
    with pytest.raises(TypeError):
        Sample(1)
    assert made != Sample(size=1)
    assert len({made, Sample(size=1)}) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 0}, "'size' must be at least 1, not 0"),
        ({"share": 1.5}, "'share' must be at most 1.0, not 1.5"),
        ({"share": -0.1}, "'share' must be at least 0.0, not -0.1"),
        ({"share": float("nan")}, "'share' must be a number, not nan"),
        ({"betas": (0.5, 2.0)}, "'betas' must be at most 1.0, not 2.0"),
        ({"mode": "c"}, "'mode' must be one of 'a', 'b', not 'c'"),
        ({"rate": -1.0}, "'rate' must be at least 0.0, not -1.0"),
    ],
)
def test_bounds_name_the_option(given, message):
    with pytest.raises(ValueError) as caught:
        Sample(**{"size": 1, **given})
    assert str(caught.value) == message


def test_bounds_are_inclusive_and_pass_curves():
    Sample(size=1, share=0.0, betas=(0.0, 1.0))
    curve = Half()
    assert Sample(size=1, rate=curve).rate is curve


def test_what_is_a_component():
    assert is_component(Half())
    assert not is_component(Half)
    assert not is_component(0.5)
    assert not is_component(Field((3,)))


def test_shape_is_a_tuple_with_a_dtype():
    shape = Shape((3, 8, 8))
    assert shape == (3, 8, 8)
    assert shape.dtype == torch.float32
    assert Shape([5], torch.int64).dtype == torch.int64
    assert (repr(Shape((4,))), repr(Shape((4, 5))), repr(Shape())) == ("(4,)", "(4, 5)", "()")


def test_field_takes_any_sequence():
    field = Field([3, 8], names=["a", "b"])
    assert (field.shape, field.names) == ((3, 8), ("a", "b"))
    assert (field.dtype, field.view, field.range) == ("float32", "array", None)
    assert field == Field((3, 8), names=("a", "b"))
