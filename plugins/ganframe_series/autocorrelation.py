"""How a value hangs on earlier ones."""

from __future__ import annotations

import numpy as np


def autocorrelation(windows: np.ndarray, lags: int) -> np.ndarray:
    """The autocorrelation (lags + 1, C) of windows (N, T, C): over all windows, about the mean of each channel.

    sum x_t x_(t+k) / (number of terms) / variance; 0 for a channel that is constant.
    """
    centred = np.nan_to_num(windows) - np.nan_to_num(windows).mean((0, 1))
    variance = (centred**2).mean((0, 1))
    length = windows.shape[1]
    products = [(centred[:, : length - k] * centred[:, k:]).mean((0, 1)) for k in range(lags + 1)]
    return np.stack(products) / np.where(variance > 1e-12, variance, np.inf)
