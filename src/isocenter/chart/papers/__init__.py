"""Papers: where each begins and ends, its title, its kind, its state and its day."""
