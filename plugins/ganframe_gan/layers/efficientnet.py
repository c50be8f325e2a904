"""EfficientNet-Lite0 as a feature network."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component
from ganframe_gan.layers import checks

#: Stages as (expansion, channels, blocks, stride of the first, kernel): EfficientNet-B0's, none of them scaled.
_STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
           (6, 320, 1, 1, 3))  # fmt: skip
#: The stages whose output is given: 1/4, 1/8, 1/16 and 1/32 of the picture's size.
_OUTPUTS = (1, 2, 4, 6)


@component
class EfficientNetLite0:
    """EfficientNet-Lite0: four outputs of 24, 40, 112 and 320 channels at 1/4, 1/8, 1/16 and 1/32 of the size.

    EfficientNet-B0 (arXiv:1905.11946, table 1) without squeeze and excitation, ReLU6 for Swish, a stem that is not
    scaled; padding and batch norm (eps 1e-3) as in TensorFlow. The backbone of Projected GAN (arXiv:2111.01007, section
    3.2). Input: pictures in [-1, 1], as it was trained; grey ones are repeated. Parameters are named as in timm's
    `tf_efficientnet_lite0`: give the network a safetensors file with `weights`, no weights come along.
    """

    own_init = True
    mixes_rows = True
    examples = ({"x": (3, 32, 32)},)

    def build(self, x: Shape) -> nn.Module:
        channels, _, _ = checks.picture(x)
        if channels not in (1, 3):
            raise ValueError(f"EfficientNetLite0 reads pictures of 3 channels, or grey ones of 1, not {channels}")
        return _EfficientNetLite0()


class _EfficientNetLite0(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _Same(3, 32, 3, 2)
        self.bn1 = _norm(32)
        self.blocks = nn.ModuleList()
        before = 32
        for expansion, width, depth, stride, size in _STAGES:
            stage = nn.ModuleList()
            for i in range(depth):
                first = stride if i == 0 else 1
                stage.append(_Inverted(before, width, size, first, expansion) if expansion > 1
                             else _Separable(before, width, size, first))  # fmt: skip
                before = width
            self.blocks.append(stage)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = F.relu6(self.bn1(self.conv_stem(x.expand(-1, 3, -1, -1))))
        values = []
        for i, stage in enumerate(self.blocks):
            for block in stage:
                x = block(x)
            if i in _OUTPUTS:
                values.append(x)
        return tuple(values)


class _Separable(nn.Module):
    """A depthwise, then a pointwise convolution."""

    def __init__(self, before: int, width: int, size: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = _Same(before, before, size, stride, groups=before)
        self.bn1 = _norm(before)
        self.conv_pw = nn.Conv2d(before, width, 1, bias=False)
        self.bn2 = _norm(width)
        self.shortcut = stride == 1 and before == width

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))
        return x + y if self.shortcut else y


class _Inverted(nn.Module):
    """An inverted residual: pointwise to `expansion` times the channels, depthwise, pointwise back."""

    def __init__(self, before: int, width: int, size: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.conv_pw = nn.Conv2d(before, inner, 1, bias=False)
        self.bn1 = _norm(inner)
        self.conv_dw = _Same(inner, inner, size, stride, groups=inner)
        self.bn2 = _norm(inner)
        self.conv_pwl = nn.Conv2d(inner, width, 1, bias=False)
        self.bn3 = _norm(width)
        self.shortcut = stride == 1 and before == width

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.bn1(self.conv_pw(x)))
        y = self.bn3(self.conv_pwl(F.relu6(self.bn2(self.conv_dw(y)))))
        return x + y if self.shortcut else y


class _Same(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: to ceil(size / stride), the odd pixel behind."""

    def __init__(self, before: int, width: int, size: int, stride: int, groups: int = 1) -> None:
        super().__init__(before, width, size, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        (size, _), (stride, _) = self.kernel_size, self.stride
        missing = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in input.shape[2:]]
        up, left = missing[0] // 2, missing[1] // 2
        return super().forward(F.pad(input, (left, missing[1] - left, up, missing[0] - up)))


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3)
