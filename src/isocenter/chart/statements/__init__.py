"""What sentences state of the elements that a policy asks for."""
