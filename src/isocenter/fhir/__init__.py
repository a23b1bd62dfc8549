"""FHIR as payers and providers exchange it: what goes out and comes in is held to its profiles."""
