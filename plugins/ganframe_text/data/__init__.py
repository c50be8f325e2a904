"""Where text comes from."""

from ganframe_text.data.file import TextFile
from ganframe_text.data.grammar import Grammar
from ganframe_text.data.pairs import Pairs
from ganframe_text.data.tasks import Dates, DigitTasks

DATA = [TextFile, Grammar, Pairs, Dates, DigitTasks]
