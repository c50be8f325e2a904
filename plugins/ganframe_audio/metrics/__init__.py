"""Figures of sounds: pitch, spectrum."""

from ganframe_audio.metrics.pitch import PitchAccuracy
from ganframe_audio.metrics.spectral import SpectralDistance

METRICS = [PitchAccuracy, SpectralDistance]
