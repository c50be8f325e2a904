"""The feature networks: published numbers of weights, names of tensors, and what comes out."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.layers import VGG19, EfficientNetLite0
from layer_making import made, numbers
from torch import nn

from ganframe import Shape


@pytest.fixture(scope="module")
def lite() -> nn.Module:
    torch.manual_seed(0)
    return EfficientNetLite0().build(Shape((3, 64, 64)))


def test_vgg19_has_the_published_weights_under_torchvision_s_names() -> None:
    with torch.device("meta"):
        module = VGG19(outputs=("pool5",)).build(Shape((3, 32, 32)))
    assert sum(p.numel() for p in module.parameters()) == 20_024_384
    shapes = {name: tuple(t.shape) for name, t in module.state_dict().items()}
    assert shapes["features.0.weight"] == (64, 3, 3, 3)
    assert shapes["features.34.weight"] == (512, 512, 3, 3)
    assert len(shapes) == 32 and "features.35.bias" not in shapes


def test_vgg19_gives_what_it_is_asked_for_and_builds_no_more() -> None:
    x = numbers(2, 3, 16, 16).float()
    module = made(VGG19(outputs=("relu2_1", "conv1_2", "pool2")), x)
    relu2_1, conv1_2, pool2 = module(x)
    assert (relu2_1.shape, conv1_2.shape, pool2.shape) == ((2, 128, 8, 8), (2, 64, 16, 16), (2, 128, 4, 4))
    assert relu2_1.min() == 0 > conv1_2.min()
    assert len(module.features) == 10
    imagenet = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]
    normal = torch.stack([((x[:, c] + 1) / 2 - mean) / std for c, (mean, std) in enumerate(imagenet)], 1)
    first = nn.functional.conv2d(normal, module.features[0].weight, module.features[0].bias, padding=1).relu()
    torch.testing.assert_close(conv1_2, nn.functional.conv2d(first, *module.features[2].parameters(), padding=1))
    assert isinstance(made(VGG19(outputs=("relu1_1",)), x)(x), torch.Tensor)


def test_feature_networks_refuse_what_they_cannot_read() -> None:
    with pytest.raises(ValueError, match="outputs knows"):
        VGG19(outputs=("relu6_1",)).build(Shape((3, 32, 32)))
    for layer in (VGG19(), EfficientNetLite0()):
        with pytest.raises(ValueError, match="not 4"):
            layer.build(Shape((4, 32, 32)))


def test_grey_pictures_are_read_as_colour_ones(lite: nn.Module) -> None:
    grey = numbers(1, 1, 32, 32).float()
    vgg = made(VGG19(outputs=("relu1_1",)), grey)
    torch.testing.assert_close(vgg(grey), vgg(grey.expand(-1, 3, -1, -1)))
    lite.eval()
    torch.testing.assert_close(lite(grey)[0], lite(grey.expand(-1, 3, -1, -1))[0])


def test_efficientnet_lite0_has_the_published_weights_without_its_head(lite: nn.Module) -> None:
    head = 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    assert sum(p.numel() for p in lite.parameters()) == 4_652_008 - head


def test_efficientnet_lite0_has_timm_s_names(lite: nn.Module) -> None:
    names = set(lite.state_dict())
    assert {
        "conv_stem.weight", "bn1.running_mean", "blocks.0.0.conv_dw.weight", "blocks.0.0.conv_pw.weight",
        "blocks.1.0.conv_pw.weight", "blocks.1.1.conv_pwl.weight", "blocks.5.3.bn3.weight", "blocks.6.0.conv_dw.weight",
    } <= names  # fmt: skip
    assert tuple(lite.state_dict()["blocks.5.3.conv_dw.weight"].shape) == (1152, 1, 5, 5)


@pytest.mark.parametrize("size", [64, 50])
def test_efficientnet_lite0_gives_four_scales(lite: nn.Module, size: int) -> None:
    with torch.no_grad():
        shapes = [tuple(t.shape[1:]) for t in lite.eval()(torch.zeros(1, 3, size, size))]
    sizes = [-(-size // n) for n in (4, 8, 16, 32)]
    assert shapes == [(c, n, n) for c, n in zip((24, 40, 112, 320), sizes, strict=True)]


def test_same_padding_puts_the_odd_pixel_behind(lite: nn.Module) -> None:
    x = numbers(1, 3, 8, 8).float()
    wanted = nn.functional.conv2d(nn.functional.pad(x, (0, 1, 0, 1)), lite.conv_stem.weight, stride=2)
    torch.testing.assert_close(lite.conv_stem(x), wanted)
