"""Frames of reference, and what carries points from one into another."""
