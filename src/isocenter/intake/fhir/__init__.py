"""Reads FHIR R4: claims, patients, coverages, courses of radiotherapy and documents, from JSON, bundles and NDJSON."""
