"""X12 claims in parts: segments of a file, what one segment says, the envelope, the claim."""
