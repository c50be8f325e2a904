"""Where text comes from."""

from ganframe_text.data.file import Text
from ganframe_text.data.grammar import Grammar
from ganframe_text.data.pairs import Parallel
from ganframe_text.data.tasks import Dates, DigitTasks

DATA = [Text, Grammar, Parallel, Dates, DigitTasks]
