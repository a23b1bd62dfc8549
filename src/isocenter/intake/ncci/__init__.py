"""Reads the published tables of the national correct coding edits."""
