"""What can go wrong, in few kinds; each message says what was found, where, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager


class IsocenterError(Exception):
    """Any error whose sentence a user can act on; the command line prints it and exits with 2."""


class UnreadableInput(IsocenterError):
    """A file, or a part of one, could not be read as what it should be."""


class UnwritableOutput(IsocenterError):
    """A file could not be written; no part of it was left."""


class UnknownName(IsocenterError):
    """A table, document kind, code list, structure or policy that nothing here knows."""


class BrokenRule(IsocenterError):
    """A policy folder holds a rule, definition, code list or reading that cannot be used."""


class EngineFailure(IsocenterError):
    """The database engine refused a query that the rulebook's checks had let pass."""


class TooLittleMemory(EngineFailure):
    """What a query needs is more memory than the engine may take."""


@contextmanager
def at(place: str) -> Iterator[None]:
    """Notes on any exception that is not ours what was being read, for the sentence at the command's edge."""
    try:
        yield
    except IsocenterError:
        raise
    except Exception as mistake:
        mistake.add_note(place)
        raise
