"""What belongs to a session folder: its format, writing, reading, video, summary and exports."""
