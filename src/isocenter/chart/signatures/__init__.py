"""Who signed, in which role, and when."""
