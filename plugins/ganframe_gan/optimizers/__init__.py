"""Optimizers for games, beside those of `torch.optim`."""

from ganframe_gan.optimizers.adam import ExtraAdam, OptimisticAdam
from ganframe_gan.optimizers.lookahead import Lookahead

OPTIMIZERS: list[type] = [ExtraAdam, OptimisticAdam, Lookahead]
