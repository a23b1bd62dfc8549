"""Compiled loops: pure functions of arrays, each with a slow plain twin in the tests."""
