"""What is measured of a network that is shipped, and the card that says it."""
