"""Layers that GANs need and torch does not have."""

from __future__ import annotations

from ganframe_gan.layers.arithmetic import Add, Dot, Lerp, Multiply
from ganframe_gan.layers.attention import SelfAttention
from ganframe_gan.layers.chance import ColumnActivations, GumbelSoftmax, Reparameterize
from ganframe_gan.layers.conditional import (
    AdaptiveInstanceNorm,
    ConditionalBatchNorm2d,
    ConditionalInstanceNorm2d,
    ConditionalLayerNorm,
    FiLM,
)
from ganframe_gan.layers.efficientnet import EfficientNetLite0
from ganframe_gan.layers.graphs import GatedSum, GraphConv, Symmetric, Walks
from ganframe_gan.layers.joining import Concat, ConcatLabel, RepeatTo
from ganframe_gan.layers.learned import Bias, Constant, Noise
from ganframe_gan.layers.minibatch import MinibatchDiscrimination, MinibatchStdDev
from ganframe_gan.layers.modulated import ModulatedConv2d
from ganframe_gan.layers.normalise import Normalize, PixelNorm
from ganframe_gan.layers.onnx import ONNX
from ganframe_gan.layers.pooling import MaskedMean, Projection, SumPool
from ganframe_gan.layers.pretrained import Stored, Trained
from ganframe_gan.layers.resample import Blur, Resample
from ganframe_gan.layers.reversal import GradientReversal
from ganframe_gan.layers.rows import Pack, PhaseShuffle, RandomFrame, RandomQuadrant
from ganframe_gan.layers.sequence import CausalDecoderLayer, Position
from ganframe_gan.layers.slicing import Channels, Chunk, Select, Slice, Transpose
from ganframe_gan.layers.style import StyleMix, Truncate
from ganframe_gan.layers.units import FourierFeatures, Highway, Maxout, SqueezeExcitation
from ganframe_gan.layers.vgg import VGG19

LAYERS: list[type] = [
    ONNX, AdaptiveInstanceNorm, Add, Bias, Blur, CausalDecoderLayer, Channels, Chunk, ColumnActivations, Concat,
    ConcatLabel, ConditionalBatchNorm2d, ConditionalInstanceNorm2d, ConditionalLayerNorm, Constant, Dot,
    EfficientNetLite0, FiLM, FourierFeatures, GatedSum, GradientReversal, GraphConv, GumbelSoftmax, Highway, Lerp,
    MaskedMean, Maxout, MinibatchDiscrimination, MinibatchStdDev, ModulatedConv2d, Multiply, Noise, Normalize, Pack,
    PhaseShuffle, PixelNorm, Position, Projection, RandomFrame, RandomQuadrant, Reparameterize, RepeatTo, Resample,
    Select, SelfAttention, Slice, SqueezeExcitation, Stored, StyleMix, SumPool, Symmetric, Trained, Transpose,
    Truncate, VGG19, Walks,
]  # fmt: skip
