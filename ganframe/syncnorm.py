"""Batch norm over the rows of all processes: the statistics are those of the whole batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from ganframe.group import Group

_PLAIN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class Synchronized:
    """What `nn.BatchNorm` becomes; unlike `nn.SyncBatchNorm` it works on a CPU and can be differentiated twice."""

    group: Group

    def forward(self: Any, x: Tensor) -> Any:
        """Normalised by mean and variance of all processes' rows in training turns, else as `nn.BatchNorm` does."""
        if not (self.training and self.group.training):
            return super().forward(x)  # type: ignore[misc]
        dims = [0, *range(2, x.dim())]
        shape = [1, -1, *[1] * (x.dim() - 2)]
        count = x.numel() // x.shape[1] * self.group.size
        mean = all_reduce(x.sum(dims)) / count  # type: ignore[no-untyped-call]
        centred = x - mean.view(shape)
        var = all_reduce(centred.square().sum(dims)) / count  # type: ignore[no-untyped-call]
        self._follow(mean.detach(), var.detach() * (count / max(count - 1, 1)))
        normal = centred * (var + self.eps).rsqrt().view(shape)
        if self.weight is None:
            return normal
        return normal * self.weight.view(shape) + self.bias.view(shape)

    def _follow(self: Any, mean: Tensor, var: Tensor) -> None:
        if self.running_mean is None:
            return
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            momentum = self.momentum if self.momentum is not None else 1.0 / float(self.num_batches_tracked)
            self.running_mean.lerp_(mean.to(self.running_mean), momentum)
            self.running_var.lerp_(var.to(self.running_var), momentum)


def synchronize(network: nn.Module, group: Group) -> None:
    """Turn every batch norm of a network, and of its layers, into a synchronized one; names of tensors stay."""
    for module in network.modules():
        kind = next((kind for kind in _PLAIN if isinstance(module, kind)), None)
        if kind is not None and not isinstance(module, Synchronized):
            module.__class__ = type(type(module).__name__, (Synchronized, type(module)), {"group": group})
