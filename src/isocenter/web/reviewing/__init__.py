"""Reviewing: the engine's work on a request, done in the background, and its result kept."""
