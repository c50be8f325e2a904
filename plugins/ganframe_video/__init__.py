"""Films: data from folders of frames, GIF and video files, digits that move, how films are shown and measured.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_video.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_video.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_layers() -> list[type]:
    from ganframe_video.layers import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_video.metrics import METRICS

    return METRICS
