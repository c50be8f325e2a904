"""Rules of tables: how they are written, as a loss, and in specs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganframe_tabular import rules
from ganframe_tabular.data.orders import Orders
from ganframe_tabular.losses.rules import TableRules

from tests.toy import trained


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a", "b"), "needs one of"), (("a", "<", "b", "<", "c"), "needs one of"), (("a", "b", "<", "c"), r"one \+ or -"),
        ((1, "<", 2), "names no column"), (("a", "*", "b", "=", "c"), r"one \+ or -"), ((), "needs one of"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_read(words, told):
    with pytest.raises(ValueError, match=told):
        rules.parsed((words,))


def test_a_rule_is_linear():
    (rule,) = rules.parsed((("a", "-", 2, ">=", "b", "+", "a", "-", 3.5),))
    assert dict(rule.factors) == {"a": 0, "b": -1}
    assert rule.constant == pytest.approx(1.5)
    gap = rule.gap({"a": torch.zeros(3), "b": torch.tensor([0.0, 1.5, 2.0])})
    assert gap.tolist() == pytest.approx([0, 0, 0.5])


@pytest.mark.parametrize("normalize", ["quantile", "modes"])
def test_the_loss_is_the_mean_gap_in_deviations(normalize):
    data = Orders(rows=200, held_out=0.0, normalize=normalize).open()
    table = data.facts()["columns"]
    frame = data.layout.frame(data.x)
    goods, total = frame.numbers["goods"], frame.numbers["total"]
    loss = TableRules(x="fake.x", table=table, rules=(("total", "<=", "goods"), ("goods", "<=", "total")))
    expected = np.maximum(total - goods, 0).mean() / data.layout.number("total").std
    assert float(loss.term(data.x)) == pytest.approx(expected, rel=1e-4)
    exact = TableRules(x="fake.x", table=table, rules=(("goods", "+", "postage", "=", "total"),))
    assert float(exact.term(data.x)) == pytest.approx(0, abs=1e-4)


def test_a_rule_about_no_column_is_refused():
    table = Orders(rows=60).open().facts()["columns"]
    with pytest.raises(ValueError, match="no column of numbers 'colour'; it has placed"):
        TableRules(x="fake.x", table=table, rules=(("colour", "<", 3),))
    with pytest.raises(ValueError, match=r"\$data\.columns"):
        TableRules(x="fake.x", table="{}", rules=(("goods", "<", 3),))


SPEC = """
[run]
steps = 60
batch_size = 32
seed = 1
[data]
type = "Orders"
rows = 300
drop = ["total"]
[latents.z]
type = "Normal"
size = 8
[networks.generator]
inputs = ["z"]
optimizer = {{ type = "Adam", lr = 5e-3 }}
layers = [
  {{ type = "Linear", out_features = 64 }}, "ReLU", {{ type = "Linear", out_features = "$data.width" }},
  {{ type = "ColumnActivations", spans = "$data.spans" }},
]
[losses.rules]
type = "TableRules"
x = "fake.x"
table = "$data.columns"
rules = {rules}
"""


def test_a_generator_learns_the_rules_alone(tmp_path):
    written = '[["placed", "+", 3, "<=", "shipped"], ["goods", ">=", 20]]'
    made = trained(tmp_path, SPEC.format(rules=written), 60)
    from tests.toy import sampler

    layout = made.plan.parts.data.layout
    frame = layout.frame(sampler(made).draw(200)["x"])
    for rule in rules.parsed((("placed", "+", 3, "<=", "shipped"), ("goods", ">=", 20))):
        assert rule.broken(frame, 0.0).mean() < 0.1
        assert rule.broken(layout.frame(made.plan.parts.data.x), 0.0).mean() > 0.25
