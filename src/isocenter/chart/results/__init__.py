"""What reports state as found: quality assurance, image guidance, earlier courses, diagnoses, the facility."""
