"""Sounds: data from files and generated ones, spectrograms as layers, how they are heard and seen, their metrics.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_audio.data import DATA

    return DATA


@ganframe.plugin
def ganframe_layers() -> list[type]:
    from ganframe_audio.layers import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_audio.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_audio.metrics import METRICS

    return METRICS
