"""Computed plans, compared by their goals and written as DICOM."""
