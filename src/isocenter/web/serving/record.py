"""Commands of the record: the journal is verified, and an exported request computed again."""

from collections.abc import Callable
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.web.serving.preparing import set_up

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415


def verify_journal(data: Path | None, head: str, say: Callable[[str], None]) -> bool:
    """Verify the journal and say what was found; whether it is whole."""
    if data is not None and not data.is_dir():
        raise UnreadableInput(f"{shown(data)}: there is no such folder; name the data of the workbench")
    set_up(data)
    from django.db import DatabaseError

    from isocenter.web import journal

    try:
        verified = journal.verify(head)
    except DatabaseError:
        where = shown(data) if data else "the data of the workbench"
        raise UnreadableInput(
            f"{where}: no journal of the workbench can be read; "
            "its database is missing, damaged, in use or another program's"
        ) from None
    for fault in verified.faults:
        say(fault)
    state = "whole" if not verified.faults else f"{len(verified.faults)} faults"
    say(f"journal: {verified.entries} entries, {state}; the newest has hash {verified.head}")
    return not verified.faults


def recompute_archive(archive: Path, say: Callable[[str], None]) -> bool:
    """Compute every recommendation of an exported request again; whether each is the same to the byte."""
    set_up()
    from isocenter.web.archive import recompute

    outcome = recompute(archive)
    for run, same in outcome.items():
        say(f"{archive.name}, {run}: {'the same review, byte for byte' if same else 'the review differs'}")
    return bool(outcome) and all(outcome.values())
