"""How good text is."""

from ganframe_text.metrics.bleu import Bleu, SelfBleu
from ganframe_text.metrics.exact import ExactMatch, Valid

METRICS = [Bleu, SelfBleu, Valid, ExactMatch]
