"""Which part each contoured structure plays, by its name and by where it lies."""
