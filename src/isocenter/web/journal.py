"""The journal: every view, change, recommendation and determination, each entry chained to the one before it."""

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from isocenter.web.models import Determination, JournalEntry, Letter, Person, Request, ReviewRun

BEGINNING = "0" * 64
_LOCK = 0x150CE17E  # any number of our own; on PostgreSQL one writer at a time holds it


def write(person: Person | None, act: str, request: Request | None = None, **detail: Any) -> None:
    """Add one entry; it is kept if and only if the transaction that it belongs to is."""
    _write([_Wanted(person, act, request, detail)])


@dataclass(slots=True)
class _Wanted:
    """An entry that is to be written, and what became of it."""

    person: Person | None
    act: str
    request: Request | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    is_done: bool = False
    failure: BaseException | None = None


_waiting: list[_Wanted] = []
_one_writes = threading.Lock()


def write_view(person: Person, act: str, request: Request | None = None) -> None:
    """Add the entry of a page that was looked at, together with those of pages answered at the same time.

    Returns once the entry is kept. Whoever comes first writes for everyone who waits: one transaction and one write to
    disk for all of them, where each would otherwise wait for the disk in turn.
    """
    wanted = _Wanted(person, act, request)
    _waiting.append(wanted)
    with _one_writes:
        if not wanted.is_done:
            together = _waiting[:]
            del _waiting[: len(together)]
            try:
                _write(together)
            except BaseException as failure:
                for one in together:
                    one.failure = failure
            for one in together:
                one.is_done = True
    if wanted.failure is not None:
        raise wanted.failure


@transaction.atomic
def _write(wanted: Sequence[_Wanted]) -> None:
    hold_lock()
    last = JournalEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, before = last or (0, BEGINNING)
    entries = []
    for number, one in enumerate(wanted, start=sequence + 1):
        entry = JournalEntry(
            sequence=number,
            at=timezone.now(),
            person=one.person.get_username() if one.person else "",
            role=one.person.role if one.person else "",
            act=one.act,
            request_number=one.request.number if one.request else "",
            detail=one.detail,
            previous_hash=before,
        )
        entry.hash = before = hash_of(entry)
        entries.append(entry)
    JournalEntry.objects.bulk_create(entries)


def hold_lock() -> None:
    """Let one writer at a time pass until its transaction ends; SQLite has a single writer by itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def hash_of(entry: JournalEntry) -> str:
    """SHA-256 of an entry's content together with the hash of the entry before it."""
    content = [
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.person,
        entry.role,
        entry.act,
        entry.request_number,
        entry.detail,
        entry.previous_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk along the journal found."""

    entries: int
    head: str
    faults: tuple[str, ...]


def verify(known_head: str = "") -> Verified:
    """Walk along the whole chain; each fault names the entry it was found at.

    `known_head` is a hash written down earlier, as in an exported case: it must still be part of the chain.
    Entries cut off at the end are found where a run, letter or determination is left without its entry.
    """
    faults: list[str] = []
    before, expected, count, seen_known = BEGINNING, 1, 0, not known_head
    recorded: dict[str, set[int]] = {"reviewed": set(), "determined": set(), "sent a letter": set()}
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=2_000):
        faults += _faults_of(entry, expected, before)
        before, expected, count = entry.hash, entry.sequence + 1, count + 1
        seen_known = seen_known or entry.hash == known_head
        if entry.act in recorded and isinstance(entry.detail.get("id"), int):
            recorded[entry.act].add(entry.detail["id"])
    if not seen_known:
        faults.append(f"the entry with hash {known_head} is no longer part of the journal")
    faults += _without_entry(recorded)
    return Verified(count, before, tuple(faults))


def _faults_of(entry: JournalEntry, expected: int, before: str) -> Iterator[str]:
    if entry.sequence != expected:
        gap = f"entry {expected}" if entry.sequence == expected + 1 else f"entries {expected} to {entry.sequence - 1}"
        yield f"{gap}: missing"
    elif entry.previous_hash != before:
        yield f"entry {entry.sequence}: does not follow the entry before it"
    if hash_of(entry) != entry.hash:
        yield f"entry {entry.sequence}: its content was changed after it was written"


def _without_entry(recorded: dict[str, set[int]]) -> Iterator[str]:
    kept = (("reviewed", "review run", ReviewRun), ("determined", "determination", Determination))
    for act, name, model in (*kept, ("sent a letter", "letter", Letter)):
        for key in model.objects.order_by("pk").values_list("pk", flat=True):
            if key not in recorded[act]:
                yield f"{name} {key}: the journal holds no entry of it"
