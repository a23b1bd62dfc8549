"""What is wrong or double in the structures as they were drawn."""
