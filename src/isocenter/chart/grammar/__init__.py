"""The grammar beside a policy: phrases compiled, found fast, and told apart from what is denied or planned."""
