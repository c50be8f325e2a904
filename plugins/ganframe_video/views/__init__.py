"""How films are shown and written."""

from ganframe_video.views.video import Video

VIEWS = [Video]
