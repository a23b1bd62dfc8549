"""Synthetic claims: courses of radiation therapy with planted violations, and the truth about them."""
