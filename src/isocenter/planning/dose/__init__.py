"""Dose in the patient: by collapsed cone, and by the pencil beams of the influence matrix."""
