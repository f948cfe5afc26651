"""Frames of a video file, as a player shows them."""
