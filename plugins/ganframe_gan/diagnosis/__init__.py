"""What the two networks do to each other: one question a file, each a function of a `Case` that gives a `Finding`."""

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding
from ganframe_gan.diagnosis.questions import findings

__all__ = ["Case", "Finding", "findings"]
