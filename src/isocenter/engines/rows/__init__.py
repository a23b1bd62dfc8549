"""Queries of the common subset over the rows of one case, in Python: planned from the tree, run as closures."""
