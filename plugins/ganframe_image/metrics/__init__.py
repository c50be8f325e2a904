"""Figures that a classifier gives, or the eye."""

from ganframe_image.metrics.diversity import MSSSIM
from ganframe_image.metrics.paired import PairedError
from ganframe_image.metrics.reading import ClassAccuracy, Confidence
from ganframe_image.metrics.score import ClassifierScore
from ganframe_image.metrics.stacked import StackedModes

METRICS = [ClassAccuracy, ClassifierScore, Confidence, MSSSIM, PairedError, StackedModes]
