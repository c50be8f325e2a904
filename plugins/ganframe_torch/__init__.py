"""PyTorch's own layers, losses, optimizers, schedules and initializers, under PyTorch's names and options."""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_layers() -> list[type]:
    """Every layer of torch.nn that needs no code as an argument."""
    from ganframe_torch.layers import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_losses() -> list[type]:
    """Every loss of torch.nn; its tensors are options."""
    from ganframe_torch.losses import LOSSES

    return LOSSES


@ganframe.plugin
def ganframe_optimizers() -> list[type]:
    """Every optimizer of torch.optim."""
    from ganframe_torch.optimizers import OPTIMIZERS

    return OPTIMIZERS


@ganframe.plugin
def ganframe_schedules() -> list[type]:
    """Every scheduler of torch.optim.lr_scheduler that needs no code as an argument."""
    from ganframe_torch.schedules import SCHEDULES

    return SCHEDULES


@ganframe.plugin
def ganframe_initializers() -> list[type]:
    """Every function of torch.nn.init that fills a weight."""
    from ganframe_torch.initializers import INITIALIZERS

    return INITIALIZERS
