"""The judge as layers: what metrics compare, and what a spec can use as a frozen network."""

from __future__ import annotations

from pathlib import Path

from ganframe import Shape, component, option
from ganframe_image.judge.network import Reader

#: Both read what Digits gives, also at other sizes or in colour.
WEIGHTS = "a safetensors file of another judge, as judge/train.py writes it; the carried one where left out"
EXAMPLES = ({"options": {}, "x": (1, 8, 8)}, {"options": {}, "x": (3, 16, 16)})


@component
class DigitsFeatures:
    """64 features of a digit: the last hidden layer of the judge, ganframe's carried classifier of the 8 x 8 digits.

    Times one constant, so that the total variance over the real digits is 100. Other sizes are brought to 8 x 8 by area
    means, colour to grey by luma. 98 % of held-out digits are read right (judge/README.txt, judge/train.py).
    """

    own_init = True
    examples = EXAMPLES

    weights: Path | None = option(None, WEIGHTS)

    def build(self, x: Shape) -> Reader:
        """From (1 or 3, H, W) in [-1, 1] to (64,)."""
        return Reader(_picture(x), logits=False, weights=self.weights)


@component
class DigitsClassifier:
    """The logits of the ten digits: the judge, ganframe's carried classifier of the 8 x 8 digits.

    Other sizes are brought to 8 x 8 by area means, colour to grey by luma. 98 % of held-out digits are read right
    (judge/README.txt, judge/train.py).
    """

    own_init = True
    examples = EXAMPLES

    weights: Path | None = option(None, WEIGHTS)

    def build(self, x: Shape) -> Reader:
        """From (1 or 3, H, W) in [-1, 1] to (10,)."""
        return Reader(_picture(x), logits=True, weights=self.weights)


def _picture(x: Shape) -> tuple[int, int, int]:
    if len(x) != 3 or x[0] not in (1, 3):
        raise ValueError(f"the judge of digits reads pictures (1 or 3, height, width), not {x}")
    return x[0], x[1], x[2]
