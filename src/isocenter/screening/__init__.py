"""Screening: years of claims in, every finding out, within the memory of one small machine."""
