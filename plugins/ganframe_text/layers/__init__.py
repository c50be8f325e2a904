"""Layers that write text, and what they need."""

from ganframe_text.layers.decoder import TokenDecoder
from ganframe_text.layers.masks import TokenMask
from ganframe_text.layers.memory import RelationalMemory

LAYERS: list[type] = [RelationalMemory, TokenDecoder, TokenMask]
