"""Figures of made point clouds and graphs."""

from ganframe_geometry.metrics.clouds import CloudDistance
from ganframe_geometry.metrics.validity import GraphValidity

METRICS = [CloudDistance, GraphValidity]
