"""Earlier courses beside the present plan, and what of it was delivered."""
