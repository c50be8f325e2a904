"""Whether made graphs are what they should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_geometry.data.graphs import roles
from ganframe_geometry.metrics.structure import fits, form


@component
class GraphValidity:
    """The share of made graphs that are one of the kinds of Graphs, and how near their forms are to the real ones'.

    Valid: edges are 0 or 1, symmetric and without loops; all nodes with edges hang together; together they are a ring,
    a star, a path or a tree, as the data's `kinds` allow, and of the kind asked for where `label` is given; and the
    field `nodes`, where it is named, says of each node how many edges it has. Figures: `valid`, that share; `unique`,
    different forms among the valid ones by their number; `mismatch`, total variation between the forms of made and
    real graphs (an invalid one is a form of its own): 0 is best, and above 0 between small real sets. A form is a graph
    whatever the order of its nodes. Source: validity and uniqueness as in MolGAN (arXiv:1805.11973, section 4).
    """

    better: ClassVar = {"valid": "higher", "mismatch": "lower"}
    examples = ({"data": "Graphs"},)

    label: str = option("", "one-hot field of the kind asked for; only for conditional models")
    nodes: str = option("", "field that says what each node is, for models that make it")
    field: str = option("", "the field of edges; the data's first where left out")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> GraphMeter:
        """A meter; ValueError for data that are not Graphs, or a field that is missing."""
        name = self.field or next(iter(fields))
        if "kinds" not in facts:
            raise ValueError("GraphValidity needs data whose kinds of graphs are known (fact 'kinds'): Graphs")
        for wanted in (name, self.label or name, self.nodes or name):
            if wanted not in fields:
                raise ValueError(f"there is no field '{wanted}'; fields: {', '.join(fields)}")
        return GraphMeter(self, name, list(facts["kinds"]))


class GraphMeter:
    """Counts forms of real and made graphs."""

    def __init__(self, asked: GraphValidity, field: str, kinds: list[str]) -> None:
        self._asked, self._field, self._kinds = asked, field, kinds
        self._real: Counter[str] = Counter()
        self._fake: Counter[str] = Counter()

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._real.update(self._forms(real))
        self._fake.update(self._forms(fake))

    def compute(self) -> dict[str, float]:
        """`valid`, `unique`, `mismatch`; ValueError without graphs on either side."""
        real, fake = self._real.total(), self._fake.total()
        if not real or not fake:
            raise ValueError("no graphs to compare")
        valid = fake - self._fake[""]
        apart = sum(abs(self._fake[f] / fake - self._real[f] / real) for f in {*self._fake, *self._real})
        forms = len([f for f in self._fake if f])
        return {"valid": valid / fake, "unique": forms / valid if valid else 0.0, "mismatch": apart / 2}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figures rest on."""
        return {"n": f"{self._fake.total()}/{self._real.total()}", "field": self._field, "forms": str(len(self._real))}

    def _forms(self, batch: Mapping[str, Tensor]) -> list[str]:
        """The form of each graph, empty for one that is not valid."""
        x = batch[self._field].cpu()
        x = x.sum(3) if x.dim() == 4 else x
        whole = ((x == 0) | (x == 1)).all(2).all(1) & (x == x.transpose(1, 2)).all(2).all(1)
        whole &= (x.diagonal(dim1=1, dim2=2) == 0).all(1)
        if self._asked.nodes:
            whole &= (batch[self._asked.nodes].cpu().argmax(2) == roles(x)).all(1)
        label = batch[self._asked.label].argmax(1).tolist() if self._asked.label else [None] * len(x)
        return [self._form(g, code) if ok else "" for g, code, ok in zip(x, label, whole.tolist(), strict=True)]

    def _form(self, graph: Tensor, code: int | None) -> str:
        allowed = self._kinds if code is None else [self._kinds[code]]
        return form(graph) if any(fits(graph, kind) for kind in allowed) else ""
