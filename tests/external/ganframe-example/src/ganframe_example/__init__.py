"""An example of a ganframe plugin: sines, and weights and a loss for them."""

import ganframe


@ganframe.plugin
def ganframe_layers() -> list[type]:
    """The layers of this package."""
    from ganframe_example.sine import Sine

    return [Sine]


@ganframe.plugin
def ganframe_initializers() -> list[type]:
    """The initializers of this package."""
    from ganframe_example.sine import SirenUniform

    return [SirenUniform]


@ganframe.plugin
def ganframe_losses() -> list[type]:
    """The losses of this package."""
    from ganframe_example.cosine import CosineLoss

    return [CosineLoss]
