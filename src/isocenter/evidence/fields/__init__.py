"""Treatment fields: their openings, intensity and technique, and what they look at."""
