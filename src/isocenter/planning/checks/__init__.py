"""A clinic's plan computed again, and the independent check of its monitor units."""
