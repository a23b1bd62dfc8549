"""Intake: files and archives that come in become a request, or complete one."""
