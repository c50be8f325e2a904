"""Toy data with known answers, and point clouds from a file."""

from ganframe_gan.data.mixtures import GaussianMixture, Grid, Ring
from ganframe_gan.data.points import Points
from ganframe_gan.data.rolls import Spiral, SwissRoll

DATA = [GaussianMixture, Grid, Points, Ring, Spiral, SwissRoll]
