"""The judge: a small classifier of the 8 x 8 digits that ganframe carries, as layers for metrics and specs."""

from ganframe_image.judge.layers import DigitsClassifier, DigitsFeatures

LAYERS = [DigitsClassifier, DigitsFeatures]
