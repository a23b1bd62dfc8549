"""How the workbench is started: its settings, its pages, the FHIR interfaces beside them, and its workers."""
