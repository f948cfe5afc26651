"""The window on a recorded session."""
