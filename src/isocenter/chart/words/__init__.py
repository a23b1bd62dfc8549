"""How charts write days, people and measures, and the questions that ask for them."""
