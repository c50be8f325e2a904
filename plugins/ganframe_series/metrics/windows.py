"""Windows of real and made series, kept until all are there, and a small recurrent network to judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ganframe import Field

#: Windows of each side that are used at most, and in a batch of the judge.
MOST, BATCH = 2000, 128


class Windows:
    """A meter that keeps both sides' windows; `about` is told in the protocol beside their numbers."""

    def __init__(self, field: str, fields: Mapping[str, Field], **about: str) -> None:
        self.field = field or next(iter(fields))
        if self.field not in fields:
            raise ValueError(f"there is no field '{self.field}'; fields: {', '.join(fields)}")
        if len(fields[self.field].shape) != 2 or fields[self.field].dtype != "float32":
            raise ValueError(f"'{self.field}' is no series (length, channels): {fields[self.field].shape}")
        if fields[self.field].shape[0] < 3:
            raise ValueError(f"'{self.field}' has windows of {fields[self.field].shape[0]} times; at least 3")
        self._about = about
        self._kept: dict[str, list[Tensor]] = {"real": [], "fake": []}

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        self._kept["real"].append(real[self.field].cpu().float())
        self._kept["fake"].append(fake[self.field].cpu().float())

    def sides(self) -> tuple[Tensor, Tensor]:
        """Real windows and made ones, in orders that hang on the windows alone; ValueError for fewer than 8."""
        found = []
        for side in self._kept.values():
            windows = torch.cat(side) if side else torch.zeros(0, 1, 1)
            if len(windows) < 8:
                raise ValueError(f"needs 8 windows of either kind at least, not {len(windows)}")
            found.append(shuffled(windows)[:MOST])
        return found[0], found[1]

    @property
    def protocol(self) -> dict[str, str]:
        """How many windows the figures rest on, and what the metric adds."""
        made, real = (sum(map(len, self._kept[side])) for side in ("fake", "real"))
        return {"n": f"{made}/{real}", "field": self.field, **self._about}


def shuffled(windows: Tensor) -> Tensor:
    """Windows in an order without pattern that hangs on the windows alone, not on how they came."""
    flat = windows.flatten(1).nan_to_num().numpy()
    ordered = windows[torch.from_numpy(np.lexsort(flat.T).copy())]
    return ordered[torch.randperm(len(ordered), generator=torch.Generator().manual_seed(0))]


class Recurrent(nn.Module):
    """A GRU and a linear layer on its outputs (N, T, hidden): (N, T, C) gives (N, T, out)."""

    def __init__(self, channels: int, hidden: int, out: int) -> None:
        super().__init__()
        self.gru = nn.GRU(channels, hidden, batch_first=True)
        self.head = nn.Linear(hidden, out)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x)[0])


@contextmanager
def apart() -> Iterator[None]:
    """A context in which torch's global random numbers are seeded, and as before afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


def taught(
    channels: int, hidden: int, out: int, steps: int, rate: float, rows: int,
    loss: Callable[[nn.Module, Tensor], Tensor],
) -> nn.Module:
    """A network after `steps` steps of Adam on `loss(network, positions)`, each on some of so many rows."""
    with apart(), torch.enable_grad():
        network = Recurrent(channels, hidden, out)
        optimizer = torch.optim.Adam(network.parameters(), rate)
        rng = torch.Generator().manual_seed(0)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 - step / steps)
            optimizer.zero_grad()
            loss(network, torch.randint(rows, (min(BATCH, rows),), generator=rng)).backward()
            optimizer.step()
    return network.eval()
