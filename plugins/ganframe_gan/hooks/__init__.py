"""Hooks that every run has unless its spec says otherwise: the terminal, the pictures, warnings, the report."""

from ganframe_gan.hooks.progress import Progress
from ganframe_gan.hooks.report import Report
from ganframe_gan.hooks.samples import SampleGrid
from ganframe_gan.hooks.watch import Watch

HOOKS = [Progress, SampleGrid, Watch, Report]
