"""How fast ganframe is beside loops written by hand: `python -m benchmarks [--quick] [W1 …]`."""
