"""Keeps every answer that was given, so that the same request gets the same bytes again and a person can end it.

One SQLite file; rows are added and never changed. Without a file the records last as long as the process.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.authorizations import Decision, Determination
from isocenter.files import shown

_TABLES = """
create table if not exists answers (
    kind text not null, assertion_id text not null, subject text not null, request text not null, answer text not null,
    decisions text not null, review text not null, unique (kind, assertion_id)
);
create table if not exists determinations (
    assertion_id text not null unique, action text not null, reason text not null, reviewer_name text not null,
    reviewer_npi text not null, reviewer_specialty text not null, determined_on text not null
);
create table if not exists feedback (service text not null, body text not null);
create trigger if not exists answers_stay before update on answers begin select raise(abort, 'answers stay'); end;
create trigger if not exists answers_are_kept before delete on answers begin select raise(abort, 'answers stay'); end;
create trigger if not exists determinations_stay before update on determinations
begin select raise(abort, 'determinations stay'); end;
create trigger if not exists determinations_are_kept before delete on determinations
begin select raise(abort, 'determinations stay'); end;
"""


class Kept(NamedTuple):
    """One answer that was given: to which request, and what was decided of each item."""

    assertion_id: str
    subject: str
    request: Any
    answer: Any
    decisions: dict[int, Decision]


class Records:
    """Answers and determinations; several threads may use one."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the file they are kept in; UnreadableInput where it is something else."""
        self._lock = Lock()
        try:
            self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
            self._connection.executescript(_TABLES)
        except sqlite3.Error as wrong:
            name = shown(path) if path else "memory"
            raise UnreadableInput(f"{name}: cannot be used for the records of answers ({wrong})") from None

    def keep(
        self,
        kind: str,
        assertion_id: str,
        answer: Any,
        *,
        subject: str = "",
        request: Any = None,
        decisions: Mapping[int, Decision] | None = None,
        review: str = "",
    ) -> Any:
        """Keep an answer and return it; where the same was asked before, the answer that was given then."""
        with self._changes() as connection:
            connection.execute(
                "insert or ignore into answers values (?, ?, ?, ?, ?, ?, ?)",
                (kind, assertion_id, subject, _text(request), _text(answer), _text(decisions or {}), review),
            )
            row = connection.execute(
                "select answer from answers where kind = ? and assertion_id = ?", (kind, assertion_id)
            ).fetchone()
        return json.loads(row[0])

    def find(self, kind: str, *, assertion_id: str = "", subject: str = "") -> Kept | None:
        """The last answer of a kind to a request, by its assertion id or by what it was about."""
        column, value = ("assertion_id", assertion_id) if assertion_id else ("subject", subject)
        with self._changes() as connection:
            row = connection.execute(
                f"select assertion_id, subject, request, answer, decisions from answers where kind = ? and {column} = ?"
                " order by rowid desc limit 1",
                (kind, value),
            ).fetchone()
        if row is None:
            return None
        request, answer, decisions = map(json.loads, row[2:])
        decided = {
            int(item): Decision(action, units, tuple(notes)) for item, (action, units, notes) in decisions.items()
        }
        return Kept(row[0], row[1], request, answer, decided)

    def determine(self, assertion_id: str, determination: Determination) -> None:
        """Record what a person determined; UnreadableInput where the request is not known, or was determined before."""
        if self.find("submit", assertion_id=assertion_id) is None:
            raise UnreadableInput(f"no pended request {assertion_id} is among the records")
        values = (*determination[:-1], determination.determined_on.isoformat())
        try:
            with self._changes() as connection:
                connection.execute("insert into determinations values (?, ?, ?, ?, ?, ?, ?)", (assertion_id, *values))
        except sqlite3.IntegrityError:
            raise UnreadableInput(f"the request {assertion_id} was determined before; a determination stays") from None

    def determination(self, assertion_id: str) -> Determination | None:
        """What a person determined of a request; None while nobody did."""
        with self._changes() as connection:
            row = connection.execute(
                "select action, reason, reviewer_name, reviewer_npi, reviewer_specialty, determined_on"
                " from determinations where assertion_id = ?",
                (assertion_id,),
            ).fetchone()
        if row is None:
            return None
        action, reason, name, npi, specialty, day = row
        return Determination(action, reason, name, npi, specialty, date.fromisoformat(day))

    def add_feedback(self, service: str, body: Any) -> None:
        """Keep what a client says became of its cards."""
        with self._changes() as connection:
            connection.execute("insert into feedback values (?, ?)", (service, _text(body)))

    @contextmanager
    def _changes(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection:
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """A Decimal as a number of JSON."""
    return int(value) if value == int(value) else float(value)
