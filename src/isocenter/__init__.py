"""Isocenter reviews a course of IMRT against the coverage policy."""
