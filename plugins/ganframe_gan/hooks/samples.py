"""Pictures of what the generator makes as it learns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ganframe import component, option

if TYPE_CHECKING:
    from ganframe import Run, Step
