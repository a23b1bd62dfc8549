"""Holds FHIR R4 resources to the snapshots of their profiles: cardinality, types, fixed values, slices, bindings."""
