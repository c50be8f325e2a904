"""Losses on the one-hot columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, wire

if TYPE_CHECKING:
    from ganframe import Field, Step


@component
class ColumnCrossEntropy:
    """CTGAN's condition loss (arXiv:1907.00503, section 4.3): the conditioned column must show the wanted category.

    Mean over rows of -sum over columns c of target_c · log softmax(input_c), c one column's one-hot entries. The
    condition is all zero but for the chosen column, so that the others add nothing. Which entries belong together,
    and where they lie in the table, is read from the data: its first field and the condition's name their entries,
    categories as "column=value".
    """

    input: str = wire("the generator's raw output before activation (N, width), e.g. \"fake.generator.raw\"")
    target: str = wire("the condition (N, categories), e.g. \"fake.condition\"")

    def state(self, fields: dict[str, Field]) -> dict[str, Tensor]:
        """For every category its place in the table's row, and the number of its column."""
        name = self.target.rpartition(".")[2]
        table, condition = next(iter(fields)), fields.get(name)
        if condition is None or not condition.names:
            raise ValueError(f"'target' must be a field of the data that names its categories; '{name}' is none")
        lacking = sorted(set(condition.names) - set(fields[table].names))
        if lacking:
            raise ValueError(f"the field '{table}' names no entry '{lacking[0]}', which '{name}' has")
        columns = [entry.partition("=")[0] for entry in condition.names]
        numbers = {column: number for number, column in enumerate(dict.fromkeys(columns))}
        places = [fields[table].names.index(entry) for entry in condition.names]
        return {"places": torch.tensor(places), "columns": torch.tensor([numbers[column] for column in columns])}

    def term(self, input: Tensor, target: Tensor, step: Step) -> Tensor:
        """Nats a row."""
        logits = input[:, step.state["places"]]
        columns = step.state["columns"].expand_as(logits)
        # There are no more columns than entries, a bound known without reading a tensor; spare ones are never read.
        least = torch.full_like(logits, -torch.inf)
        peaks = least.scatter_reduce(1, columns, logits.detach(), "amax").gather(1, columns)
        sums = torch.zeros_like(logits).scatter_add(1, columns, (logits - peaks).exp()).gather(1, columns)
        return -(target * (logits - peaks - sums.log())).sum(1).mean()
