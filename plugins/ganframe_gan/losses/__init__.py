"""Losses: games between discriminator and generator, and terms between wires."""

from ganframe_gan.losses.adversarial import Hinge, LeastSquares, Minimax, NonSaturating, Wasserstein
from ganframe_gan.losses.autoencoding import BEGAN, EBGAN, PullingAway
from ganframe_gan.losses.boundary import BoundarySeeking
from ganframe_gan.losses.classes import ADC, MultiHinge
from ganframe_gan.losses.columns import ColumnCrossEntropy
from ganframe_gan.losses.contrasting import DualContrastive
from ganframe_gan.losses.contrastive import D2DCE, ConditionalContrastive
from ganframe_gan.losses.divergences import FGAN, MaximumMeanDiscrepancy
from ganframe_gan.losses.generators import WhoMadeIt
from ganframe_gan.losses.latent_optimisation import LatentOptimisation
from ganframe_gan.losses.matching import BinaryLogits, FeatureMatching, KLToNormal, Perceptual, RootMSE
from ganframe_gan.losses.noisy import AdaptivePseudoAugmentation, LabelNoise, TopK
from ganframe_gan.losses.normalised import GradientNormalization
from ganframe_gan.losses.relativistic import (
    RelativisticAverage,
    RelativisticAverageHinge,
    RelativisticAverageLeastSquares,
    RelativisticPairing,
)
from ganframe_gan.losses.rules import Attribute, MeanMatches, Range, Symmetry, TotalVariation
from ganframe_gan.losses.sequences import Moments, NextStep, TokenCrossEntropy
from ganframe_gan.losses.unrolled import Unrolled

LOSSES: list[type] = [
    NonSaturating, Minimax, Hinge, LeastSquares, Wasserstein,
    RelativisticPairing, RelativisticAverage, RelativisticAverageHinge, RelativisticAverageLeastSquares,
    FGAN, BoundarySeeking, DualContrastive, MaximumMeanDiscrepancy,
    EBGAN, BEGAN, PullingAway, WhoMadeIt, Unrolled, LatentOptimisation,
    LabelNoise, TopK, AdaptivePseudoAugmentation, GradientNormalization,
    ConditionalContrastive, D2DCE, MultiHinge, ADC,
    FeatureMatching, Perceptual, KLToNormal, BinaryLogits, RootMSE,
    TokenCrossEntropy, NextStep, Moments, ColumnCrossEntropy,
    Range, MeanMatches, Symmetry, TotalVariation, Attribute,
]  # fmt: skip
