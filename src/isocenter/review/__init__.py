"""Rules over facts: findings, and the recommendation they add up to."""
