"""Data sets, methods, the training loop, evaluation, export."""
