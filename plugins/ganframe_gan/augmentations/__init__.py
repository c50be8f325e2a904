"""Differentiable augmentations: the discriminator sees real and fake rows changed by the same law."""

from __future__ import annotations

from ganframe_gan.augmentations.diffaugment import DiffAugment
from ganframe_gan.augmentations.pipe import ADA, AugmentPipe
from ganframe_gan.augmentations.simple import Flip, Shift

AUGMENTATIONS: list[type] = [ADA, AugmentPipe, DiffAugment, Flip, Shift]
