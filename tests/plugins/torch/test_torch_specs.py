"""PyTorch's layers in a spec: several inputs, states as lists of wires, several outputs, PyTorch's parameter names."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import ganframe

SPEC = """
format = 1
[run]
batch_size = 4
[data]
type = "GaussianMixture"
dims = 2
[latents.z]
type = "Normal"
size = 12
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [
  {{ type = "Unflatten", dim = 1, unflattened_size = [4, -1], as = "seq" }},
  {layers}
  "Flatten", {{ type = "Linear", out_features = 2 }},
]
[networks.discriminator]
inputs = ["x"]
optimizer = {{ type = "SGD", momentum = 0.5 }}
layers = [{{ type = "Linear", out_features = 1 }}]
[losses.adversarial]
type = "NonSaturating"
[losses.near]
type = "L1Loss"
input = "fake.x"
target = "real.x"
trains = ["generator"]
"""


def generator(folder: Path, layers: str) -> nn.Module:
    path = folder / "spec.toml"
    path.write_text(SPEC.format(layers=layers))
    return ganframe.build(ganframe.read_spec(path))["generator"]


def test_states_flow_from_line_to_line(tmp_path: Path) -> None:
    network = generator(tmp_path, """
      { type = "Linear", from = "@z", out_features = 5, as = "h" },
      { type = "Linear", from = "@z", out_features = 5, as = "c" },
      { type = "LSTM", from = "@seq", hidden_size = 5, hx = ["@h", "@c"], as = ["out", "h", "c"] },
      { type = "LSTM", hidden_size = 5, hx = ["@h", "@c"], as = ["out", "h", "c"] },
      { type = "Bilinear", from = ["@h", "@c"], out_features = 3 },
    """)  # fmt: skip
    z = torch.randn(4, 12)
    state = network.state_dict()
    part = {kind: {k.split(".", 1)[1]: v for k, v in state.items() if k.startswith(f"{kind}.")}
            for kind in ("Linear_0", "Linear_1", "LSTM_0", "LSTM_1", "Bilinear_0", "Linear_2")}  # fmt: skip
    last = tuple(nn.functional.linear(z, *part[f"Linear_{i}"].values())[None] for i in (0, 1))
    x = z.unflatten(1, (4, 3))
    for line, size in (("LSTM_0", 3), ("LSTM_1", 5)):
        lstm = nn.LSTM(size, 5, batch_first=True)
        lstm.load_state_dict(part[line])
        x, last = lstm(x, last)
    h, c = (s[0] for s in last)
    both = nn.functional.bilinear(h, c, *part["Bilinear_0"].values())
    torch.testing.assert_close(network(z), nn.functional.linear(both, *part["Linear_2"].values()))


def test_attention_takes_its_inputs_in_order_or_by_name(tmp_path: Path) -> None:
    network = generator(tmp_path, """
      { type = "MultiheadAttention", num_heads = 3, need_weights = true, as = ["att", "weights"] },
      { type = "TransformerDecoderLayer", from = "@att", nhead = 3, memory = "@seq", tgt_is_causal = true },
      { type = "TransformerDecoderLayer", from = ["@last", "@seq"], nhead = 3 },
      { type = "TransformerEncoderLayer", nhead = 3, src_mask = "@weights" },
      { type = "BatchNorm1d", momentum = "none" }, { type = "PReLU", initial = 0.1 },
    """)  # fmt: skip
    assert network(torch.randn(4, 12)).shape == (4, 2)
    assert {
        "MultiheadAttention_0.in_proj_weight", "TransformerDecoderLayer_1.multihead_attn.out_proj.bias",
        "TransformerEncoderLayer_0.self_attn.in_proj_weight", "BatchNorm1d_0.num_batches_tracked",
    } <= set(network.state_dict())  # fmt: skip


@pytest.mark.parametrize(("line", "said"), [
    ('{ type = "Linear", in_features = 5, out_features = 2 },', "'in_features' is 5, but its input (4, 3) has 3"),
    ('{ type = "Conv2d", out_channels = 2, kernel_size = 1 },', "Conv2d reads 3 axes (channels, height, width)"),
    ('{ type = "Linear", out_feature = 2 },', "'Linear' has no option 'out_feature'; did you mean 'out_features'?"),
    ('{ type = "GRU", hidden_size = 2, batch_first = true },', "'GRU' has no option 'batch_first'"),
    ('{ type = "Conv1d", out_channels = 2, kernel_size = 1, padding = "sane" },', "'same'"),
    ('{ type = "Linear", out_features = 0 },', "'out_features' must be at least 1, not 0"),
    ('{ type = "Linear", out_features = "3" },', "out_features"),
    ('"Softmax",', "say over which axis"),
    ('"Sequential",', "unknown layer 'Sequential'"),
])  # fmt: skip
def test_what_does_not_fit_is_said_at_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ganframe.SpecError) as caught:
        generator(tmp_path, line)
    (error,) = [e for e in caught.value.errors if said in str(e)]
    assert error.place.line == 16
