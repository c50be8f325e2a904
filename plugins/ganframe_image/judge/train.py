"""Trains the judge and writes its weights: `python -m ganframe_image.judge.train [FILE] [--seed N]`, a few seconds.

Adam with a one-cycle rate up to 2e-3, batch 64, 20 epochs of cross entropy on the 1,437 digits of `split = "train"`;
accuracy is measured on the other 360. Prints what README.txt says. One thread, so that the bits come out the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from ganframe_image.data.digits import digits
from ganframe_image.judge.network import body, head

EPOCHS = 20
BATCH = 64
RATE = 2e-3
#: Total variance of the real features after scaling: a Frechet distance then reads as per cent of it.
VARIANCE = 100.0


def train(seed: int) -> tuple[nn.Sequential, nn.Linear]:
    """The trained body and head."""
    torch.manual_seed(seed)
    layers, last = body(), head()
    net = nn.Sequential(layers, last)
    images, codes = digits("train")
    steps = EPOCHS * -(-len(codes) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(codes)).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(images[rows]), codes[rows]).backward()
            optimizer.step()
            schedule.step()
    return layers.eval(), last.eval()


@torch.no_grad()
def accuracy(layers: nn.Sequential, last: nn.Linear, split: str) -> float:
    """The share of the digits of this part that are read right."""
    images, codes = digits(split)
    return float((last(layers(images)).argmax(1) == codes).double().mean())


@torch.no_grad()
def scale(layers: nn.Sequential) -> Tensor:
    """The constant that gives the features of all digits the total variance VARIANCE."""
    features = layers(digits()[0]).double()
    return (VARIANCE / features.var(0).sum()).sqrt().float()


def main() -> None:
    """Train, print the accuracies, write the file."""
    parser = argparse.ArgumentParser(description="train the judge of the 8 x 8 digits")
    parser.add_argument("file", nargs="?", type=Path, default=Path(__file__).with_name("digits.safetensors"))
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    layers, last = train(asked.seed)
    tensors = {f"body.{k}": v for k, v in layers.state_dict().items()} | {
        f"head.{k}": v for k, v in last.state_dict().items()
    }
    save_file({**tensors, "scale": scale(layers)}, asked.file)
    for split in ("test", "train", "all"):
        print(f"accuracy, {split} digits: {accuracy(layers, last, split):.4f}")
    print(f"weights: {sum(t.numel() for t in tensors.values())}, written to {asked.file}")


if __name__ == "__main__":
    main()
