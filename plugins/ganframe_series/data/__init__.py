"""Time series from files, and made."""

from ganframe_series.data.sines import Sines
from ganframe_series.data.windows import Series

DATA = [Series, Sines]
