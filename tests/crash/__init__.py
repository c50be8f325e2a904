"""Trials of what a run survives: kills at any moment, stops at any step, a loss of power at any write."""
