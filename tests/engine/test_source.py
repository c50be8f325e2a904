"""`show --code` prints PyTorch that computes the same."""

from __future__ import annotations

import torch

from ganframe import weights
from ganframe.source import class_name, code
from tests.toy import planned

TEXT = """
[run]
batch_size = 4
[data]
type = "Digits"
[latents.z]
type = "Normal"
size = 8
[blocks.Up]
params = { width = 8 }
layers = [{ type = "ConvTranspose2d", out_channels = "$width", kernel_size = 4, stride = 2, padding = 1 }, "BatchNorm2d", "ReLU"]
shortcut = [{ type = "Upsample", scale_factor = 2 }, { type = "Conv2d", out_channels = "$width", kernel_size = 1 }]
[networks.mapping]
inputs = ["z"]
trained_with = "generator"
layers = [{ type = "Linear", out_features = 16 }, { type = "LeakyReLU", negative_slope = 0.2 }]
[networks.generator]
inputs = ["z", "label"]
optimizer = "Adam"
layers = [
  { type = "mapping", from = "@z" }, { type = "Concat", from = ["@last", "@label"] },
  { type = "Linear", out_features = 32 }, { type = "Unflatten", dim = 1, unflattened_size = [8, 2, 2] },
  { type = "Up", for.width = [8, 4] }, { type = "Conv2d", out_channels = 1, kernel_size = 3, padding = 1, as = "image" }, "Tanh",
]
[networks.discriminator]
inputs = ["x", "label"]
parametrize = "SpectralNorm"
optimizer = "Adam"
layers = [
  { type = "Conv2d", out_channels = 8, kernel_size = 3, as = "h" }, "Flatten", { type = "Dropout", p = 0.3 },
  { type = "Projection", label = "@label" },
]
[losses.game]
type = "Hinge"
"""


def test_printed_source_gives_the_same_outputs(tmp_path):
    made = planned(tmp_path, TEXT)
    text = code(made.networks, "toy")
    for network in made.networks.values():
        weights.prepare(network, 0)
    file = tmp_path / "printed_networks.py"
    file.write_text(text)
    scope: dict = {}
    exec(compile(text, str(file), "exec"), scope)
    mapping = scope[class_name("mapping")]()
    printed = {
        "mapping": mapping,
        "generator": scope[class_name("generator")](mapping),
        "discriminator": scope[class_name("discriminator")](),
    }
    inputs = {
        "mapping": [torch.randn(4, 8)],
        "generator": [torch.randn(4, 8), torch.eye(10)[:4]],
        "discriminator": [torch.randn(4, 1, 8, 8), torch.eye(10)[:4]],
    }
    for name, network in made.networks.items():
        network.unbind()
        printed[name].load_state_dict(network.state_dict())
        assert list(printed[name].state_dict()) == list(network.state_dict())
    for name, network in made.networks.items():
        for mode in (True, False):
            torch.manual_seed(1)
            ours = network.train(mode)(*inputs[name])
            torch.manual_seed(1)
            theirs = printed[name].train(mode)(*inputs[name])
            assert torch.equal(ours, theirs), (name, mode)
            printed[name].load_state_dict(network.state_dict())
