"""Toy data with known answers, and point clouds from a file."""

from ganframe_gan.data.mixtures import GaussianMixture, Grid, Ring
from ganframe_gan.data.points import Points

DATA = [GaussianMixture, Grid, Points, Ring]
