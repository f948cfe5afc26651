"""Lab Streaming Layer: readings and markers out, other programs' markers in."""
