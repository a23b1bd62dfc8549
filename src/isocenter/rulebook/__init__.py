"""Reads and checks the policy folders."""
