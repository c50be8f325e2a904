"""Figures that tell how near samples are to the data."""

from ganframe_gan.metrics.diversity import Diversity
from ganframe_gan.metrics.frechet import FrechetDistance
from ganframe_gan.metrics.line import Wasserstein1d
from ganframe_gan.metrics.modes import Modes
from ganframe_gan.metrics.neighbours import PrecisionRecall

METRICS = [Diversity, FrechetDistance, Modes, PrecisionRecall, Wasserstein1d]
