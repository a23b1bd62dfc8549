"""The contract between what is read and what is judged: the fact tables."""
