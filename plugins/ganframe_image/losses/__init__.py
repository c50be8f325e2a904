"""Losses on pictures: rules of sharpness and likeness."""

from ganframe_image.losses.sharpness import Sharpness
from ganframe_image.losses.similarity import SSIM

LOSSES: list[type] = [Sharpness, SSIM]
