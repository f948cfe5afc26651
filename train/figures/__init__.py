"""The figures of a run's report: each file holds what one figure shows and how it is drawn."""
