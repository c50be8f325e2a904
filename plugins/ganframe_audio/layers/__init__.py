"""Spectrograms as layers: what a network sees of a sound, with gradients to it."""

from ganframe_audio.layers.spectra import LogSpectrum, MelSpectrogram, Spectrogram

LAYERS = [LogSpectrum, MelSpectrogram, Spectrogram]
