"""Doses in structures and at points: histograms, metrics, sums, and the agreement of two doses."""
