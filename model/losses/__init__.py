"""Training losses, one a file.

Every loss is a pure function of the rows that it is given and returns a scalar to minimise. For
training on several processes gather the rows of all of them first, once, with
`model.gather.gather_rows`; the losses then see the global batch.
"""
