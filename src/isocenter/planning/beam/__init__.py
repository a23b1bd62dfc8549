"""The beam that doses are computed with: a model from its file, and a user's measured beam."""
