"""What any Qt program needs: theme, icons, dialogs, preferences, background tasks."""
