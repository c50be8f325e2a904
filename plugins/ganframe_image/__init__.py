"""Pictures: data from files and folders, how they are shown, the judge that reads digits, its metrics.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_image.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_image.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_layers() -> list[type]:
    from ganframe_image.judge import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_losses() -> list[type]:
    from ganframe_image.losses import LOSSES

    return LOSSES


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_image.metrics import METRICS

    return METRICS
