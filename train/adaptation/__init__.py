"""A model for one's own people: as much of it changed as rated sessions support, or nothing."""
