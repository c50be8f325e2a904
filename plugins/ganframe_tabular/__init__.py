"""Tables: data from files, how they are written and shown, rules that rows keep, metrics.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_tabular.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_tabular.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_losses() -> list[type]:
    from ganframe_tabular.losses import LOSSES

    return LOSSES


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_tabular.metrics import METRICS

    return METRICS
