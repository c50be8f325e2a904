"""Time series: data from files and made, how they are shown and written, scores.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_series.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_series.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_series.metrics import METRICS

    return METRICS
