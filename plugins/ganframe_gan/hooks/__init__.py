"""Hooks: those that every run has unless its spec says otherwise (terminal, pictures, warnings, report), and others."""

from ganframe_gan.hooks.diagnose import Diagnose
from ganframe_gan.hooks.progress import Progress
from ganframe_gan.hooks.report import Report
from ganframe_gan.hooks.samples import SampleGrid
from ganframe_gan.hooks.watch import Watch

HOOKS = [Progress, SampleGrid, Watch, Report, Diagnose]
