"""Access tokens that were given out, and assertions that were used: every process that serves knows of them."""

import hashlib
from pathlib import Path
from threading import Lock

from isocenter.fhir.clients.databases import opened

# They last for minutes: what a power cut loses, clients ask for again.
_TABLES = """
pragma journal_mode = wal;
pragma synchronous = off;
create table if not exists tokens (sha256 text not null unique, client text not null, until real not null);
create table if not exists used (issuer text not null, jti text not null, until real not null, unique (issuer, jti));
"""


class Tokens:
    """Tokens with whose they are; a token itself is not kept, but its hash."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the file they are kept in, memory without one; UnreadableInput where it is something else."""
        self._lock = Lock()
        self._connection = opened(path, _TABLES, "tokens")

    def give(self, token: str, client: str, until: float, now: float) -> None:
        """Keep whose a token is, and until when; those that have ended are forgotten."""
        with self._lock, self._connection as connection:
            connection.execute("delete from tokens where until <= ?", (now,))
            connection.execute("insert into tokens values (?, ?, ?)", (_hash(token), client, until))

    def client(self, token: str, now: float) -> str | None:
        """Whose a token is; None where it is not known, or has ended."""
        with self._lock, self._connection as connection:
            query = "select client from tokens where sha256 = ? and until > ?"
            row = connection.execute(query, (_hash(token), now)).fetchone()
        return str(row[0]) if row else None

    def use(self, issuer: str, jti: str, until: float, now: float) -> bool:
        """Whether an assertion is used for the first time; it is then known as used until it ends."""
        with self._lock, self._connection as connection:
            connection.execute("delete from used where until <= ?", (now,))
            values = (issuer, _hash(jti), until)
            return connection.execute("insert or ignore into used values (?, ?, ?)", values).rowcount == 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
