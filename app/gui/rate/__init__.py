"""The rating window: a video, the circumplex, and what a rater says of it over time."""
