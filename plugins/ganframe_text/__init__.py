"""Text: files, grammars and pairs, how text is shown, what writes it token by token, its metrics.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_text.data import DATA

    return DATA


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_text.view import Text

    return [Text]


@ganframe.plugin
def ganframe_layers() -> list[type]:
    from ganframe_text.layers import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_latents() -> list[type]:
    from ganframe_text.latents import LATENTS

    return LATENTS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_text.metrics import METRICS

    return METRICS
