"""How points and plain arrays are shown and written."""

from ganframe_gan.views.array import Array
from ganframe_gan.views.points import Points

VIEWS = [Array, Points]
