"""Keeps every answer that was given, so that the same request gets the same bytes again and a person can end it.

One SQLite file; rows are added and never changed. Without a file the records last as long as the process.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from isocenter.errors import UnreadableInput
from isocenter.fhir.authorizations.authorizations import Decision, Determination
from isocenter.fhir.authorizations.desk import DocumentsAsked
from isocenter.fhir.clients.databases import opened
from isocenter.fhir.clients.known import About
from isocenter.fhir.clients.subscriptions import ACTIVE, EVENT, HANDSHAKE, Subscription

# Numbers keep every digit that a client wrote.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_FEWEST_DIGITS = 12  # of an assertion id, as answers show them
_TABLES = """
create table if not exists answers (
    kind text not null, assertion_id text not null, subject text not null, request text not null, answer text not null,
    decisions text not null, review text not null, unique (kind, assertion_id)
);
create table if not exists determinations (
    assertion_id text not null unique, action text not null, reason text not null, reviewer_name text not null,
    reviewer_npi text not null, reviewer_specialty text not null, determined_on text not null
);
create table if not exists rules_of_determinations (
    assertion_id text not null, policy text not null, rule text not null, unique (assertion_id, policy, rule)
);
create table if not exists requests (
    assertion_id text not null unique, subject text not null, address text not null, member_id text not null,
    organization text not null, client text not null, is_pended integer not null
);
create index if not exists requests_by_subject on requests (subject);
create table if not exists successions (
    assertion_id text not null unique, how text not null, by_assertion_id text not null
);
create table if not exists noticed (assertion_id text not null unique);
create table if not exists noticed_again (
    assertion_id text not null, times integer not null, unique (assertion_id, times)
);
create table if not exists noticed_letters (
    assertion_id text not null, asked_on text not null, title text not null,
    unique (assertion_id, asked_on, title)
);
create table if not exists subscriptions (
    subscription_id text not null unique, client text not null, resource text not null, status text not null
);
create table if not exists notifications (
    subscription_id text not null, number integer not null, kind text not null, assertion_id text not null,
    attempts integer not null, due real not null, state text not null, unique (subscription_id, number)
);
create table if not exists feedback (service text not null, body text not null);
create trigger if not exists answers_stay before update on answers begin select raise(abort, 'answers stay'); end;
create trigger if not exists answers_are_kept before delete on answers begin select raise(abort, 'answers stay'); end;
create trigger if not exists determinations_stay before update on determinations
begin select raise(abort, 'determinations stay'); end;
create trigger if not exists determinations_are_kept before delete on determinations
begin select raise(abort, 'determinations stay'); end;
create trigger if not exists rules_of_determinations_stay before update on rules_of_determinations
begin select raise(abort, 'determinations stay'); end;
create trigger if not exists rules_of_determinations_are_kept before delete on rules_of_determinations
begin select raise(abort, 'determinations stay'); end;
"""


class Kept(NamedTuple):
    """One answer that was given: to which request, and what was decided of each item."""

    assertion_id: str
    subject: str
    request: Any
    answer: Any
    decisions: dict[int, Decision]


class Waiting(NamedTuple):
    """A notification that waits for its next attempt."""

    subscription_id: str
    number: int
    kind: str
    assertion_id: str  # '' for a handshake
    attempts: int


class Superseded(Exception):
    """The earlier request that a later one was to end was ended by another one."""


class Records:
    """Answers and determinations; several threads may use one."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the file they are kept in; UnreadableInput where it is something else."""
        self._lock = Lock()
        self._connection = opened(path, _TABLES, "the records of answers")

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
        about: About | None = None,
        ends: tuple[str, str] | None = None,
    ) -> Any:
        """Keep an answer and return it; where the same was asked before, the answer that was given then.

        `about` is what a request for authorization is known by; `ends` the earlier request that it ends, and how.
        Raises Superseded where another one ended that before: then nothing is kept.
        """
        with self._changes() as connection:
            connection.execute(
                "insert or ignore into answers values (?, ?, ?, ?, ?, ?, ?)",
                (kind, assertion_id, subject, _text(request), _text(answer), _text(decisions or {}), review),
            )
            if about is not None:
                connection.execute(
                    "insert or ignore into requests values (?, ?, ?, ?, ?, ?, ?)", (assertion_id, *about)
                )
            if ends is not None:
                values = (*ends, assertion_id)
                connection.execute("insert or ignore into successions values (?, ?, ?)", values)
                by = "select by_assertion_id from successions where assertion_id = ?"
                if connection.execute(by, ends[:1]).fetchone()[0] != assertion_id:
                    raise Superseded(ends[0])
            row = connection.execute(
                "select answer from answers where kind = ? and assertion_id = ?", (kind, assertion_id)
            ).fetchone()
        return _DECODER.decode(row[0])

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
        request, answer, decisions = map(_DECODER.decode, row[2:])
        decided = {
            int(item): Decision(
                action, units, tuple(notes), tuple((policy, rule) for one in rules for policy, rule in one)
            )
            for item, (action, units, notes, *rules) in decisions.items()  # older records hold no rules
        }
        return Kept(row[0], row[1], request, answer, decided)

    def requests_known_as(self, subjects: Sequence[str], addresses: Sequence[str] = ()) -> list[tuple[str, About]]:
        """The requests of these identifiers or addresses, the newest first, with their assertion ids."""
        known = ",".join("?" * len(subjects)), ",".join("?" * len(addresses))
        with self._changes() as connection:
            rows = connection.execute(
                f"select * from requests where subject in ({known[0]}) or (address <> '' and address in ({known[1]}))"
                " order by rowid desc",
                (*subjects, *addresses),
            ).fetchall()
        return [(row[0], _about(row)) for row in rows]

    def requests_of_number(self, number: str) -> list[tuple[str, About]]:
        """The request of an assertion id, or of the first digits of one."""
        if len(number) < _FEWEST_DIGITS or not number.isalnum():
            return []
        with self._changes() as connection:
            rows = connection.execute(
                "select * from requests where substr(assertion_id, 1, ?) = ?", (len(number), number.lower())
            ).fetchall()
        return [(row[0], _about(row)) for row in rows]

    def about(self, assertion_id: str) -> About | None:
        """What a request is known by."""
        with self._changes() as connection:
            row = connection.execute("select * from requests where assertion_id = ?", (assertion_id,)).fetchone()
        return _about(row) if row else None

    def succession(self, assertion_id: str) -> tuple[str, str] | None:
        """How its provider ended a request (replaced, cancelled), and by which later one; None while it is in force."""
        with self._changes() as connection:
            row = connection.execute(
                "select how, by_assertion_id from successions where assertion_id = ?", (assertion_id,)
            ).fetchone()
        return (row[0], row[1]) if row else None

    def predecessor(self, assertion_id: str) -> str:
        """The request that a later one took the place of; '' where it is the first."""
        with self._changes() as connection:
            row = connection.execute(
                "select assertion_id from successions where by_assertion_id = ?", (assertion_id,)
            ).fetchone()
        return row[0] if row else ""

    def pended(self, after: str = "", most: int = 200) -> list[str]:
        """Assertion ids of requests that wait for a person, in the order of their ids behind one."""
        with self._changes() as connection:
            rows = connection.execute(
                "select assertion_id from requests where is_pended and assertion_id > ?"
                " and assertion_id not in (select assertion_id from successions)"
                " and assertion_id not in (select assertion_id from noticed) order by assertion_id limit ?",
                (after, most),
            ).fetchall()
        return [row[0] for row in rows]

    def notice(self, assertion_id: str, times: int = 1) -> bool:
        """Record that a determination of a request was noticed; False where it was before.

        `times` is how often the request was determined by then.
        """
        with self._changes() as connection:
            is_new = connection.execute("insert or ignore into noticed values (?)", (assertion_id,)).rowcount > 0
            if times > 1:
                again = connection.execute("insert or ignore into noticed_again values (?, ?)", (assertion_id, times))
                is_new = again.rowcount > 0
        return is_new

    def notice_letter(self, assertion_id: str, asked: DocumentsAsked) -> bool:
        """Record that a letter about a request was noticed; False where each document it asks for was before."""
        rows = [(assertion_id, asked.asked_on.isoformat(), title) for title in asked.titles]
        with self._changes() as connection:
            return connection.executemany("insert or ignore into noticed_letters values (?, ?, ?)", rows).rowcount > 0

    def determine(self, assertion_id: str, determination: Determination) -> None:
        """Record what a person determined; UnreadableInput where the request is not known, or was determined before."""
        if self.find("submit", assertion_id=assertion_id) is None:
            raise UnreadableInput(f"no pended request {assertion_id} is among the records")
        values = (*determination[:5], determination.determined_on.isoformat())
        named = [(assertion_id, *rule) for rule in determination.rules]
        try:
            with self._changes() as connection:
                connection.execute("insert into determinations values (?, ?, ?, ?, ?, ?, ?)", (assertion_id, *values))
                connection.executemany("insert into rules_of_determinations values (?, ?, ?)", named)
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
            named = connection.execute(
                "select policy, rule from rules_of_determinations where assertion_id = ? order by rowid",
                (assertion_id,),
            ).fetchall()
        if row is None:
            return None
        action, reason, name, npi, specialty, day = row
        return Determination(action, reason, name, npi, specialty, date.fromisoformat(day), rules=tuple(named))

    def add_subscription(self, subscription: Subscription, at: float) -> None:
        """Keep a subscription, and a first notification that asks its endpoint whether it listens."""
        with self._changes() as connection:
            values = (subscription.subscription_id, subscription.client, _text(subscription._asdict()))
            connection.execute("insert into subscriptions values (?, ?, ?, ?)", (*values, subscription.status))
        self.add_notification(subscription.subscription_id, HANDSHAKE, "", at)

    def subscription(self, subscription_id: str) -> Subscription | None:
        """The current subscription; None where no subscription has this id, or it has ended."""
        found = [one for one in self.subscriptions() if one.subscription_id == subscription_id]
        return found[0] if found else None

    def subscriptions(self, status: str = "") -> list[Subscription]:
        """The subscriptions of a status; without it all that were not ended."""
        with self._changes() as connection:
            rows = connection.execute(
                "select resource, status from subscriptions where status = ? or (? = '' and status <> 'off')"
                " order by rowid",
                (status, status),
            ).fetchall()
        return [_subscription(_DECODER.decode(resource), of_status) for resource, of_status in rows]

    def set_subscription_status(self, subscription_id: str, status: str) -> None:
        """Change the status of a subscription."""
        with self._changes() as connection:
            connection.execute(
                "update subscriptions set status = ? where subscription_id = ?", (status, subscription_id)
            )

    def add_notification(self, subscription_id: str, kind: str, assertion_id: str, due: float) -> None:
        """Keep a notification for a subscriber; numbered within the subscription."""
        with self._changes() as connection:
            connection.execute(
                "insert into notifications select ?, count(*), ?, ?, 0, ?, 'waiting' from notifications"
                " where subscription_id = ?",
                (subscription_id, kind, assertion_id, due, subscription_id),
            )

    def notify_of(self, assertion_id: str, organization: str, due: float) -> None:
        """Keep a notification of a request for every subscriber of an organization."""
        for one in self.subscriptions(ACTIVE):
            if organization in one.organizations:
                self.add_notification(one.subscription_id, EVENT, assertion_id, due)

    def due_notifications(self, now: float, most: int) -> list[Waiting]:
        """The notifications whose next attempt is due, the longest waiting first."""
        with self._changes() as connection:
            rows = connection.execute(
                "select subscription_id, number, kind, assertion_id, attempts from notifications"
                " where state = 'waiting' and due <= ? order by due, rowid limit ?",
                (now, most),
            ).fetchall()
        return [Waiting(*row) for row in rows]

    def postpone_notification(self, waiting: Waiting, due: float) -> None:
        """Keep that an attempt failed and when the next one is due."""
        with self._changes() as connection:
            connection.execute(
                "update notifications set attempts = attempts + 1, due = ? where subscription_id = ? and number = ?",
                (due, waiting.subscription_id, waiting.number),
            )

    def settle_notification(self, waiting: Waiting, state: str) -> None:
        """Keep what became of a notification: no further attempt is made."""
        with self._changes() as connection:
            connection.execute(
                "update notifications set attempts = attempts + 1, state = ? where subscription_id = ? and number = ?",
                (state, waiting.subscription_id, waiting.number),
            )

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


def _about(row: Sequence[Any]) -> About:
    _, subject, address, member_id, organization, client, is_pended = row
    return About(subject, address, member_id, organization, client, bool(is_pended))


def _subscription(kept: Mapping[str, Any], status: str) -> Subscription:
    headers = tuple((name, value) for name, value in kept["headers"])
    found = {**kept, "organizations": tuple(kept["organizations"]), "headers": headers, "status": status}
    return Subscription(**found)


def _text(value: Any) -> str:
    return _ENCODER.encode(value).decode()
