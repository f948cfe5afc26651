"""What all three commands ask of the system: processes, signals, locks, texts and terminals."""
