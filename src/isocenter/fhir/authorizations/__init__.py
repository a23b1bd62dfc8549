"""Prior authorization: requests, answers, updates, and what a person determined."""
