"""Continuous ratings of valence and arousal by people: their files, their lag, their agreement."""
