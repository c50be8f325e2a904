"""Numbers of a column on a scale that networks learn: quantiles of a normal distribution, or modes (CTGAN)."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from ganframe_tabular.optional import need

#: At most so many quantiles are kept of a column, modes are fitted to so many rows; lighter ones are dropped.
QUANTILES, ROWS, LEAST = 500, 10_000, 0.005
_SQRT2 = 2**0.5


@attrs.frozen(eq=False)
class Quantiles:
    """A value as the normal number of the same quantile; one entry, free of bounds.

    `grid` holds the column's quantiles at equal steps from its lowest to its highest value; between them the map is
    linear. A value that many rows share owns an interval, and stands at its middle. The outermost values lie at
    quantiles `margin` and 1 - `margin`. Nothing outside the column's range comes back.
    """

    grid: np.ndarray
    margin: float
    kind = "quantiles"

    @classmethod
    def of(cls, values: np.ndarray) -> Quantiles:
        """The scale of a column's values (N,)."""
        steps = np.linspace(0, 1, min(QUANTILES, max(2, len(values))))
        return cls(np.maximum.accumulate(np.quantile(values, steps)), 0.5 / (len(values) + 1))

    @property
    def spans(self) -> list[tuple[str, int]]:
        """As `ColumnActivations` reads them."""
        return [("linear", 1)]

    @property
    def middle(self) -> float:
        """The median."""
        return float(self.grid[len(self.grid) // 2])

    @property
    def _steps(self) -> np.ndarray:
        return np.linspace(0, 1, len(self.grid))

    def encoded(self, values: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Values (N,) as entries (N, 1)."""
        upper = np.interp(values, self.grid, self._steps)
        lower = 1 - np.interp(-values, -self.grid[::-1], self._steps)
        share = self.margin + (1 - 2 * self.margin) * (upper + lower) / 2
        return (_SQRT2 * torch.erfinv(torch.from_numpy(2 * share - 1))).numpy()[:, None]

    def decoded(self, entries: np.ndarray) -> np.ndarray:
        """Entries (N, 1) as values (N,)."""
        share = (torch.erf(torch.from_numpy(entries[:, 0] / _SQRT2)).numpy() + 1) / 2
        return np.interp((share - self.margin) / (1 - 2 * self.margin), self._steps, self.grid)

    def soft(self, entries: Tensor) -> Tensor:
        """As `decoded`, of a tensor (N, 1), and differentiable."""
        grid = torch.from_numpy(self.grid).to(entries)
        share = (torch.erf(entries[:, 0] / _SQRT2) + 1) / 2
        place = ((share - self.margin) / (1 - 2 * self.margin)).clamp(0, 1) * (len(grid) - 1)
        below = place.detach().floor().long().clamp(max=len(grid) - 2)
        return torch.lerp(grid[below], grid[below + 1], place - below)

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {"type": self.kind, "grid": self.grid.tolist(), "margin": self.margin}


@attrs.frozen(eq=False)
class Modes:
    """CTGAN's mode-specific normalisation (arXiv:1907.00503, section 4.2): which mode, and where in it.

    Entries: alpha = (value - mean) / reach, then one-hot the mode, drawn by its probability for the value. The
    paper's reach is 4 standard deviations of the mode; here it is more where a value of the column lies farther out,
    so that alpha never leaves [-1, 1] and every value comes back.
    """

    means: np.ndarray
    stds: np.ndarray
    weights: np.ndarray
    reach: np.ndarray
    kind = "modes"

    @classmethod
    def of(cls, values: np.ndarray, modes: int) -> Modes:
        """Fit a variational Gaussian mixture of up to `modes` modes to a column's values (N,)."""
        means, stds, weights = _mixture(values.tobytes(), modes)
        first = cls(means, stds, weights, 4 * stds)
        chosen = first.modes_of(values, np.random.default_rng(0))
        far = np.zeros(len(means))
        np.maximum.at(far, chosen, np.abs(values - means[chosen]))
        return attrs.evolve(first, reach=np.maximum(4 * stds, far))

    @property
    def spans(self) -> list[tuple[str, int]]:
        """As `ColumnActivations` reads them."""
        return [("tanh", 1), ("softmax", len(self.means))]

    @property
    def middle(self) -> float:
        """The middle of the commonest mode."""
        return float(self.means[self.weights.argmax()])

    def modes_of(self, values: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        """A mode for each value (N,), drawn by its probability, or without `rng` the most probable one."""
        apart = (values[:, None] - self.means) / self.stds
        logits = np.log(self.weights) - np.log(self.stds) - apart**2 / 2
        if rng is not None:
            logits = logits + rng.gumbel(size=logits.shape)
        return logits.argmax(1)

    def encoded(self, values: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Values (N,) as entries (N, 1 + modes)."""
        chosen = self.modes_of(values, rng)
        alpha = ((values - self.means[chosen]) / self.reach[chosen]).clip(-1, 1)
        return np.concatenate([alpha[:, None], np.eye(len(self.means))[chosen]], 1)

    def decoded(self, entries: np.ndarray) -> np.ndarray:
        """Entries (N, 1 + modes) as values (N,)."""
        chosen = entries[:, 1:].argmax(1)
        return self.means[chosen] + entries[:, 0].clip(-1, 1) * self.reach[chosen]

    def soft(self, entries: Tensor) -> Tensor:
        """As `decoded`, the modes' values weighted by their entries: differentiable."""
        means, reach = (torch.from_numpy(part).to(entries) for part in (self.means, self.reach))
        return (entries[:, 1:] * (means + entries[:, :1] * reach)).sum(1)

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {"type": self.kind, **{name: value.tolist() for name, value in attrs.asdict(self).items()}}


Scale = Quantiles | Modes


def from_dict(said: dict[str, Any]) -> Scale:
    """The scale that `to_dict` wrote."""
    if said["type"] == "quantiles":
        return Quantiles(np.array(said["grid"]), said["margin"])
    return Modes(*(np.array(said[name]) for name in ("means", "stds", "weights", "reach")))


@functools.lru_cache(256)
def _mixture(data: bytes, modes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, deviations and weights of the modes that matter; cached, as a run opens its data several times."""
    mixture = need("sklearn.mixture", "scikit-learn", 'normalize = "modes"')
    values = np.frombuffer(data)
    centre, width = values.mean(), values.std() or 1.0
    rows = np.linspace(0, len(values) - 1, min(ROWS, len(values))).round().astype(int)
    fit = mixture.BayesianGaussianMixture(
        n_components=min(modes, len(np.unique(values[rows]))), weight_concentration_prior=0.001, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it could be iterated further
        fit.fit(((values[rows] - centre) / width)[:, None])
    kept = fit.weights_ > min(LEAST, fit.weights_.max() / 2)
    stds = np.sqrt(fit.covariances_[kept, 0, 0]) * width
    return centre + fit.means_[kept, 0] * width, stds, fit.weights_[kept]
