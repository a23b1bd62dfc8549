"""What the plan itself shows, measured; nothing here judges."""
