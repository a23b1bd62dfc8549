"""Says a review to people: terminal, page, letter, checklist; and to machines: JSON."""
