"""Weights that lower the objective, under the limits of a plan."""
