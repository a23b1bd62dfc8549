"""Structures as solid bodies: their contours stacked, capped, joined and set within one another."""
