"""Penalties, regularisers and what else acts on a game without being one."""

from ganframe_gan.penalties.consistency import ConsistencyRegularization
from ganframe_gan.penalties.gradient_penalty import GradientPenalty
from ganframe_gan.penalties.image_pool import ImagePool
from ganframe_gan.penalties.logits import Drift, LeCam
from ganframe_gan.penalties.path_length import PathLength
from ganframe_gan.penalties.spread import DiversitySensitive, ModeSeeking
from ganframe_gan.penalties.weights import ClipWeights, L2Regularization, OrthogonalRegularization
from ganframe_gan.penalties.zero_centred import R1, R2

PENALTIES: list[type] = [
    R1, R2, GradientPenalty, PathLength, LeCam, Drift, ImagePool, OrthogonalRegularization, L2Regularization,
    ClipWeights, ConsistencyRegularization, ModeSeeking, DiversitySensitive,
]  # fmt: skip
