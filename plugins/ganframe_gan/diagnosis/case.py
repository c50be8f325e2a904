"""The material that the questions share: real, held-out and made rows, and both players' games over them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Run, SpecError
from ganframe_gan.hooks.looks import logits
from ganframe_gan.metrics.neighbours import CHUNK

#: Training rows that samples are compared with at most, and numbers that are held of any rows at once.
KNOWN, NUMBERS = 10_000, 2**25
#: The share of "held-out" rows found among the training rows from which they are none.
FOUND = 0.5
#: Samples from which a view makes one picture of all: a single one is none of its own.
MANY = 256


@attrs.frozen
class Logits:
    """One number a row that a discriminator gives real, made and held-out rows; held-out ones may be missing."""

    real: Tensor
    fake: Tensor
    held: Tensor | None


class Case:
    """A run between two steps, under examination.

    `rows` are how many real, held-out and made rows are looked at, `split` names the held-out ones, pictures go into
    `folder` (None: there are none). `kept` holds rows of the data from one case of a run to the next.
    """

    def __init__(
        self, run: Run, examination: Any, rows: int, split: str, folder: Path | None, kept: dict[str, Any]
    ) -> None:
        self.run = run
        self.examination = examination
        self.rows = rows
        self.kept = kept
        self.split = split
        self.folder = folder
        self.games: dict[str, list[Any]] = {}

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(generator, discriminator) for each pair."""
        return tuple(self.run.plan.roles.pairs)

    def called(self, *pair: str) -> str:
        """What a pair is called where there are several, else an empty string."""
        return " and ".join(pair) if len(self.pairs) > 1 else ""

    @property
    def held_out(self) -> tuple[Any, str]:
        """Open data that the discriminator has not seen, and why there is none where that is None."""
        if "held_out" not in self.kept:
            self.kept["held_out"] = self._held_out()
        found: tuple[Any, str] = self.kept["held_out"]
        return found

    def _held_out(self) -> tuple[Any, str]:
        try:
            data = self.run.held_out(self.split)
        except SpecError as error:
            return None, str(error)
        if self.run.data is None:
            return data, ""
        if copies(self.run.data, data, self.run.plan.first) > FOUND:
            return None, f"the rows of its split '{self.split}' are among those that it is trained on"
        return data, ""

    def games_over(self, data: Any, kind: str) -> list[Any]:
        """Games over rows spread evenly over data (None: over what is known of the fields without it)."""
        if kind not in self.games:
            size = self.run.batch_size
            count = max(1, min(self.rows, len(data) if data is not None else size) // size)
            chunks = spread(len(data), count * size).split(size) if data is not None else [None] * count
            self.games[kind] = [self.examination.game(self.fields(data, at, k), k) for k, at in enumerate(chunks)]
        return self.games[kind]

    @cached_property
    def real_games(self) -> list[Any]:
        """Games over the rows that the run is trained on."""
        return self.games_over(self.run.data, "real")

    @property
    def game(self) -> Any:
        """One of them."""
        return self.real_games[0]

    def fields(self, data: Any, at: Tensor | None, key: int) -> dict[str, Tensor]:
        """A batch of the data; without them the fields whose frequencies the checkpoint keeps."""
        if data is not None:
            return dict(data.batch(at, torch.Generator().manual_seed(key)))
        rng = torch.Generator().manual_seed(key)
        shares = {name: torch.tensor(it) for name, it in self.run.frequencies.items()}
        drawn = {n: torch.multinomial(it, self.run.batch_size, True, generator=rng) for n, it in shares.items()}
        return {name: torch.eye(len(shares[name]))[at] for name, at in drawn.items()}

    def logits(self, generator: str, discriminator: str) -> Logits | None:
        """What a discriminator makes of real, made and held-out rows; None where it gives no number a row."""
        real, fake = self._told(self.real_games, generator, discriminator)
        held = None
        if self.held_out[0] is not None:
            held = self._told(self.games_over(self.held_out[0], "held"), generator, discriminator)[0]
        return None if real is None or fake is None else Logits(real, fake, held)

    @torch.no_grad()
    def _told(self, games: list[Any], generator: str, discriminator: str) -> tuple[Tensor | None, Tensor | None]:
        sides: tuple[list[Tensor], list[Tensor]] = ([], [])
        for game in games:
            step = game.step("discriminator", generator, discriminator)
            name = step.judged_names[0]
            for kept, batch in zip(sides, (step.real, step.fake), strict=True):
                told = logits(batch[discriminator], batch[name])
                if told is not None:
                    kept.append(told.cpu())
        real, fake = (torch.cat(kept) if kept else None for kept in sides)
        return real, fake

    @cached_property
    def samples(self) -> dict[str, Tensor]:
        """Samples as `ganframe sample` draws them, with what they were made of."""
        size = self.run.draw(1)[self.run.main].numel()
        return dict(self.run.draw(max(8, min(self.rows, NUMBERS // size))))

    @property
    def training(self) -> Mapping[str, Tensor] | None:
        """Rows of the data, as many as are compared with; None where it is not here."""
        if "training" not in self.kept:
            data = self.run.data
            self.kept["training"] = None if data is None else rows_of(data, spread(len(data), bearable(data)))
        found: Mapping[str, Tensor] | None = self.kept["training"]
        return found

    @cached_property
    def nearest(self) -> tuple[Tensor, Tensor]:
        """For each sample the distance to its nearest training row, and that row's index. The data must be here."""
        assert self.training is not None
        return gaps(self.samples[self.run.main], self.training[self.run.main])

    def classes(self) -> tuple[str, tuple[str, ...]] | None:
        """The name of the data's one-hot field and of its classes, if it has one."""
        for name, shares in self.run.frequencies.items():
            field = self.run.fields.get(name)
            if field is not None and self.training is not None and name in self.training:
                return name, field.names or tuple(map(str, range(len(shares))))
        return None

    def sample_of(self, generator: str, discriminator: str) -> str:
        """What a discriminator is asked about: what the generator makes, though it may judge what is computed of it."""
        names, roles = self.run.plan.names, self.run.plan.roles
        made = next(iter(names.made[generator]))
        field = roles.judged_field[discriminator]
        return field if field in names.made[generator] else made

    def text(self, values: Tensor) -> list[str]:
        """Values of the main field as lines of text; empty where their view does not speak."""
        view, field = self.run.view(self.run.main), self.run.fields.get(self.run.main)
        if not hasattr(view, "lines") or field is None:
            return []
        return list(view.lines(values, field, self.run.facts))

    def draw(self, name: str, values: Tensor, columns: int, of: str = "") -> str:
        """Values of a field (the main one) as one picture in rows of `columns`; its file's name, or "".

        Views that show all samples at once draw none.
        """
        run, of = self.run, of or self.run.main
        view, field = run.view(of), run.fields.get(of)
        alone = hasattr(view, "grid") and not getattr(view, "together", False)
        if self.folder is None or not alone or getattr(view, "samples", 64) >= MANY:
            return ""
        self.folder.mkdir(exist_ok=True)
        temporary = self.folder / f".tmp-{name}.png"
        view.grid(temporary, values, field, run.facts, columns)
        temporary.replace(self.folder / f"{name}.png")
        return f"{name}.png"


def spread(total: int, count: int) -> Tensor:
    """Indices of `count` rows spread evenly over `total`, each whole range begun again where there are fewer."""
    return torch.linspace(0, total - 1, count).round().long() if count <= total else torch.arange(count) % total


def gaps(made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """For each row of `made` the distance to its nearest row of `real`, and that row's index."""
    flat = real.flatten(1).float()
    found = [torch.cdist(part.flatten(1).float(), flat).min(1) for part in made.split(CHUNK)]
    return torch.cat([it.values for it in found]), torch.cat([it.indices for it in found])


def bearable(data: Any) -> int:
    """How many rows of data are held at once."""
    size = sum(value.numel() for value in rows_of(data, torch.zeros(1, dtype=torch.int64)).values())
    return min(KNOWN, len(data), max(8, NUMBERS // size))


def rows_of(data: Any, at: Tensor) -> dict[str, Tensor]:
    """Rows of data on the CPU, read in chunks."""
    found = [data.batch(part, torch.Generator().manual_seed(0)) for part in at.split(1024)]
    return {name: torch.cat([part[name] for part in found]) for name in found[0]}


def copies(known: Any, other: Any, field: str, rows: int = 128) -> float:
    """The share of the rows of `other` that are also rows of `known`, estimated where that is large."""
    looked = bearable(known)
    kept = {row.numpy().tobytes() for row in rows_of(known, spread(len(known), looked))[field].contiguous()}
    asked = rows_of(other, spread(len(other), min(rows, len(other))))[field].contiguous()
    share = sum(row.numpy().tobytes() in kept for row in asked) / len(asked)
    return share * len(known) / looked
