"""Faces: found, followed, cut out of the frame, and what is known of each besides its reading."""
