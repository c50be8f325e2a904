"""Point clouds and graphs: data without a grid, how they are shown and measured.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_geometry.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_geometry.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_geometry.metrics import METRICS

    return METRICS
