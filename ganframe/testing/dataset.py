"""Laws of datasets: rows are found by position, are what the fields declare, and never change."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe.component import Field
from ganframe.testing.case import Case, cases
from ganframe.testing.judge import (
    REFUSALS,
    Refused,
    Violation,
    finite,
    generator,
    leaves_global_rng_alone,
    near,
    require,
    reseed,
    same_bits,
)

__all__ = ["LAWS", "cases", "subject"]


@attrs.frozen
class Subject:
    """A dataset, opened, and some positions in it."""

    component: Any
    data: Any
    rows: Tensor

    def batch(self, rows: Tensor | None = None, seed: int = 0) -> dict[str, Tensor]:
        """The batch at the positions."""
        return self.data.batch(self.rows if rows is None else rows, generator(seed))  # type: ignore[no-any-return]


def subject(case: Case) -> Subject:
    """The opened data. Raises Refused where drawn options do not fit."""
    component = case.make()
    try:
        data = component.open()
        count = len(data)
    except (*REFUSALS, OSError) as error:
        raise Refused(f"it cannot be opened: {type(error).__name__}: {error}") from error
    require(count > 0, "it has no rows")
    return Subject(component, data, torch.tensor([count - 1, 0, count // 2, count // 3, 0, count // 4]))


def fields_hold(s: Subject) -> None:
    """Every field of a batch has the declared shape, dtype, range and classes; there is no other field."""
    batch, fields = s.batch(), s.data.fields()
    require(fields and set(batch) == set(fields), f"fields() names {sorted(fields)}, a batch has {sorted(batch)}")
    for name, field in fields.items():
        fault = _fault(field, batch[name], len(s.rows))
        require(fault is None, f"field '{name}' {fault}")


def _fault(field: Field, values: Tensor, rows: int) -> str | None:
    if tuple(values.shape) != (rows, *field.shape):
        return f"has shape {tuple(values.shape[1:])}, declared is {field.shape}"
    if str(values.dtype) != f"torch.{field.dtype}":
        return f"has dtype {values.dtype}, declared is {field.dtype}"
    if not finite(values):
        return "holds NaN or infinity"
    if field.range is not None and values.numel():
        low, high = float(values.min()), float(values.max())
        if low < field.range[0] - 1e-5 or high > field.range[1] + 1e-5:
            return f"holds values from {low:.4g} to {high:.4g}, declared are {field.range}"
    if field.names and values.dtype == torch.int64 and int(values.max()) >= len(field.names):
        return f"holds the code {int(values.max())}, but has {len(field.names)} names"
    # A field with a view of its own may name its entries; without one, names are those of classes.
    if field.names and values.dtype == torch.float32 and field.shape == (len(field.names),) and field.view == "array":
        one_hot = ((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all()
        return None if one_hot else "has class names, but its rows are not one-hot"
    return None


def facts_are_plain(s: Subject) -> None:
    """`facts()` are numbers, strings and lists of them, so that a spec and a checkpoint can hold them."""
    for name, value in s.data.facts().items():
        require(isinstance(name, str) and _plain(value), f"fact '{name}' is {type(value).__name__}: {value!r:.80}")


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    return type(value) in (int, float, bool, str)


def positions_decide(s: Subject) -> None:
    """The same positions and stream give the same bits, also from data opened twice; global random numbers stay."""
    reseed(1)
    before = torch.get_rng_state()
    one = s.batch()
    leaves_global_rng_alone(before, "it")
    require(same_bits(one, s.batch()), "the same positions and stream give other rows")
    again = Subject(s.component, s.component.open(), s.rows)
    require(same_bits(one, again.batch()), "opened a second time it gives other rows")


def rows_stand_alone(s: Subject) -> None:
    """A row is the same in any batch, unless the data draws from the stream it is given."""
    one = s.batch()
    if not same_bits(one, s.batch(seed=1)):
        return
    for i in range(len(s.rows)):
        alone = s.batch(s.rows[i : i + 1])
        same = all(near(one[name][i : i + 1], alone[name], 1e-6) for name in one)
        require(same, f"row {int(s.rows[i])} is not the same alone as among others")


def a_batch_can_be_changed(s: Subject) -> None:
    """Writing into a batch does not change the data."""
    one = s.batch()
    kept = {name: value.clone() for name, value in one.items()}
    for value in one.values():
        value.zero_()
    require(same_bits(kept, s.batch()), "a batch shares memory with the data: writing into it changes the data")


def out_of_range_raises(s: Subject) -> None:
    """A position at the length raises IndexError."""
    try:
        s.batch(torch.tensor([0, len(s.data)]))
    except IndexError:
        return
    raise Violation(f"position {len(s.data)} of {len(s.data)} rows raises no IndexError")


LAWS = (
    fields_hold, facts_are_plain, positions_decide, rows_stand_alone, a_batch_can_be_changed, out_of_range_raises,
)  # fmt: skip
