"""Files the app ships: the demo clip."""
