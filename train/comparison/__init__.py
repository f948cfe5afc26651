"""A table of methods and seeds: which cells, their training, and the page that compares them."""
