"""Point clouds and graphs, generated and from files."""

from ganframe_geometry.data.cloudfile import PointClouds
from ganframe_geometry.data.graphfile import GraphFile
from ganframe_geometry.data.graphs import Graphs
from ganframe_geometry.data.solids import Solids

DATA = [GraphFile, Graphs, PointClouds, Solids]
