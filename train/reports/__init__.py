"""What a run came to, on one page: numbers, sections and the page; `figures` draws for it."""
