"""Goals, and the penalty that every technique lowers alike."""
