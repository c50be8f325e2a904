"""How good made series are."""

from ganframe_series.metrics.autocorrelation import AutocorrelationError
from ganframe_series.metrics.discriminative import DiscriminativeScore
from ganframe_series.metrics.predictive import PredictiveScore

METRICS = [AutocorrelationError, DiscriminativeScore, PredictiveScore]
