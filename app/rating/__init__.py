"""What people rate of a session: read from anywhere, compared, and joined to a gold standard."""
