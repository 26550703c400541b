"""Training and measuring of the detectors that ship: needs PyTorch, which the product never does."""
