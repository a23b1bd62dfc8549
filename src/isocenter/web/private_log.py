"""A log that names places in the program and kinds of faults, and nothing of anybody's data."""

import logging
import traceback


class WithoutData(logging.Formatter):
    """Writes level, logger and where an exception arose; messages and their arguments may name a person."""

    def format(self, record: logging.LogRecord) -> str:
        """One line: what kind of fault, and the last places of the program that it passed through."""
        said = f"{record.levelname} {record.name}"
        if record.name.startswith("isocenter."):  # our own say nothing of anybody's data
            return f"{said} {record.getMessage()}"
        if not record.exc_info or record.exc_info[0] is None:
            return f"{said} at {record.module}:{record.lineno}"
        kind, _, passed = record.exc_info
        frames = traceback.extract_tb(passed)[-3:]
        places = ", ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
        return f"{said} {kind.__name__} in {places}"
