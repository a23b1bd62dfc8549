"""Reads claims by the million: tables of any layout to claim lines, without a row passing through Python."""
