"""Many files: what is analysed, by whom, and what became of each."""
