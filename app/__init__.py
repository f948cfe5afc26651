"""The live app: sources, pipeline, tracking, sessions, batch; Qt in `gui` alone."""
