"""From frames to readings: faces, estimates, tracks, smoothing, baselines, and the pipeline."""
