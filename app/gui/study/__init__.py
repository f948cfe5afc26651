"""The window of a study: what goes in, what would be left out, and the run."""
