"""Whose pages they are."""
