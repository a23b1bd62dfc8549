"""Who may ask, and whom we may call: keys, tokens, addresses, subscriptions."""
