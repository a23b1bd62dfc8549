"""The service over HTTP, with or without the workbench."""
