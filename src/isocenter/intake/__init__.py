"""Reads what people have: one file a format, each with read(path)."""
