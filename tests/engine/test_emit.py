"""The straight-line code of a network."""

from __future__ import annotations

import pytest

from tests.toy import trained

GAME = """
[run]
batch_size = 4
[data]
type = "Ring"
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [LINES, { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""


@pytest.mark.parametrize(
    "lines",
    [
        '{ type = "Dropout", p = 0.2 }',
        '{ type = "Linear", out_features = 3, as = "weight_0" }',
        '{ type = "Linear", out_features = 3, as = "bias_1" }, { type = "BatchNorm1d", as = "norm_7" }',
        '{ type = "Linear", out_features = 3, as = "linear" }, { type = "ReLU", as = "relu" }, "ReLU"',
        '{ type = "Tanh", as = "tanh" }, { type = "Linear", out_features = 3, as = "forward" }, "Tanh"',
    ],
)
def test_a_line_may_bear_the_name_under_which_a_weight_module_or_function_is_bound(tmp_path, lines) -> None:
    trained(tmp_path, GAME.replace("LINES", lines), 2)

