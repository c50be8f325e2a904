"""Sounds from files, from formulas and from a speaking program; and their spectrograms."""

from ganframe_audio.data.folder import AudioFolder
from ganframe_audio.data.mels import MelSpectrograms
from ganframe_audio.data.plucks import Plucks
from ganframe_audio.data.speech import Speech
from ganframe_audio.data.tones import Tones

DATA = [AudioFolder, MelSpectrograms, Plucks, Speech, Tones]
