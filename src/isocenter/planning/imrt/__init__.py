"""The IMRT plan, and the leaves or compensators that deliver it."""
