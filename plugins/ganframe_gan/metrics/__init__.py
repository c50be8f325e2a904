"""Figures that tell how near samples are to the data."""

from ganframe_gan.metrics.anomaly import AnomalyAUC
from ganframe_gan.metrics.cas import ClassificationAccuracyScore
from ganframe_gan.metrics.copies import NearestNeighbour
from ganframe_gan.metrics.diversity import Diversity
from ganframe_gan.metrics.frechet import FrechetDistance
from ganframe_gan.metrics.intra import IntraClassFrechet
from ganframe_gan.metrics.kernel import KernelDistance
from ganframe_gan.metrics.line import Wasserstein1d
from ganframe_gan.metrics.modes import Modes
from ganframe_gan.metrics.neighbours import PrecisionRecall
from ganframe_gan.metrics.sliced import SlicedWasserstein
from ganframe_gan.metrics.violation import Violation

METRICS = [
    AnomalyAUC, ClassificationAccuracyScore, Diversity, FrechetDistance, IntraClassFrechet, KernelDistance, Modes,
    NearestNeighbour, PrecisionRecall, SlicedWasserstein, Violation, Wasserstein1d,
]  # fmt: skip
