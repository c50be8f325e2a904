"""Figures that a classifier gives."""

from ganframe_image.metrics.reading import ClassAccuracy, Confidence
from ganframe_image.metrics.stacked import StackedModes

METRICS = [ClassAccuracy, Confidence, StackedModes]
