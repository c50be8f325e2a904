"""How point clouds and graphs are shown and written."""

from ganframe_geometry.views.cloud import Cloud
from ganframe_geometry.views.graph import Graph

VIEWS = [Cloud, Graph]
