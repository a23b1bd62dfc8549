"""What can go wrong, in few kinds; each message says what was found, where, and what to do."""


class IsocenterError(Exception):
    """Any error whose sentence a user can act on; the command line prints it and exits with 2."""


class UnreadableInput(IsocenterError):
    """A file, or a part of one, could not be read as what it should be."""


class UnknownName(IsocenterError):
    """A table, document kind, code list, structure or policy that nothing here knows."""


class BrokenRule(IsocenterError):
    """A policy folder holds a rule, definition, code list or reading that cannot be used."""


class EngineFailure(IsocenterError):
    """The database engine refused a query that the rulebook's checks had let pass."""
