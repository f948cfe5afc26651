"""From recordings to results: readings around events, summarised by participant and condition."""
