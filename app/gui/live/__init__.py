"""The window on a running source."""
