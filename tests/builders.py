"""Rows for tests: name what matters, the rest is filled in, as in the cases of rules."""

from isocenter.review.rule_cases import row, store_of

__all__ = ["row", "store_of"]
