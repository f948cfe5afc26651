"""What the files of a session folder are called, for whoever writes one or learns from one."""

from __future__ import annotations

INFO, FRAMES, EVENTS = "session.json", "frames.csv", "events.csv"
VIDEO, LOSSLESS_VIDEO = "video.mp4", "video.mkv"
GOLD, GOLD_FACTS = "gold-standard.csv", "gold-standard.json"
"""The raters' weighted mean at the frames, and how it was made."""
