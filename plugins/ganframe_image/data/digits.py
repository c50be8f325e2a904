"""The handwritten digits that ganframe carries."""

from __future__ import annotations

from importlib import resources

import numpy as np
import torch
from torch import Tensor

from ganframe import component, option
from ganframe_image.data.reshape import Reshaped, coloured, height_width, resized
from ganframe_image.data.rows import Rows, Whole, pictured

NAMES = tuple("0123456789")
#: The held-out part is the same in every run: the carried judge has not seen it (judge/README.txt).
SPLIT_SEED = 1234
TRAIN = 1437


@component
class Digits(Reshaped):
    """1,797 handwritten digits, 8 x 8 pixels, grey: inside ganframe, nothing is downloaded.

    Fields: `x` (1, 8, 8), paper -1, ink up to 1; `label` (10,) one-hot, names "0" to "9". Facts: `channels size height
    width classes frequencies paper`. Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI
    Machine Learning Repository, CC BY 4.0 (data/digits.txt).
    """

    split: str = option(
        "all", "all 1,797, or 1,437 to train on, or the other 360 to test on", choices=("all", "train", "test")
    )

    def open(self) -> Rows:
        """Read the digits."""
        images, codes = digits(self.split)
        images = resized(coloured(images, self.channels or 1), height_width(self.size, images.shape[-2:]), (-1.0, 1.0))
        return pictured(Whole(images.contiguous()), images.shape[1:], codes, NAMES, paper=-1.0)


def digits(split: str = "all") -> tuple[Tensor, Tensor]:
    """The digits as floats (N, 1, 8, 8) in [-1, 1], x / 8 - 1 of the stored 0..16, and their classes (N,)."""
    with resources.files("ganframe_image.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        images, codes = torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]).long()
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(SPLIT_SEED))
    rows = {"all": torch.arange(len(codes)), "train": order[:TRAIN], "test": order[TRAIN:]}[split]
    return images[rows].unsqueeze(1).float() / 8 - 1, codes[rows]
