"""Small given inputs, each with its right answer, kept beside the checkout: what once went wrong stays right."""
