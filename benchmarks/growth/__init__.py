"""How cost grows with what a user makes larger: `python -m benchmarks.growth`."""
