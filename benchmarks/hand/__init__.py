"""What ganframe is measured against: loops in plain PyTorch, one file a pair of networks; none imports ganframe."""
