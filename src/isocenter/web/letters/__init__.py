"""Letters: what they say, how they look as a page and as PDF, and the record of what was sent."""
