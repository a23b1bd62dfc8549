"""CDS Hooks at the order: coverage information, cards, and what the EHR is asked for."""
