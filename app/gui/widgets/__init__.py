"""Parts that both windows are made of."""
