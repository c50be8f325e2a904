"""Figures that tell how near made films are to the data."""

from ganframe_video.metrics.distance import VideoDistance

METRICS = [VideoDistance]
