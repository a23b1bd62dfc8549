"""What keeps an order or a request from a yes that a rule alone would give."""
