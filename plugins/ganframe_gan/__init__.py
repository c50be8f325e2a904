"""The field's common stock: losses, penalties, latents, curves, layers, data, metrics, hooks.

This file is the table of contents; everything is imported when its kind is first asked for.
"""

from __future__ import annotations

import ganframe


@ganframe.plugin
def ganframe_losses() -> list[type]:
    from ganframe_gan.losses import LOSSES
    from ganframe_gan.penalties import PENALTIES

    return [*LOSSES, *PENALTIES]


@ganframe.plugin
def ganframe_latents() -> list[type]:
    from ganframe_gan.latents import LATENTS

    return LATENTS


@ganframe.plugin
def ganframe_curves() -> list[type]:
    from ganframe_gan.curves import CURVES

    return CURVES


@ganframe.plugin
def ganframe_parametrizations() -> list[type]:
    from ganframe_gan.parametrizations import PARAMETRIZATIONS

    return PARAMETRIZATIONS


@ganframe.plugin
def ganframe_initializers() -> list[type]:
    from ganframe_gan.initializers import INITIALIZERS

    return INITIALIZERS


@ganframe.plugin
def ganframe_optimizers() -> list[type]:
    from ganframe_gan.optimizers import OPTIMIZERS

    return OPTIMIZERS


@ganframe.plugin
def ganframe_layers() -> list[type]:
    from ganframe_gan.layers import LAYERS

    return LAYERS


@ganframe.plugin
def ganframe_augmentations() -> list[type]:
    from ganframe_gan.augmentations import AUGMENTATIONS

    return AUGMENTATIONS


@ganframe.plugin
def ganframe_datasets() -> list[type]:
    from ganframe_gan.data import DATA

    return DATA


@ganframe.plugin
def ganframe_samplers() -> list[type]:
    from ganframe_gan.samplers import SAMPLERS

    return SAMPLERS


@ganframe.plugin
def ganframe_views() -> list[type]:
    from ganframe_gan.views import VIEWS

    return VIEWS


@ganframe.plugin
def ganframe_metrics() -> list[type]:
    from ganframe_gan.metrics import METRICS

    return METRICS


@ganframe.plugin
def ganframe_hooks() -> list[type]:
    from ganframe_gan.hooks import HOOKS

    return HOOKS
