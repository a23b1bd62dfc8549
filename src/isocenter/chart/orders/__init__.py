"""What prescriptions order: doses, fractions, targets and dose limits."""
