"""Layers for films."""

from ganframe_video.layers.frames import Films, Frames
from ganframe_video.layers.place import Place

LAYERS = [Films, Frames, Place]
