"""How sounds and their spectrograms are heard and seen."""

from ganframe_audio.views.audio import Audio
from ganframe_audio.views.mel import Mel

VIEWS = [Audio, Mel]
