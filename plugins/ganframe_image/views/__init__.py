"""How pictures are shown and written."""

from ganframe_image.views.picture import Picture

VIEWS = [Picture]
