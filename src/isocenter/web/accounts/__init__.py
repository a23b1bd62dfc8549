"""Accounts: who is signed in, how people come in, and what administrators do about them."""
