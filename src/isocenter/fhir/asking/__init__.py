"""What a FHIR request asks for: its resources become facts, the rules answer, and the coverage is said."""
