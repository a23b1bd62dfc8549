"""Numba kernels of planning: arrays in, arrays out, each with its formula and a plain twin among the tests."""
