"""What a screening is asked to do, and the rulebooks that it runs."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from isocenter.errors import UnknownName
from isocenter.facts.placement import expect_line_of_business
from isocenter.files.program import PROGRAM, program_digest
from isocenter.intake.bulk.sources import Source
from isocenter.intake.workbooks import WORKBOOK_BYTES
from isocenter.rulebook.readings import read_chosen_readings
from isocenter.rulebook.rulebook import Rulebook, load_policies

SPARK_DUCKDB = "spark-duckdb"  # members are brought together by Spark and judged by DuckDB
_BYTES_PER_LINE = 440  # of a part in its database; its tables take 300 of lines in courses of 60, its joins more
# A database that is full to its limit gives memory back and asks for it again, 3 % of all CPU seconds on 6.6 million
# lines within 2 GB; parts smaller still lose in planning what they save there.
_ROOMY_BYTES_PER_LINE = 600
_BYTES_PER_LINE_SPLIT = 500  # of lines that wait to be written to their parts; measured on the same
_LEAST_LINES = 50_000
_LEAST_MEMORY_BYTES = 200_000_000
_MOST_MEMORY_BYTES = 10**14
_MOST_WORKERS, _MOST_WORKERS_ASKED = 4, 64
# What a process takes beside what its database may hold (programs, rows under way, what was freed in pieces), and the
# main process while workers judge; measured on a million lines of one day, each with several findings.
_BESIDE_DATABASE_BYTES = 150_000_000
_MAIN_PROCESS_BYTES = 240_000_000
_BESIDE_GROUP_BYTES = 200_000_000  # of a process of Spark, 148 MB with all that it imports, and rows under way
_LEAST_DATABASE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """A screening: claims in, a folder out, the policies to run and the room to do it in."""

    claims: tuple[str, ...]
    out: Path
    policies: tuple[str, ...] = ()  # by default all that are bundled
    readings: Path | None = None
    mapping: Path | None = None
    edits: Path | None = None  # downloads of the correct coding edits
    line_of_business: str = ""  # for lines that do not state it
    memory_bytes: int = 2_000_000_000
    workers: int = 2
    engine: str = "duckdb"  # or spark, or spark-duckdb

    @classmethod
    def from_options(
        cls, claims: Sequence[str], policies: Sequence[str] | None, memory: str, workers: int | None, **others: Any
    ) -> "Settings":
        """Settings as a command line gives them, with no more workers than the memory has room for.

        UnknownName says what is none.
        """
        if workers is not None and not 1 <= workers <= _MOST_WORKERS_ASKED:
            raise UnknownName(f"workers is {workers}; expected a number from 1 to {_MOST_WORKERS_ASKED}")
        expect_line_of_business(others.get("line_of_business", ""))
        memory_bytes = bytes_of(memory)
        have_room = (memory_bytes - _MAIN_PROCESS_BYTES) // (_BESIDE_DATABASE_BYTES + _LEAST_DATABASE_BYTES)
        wanted = workers or min(_MOST_WORKERS, len(os.sched_getaffinity(0)))
        return cls(
            claims=tuple(claims),
            policies=tuple(dict.fromkeys(policies or ())),
            memory_bytes=memory_bytes,
            workers=max(1, min(wanted, have_room)),
            **others,
        )

    @classmethod
    def of_a_group(cls, memory_bytes: int, out: Path) -> "Settings":
        """Settings by which a process of Spark judges a group of members as a part, within so much memory."""
        return cls((), out, memory_bytes=memory_bytes - _BESIDE_GROUP_BYTES + _MAIN_PROCESS_BYTES, workers=1)

    def rulebooks(self) -> list[Rulebook]:
        """The policies, with the readings that the user set."""
        chosen = read_chosen_readings(self.readings) if self.readings else ()
        return load_policies(self.policies, chosen, f"set in {self.readings.name}" if self.readings else "")

    @property
    def workbook_bytes(self) -> int:
        """What the process that reads a workbook may hold, which runs beside the main process."""
        return min(WORKBOOK_BYTES, max(_LEAST_DATABASE_BYTES, self.memory_bytes - _MAIN_PROCESS_BYTES))

    @property
    def database_bytes(self) -> int:
        """What the database of the main process may hold; the rest is for what lies beside it, rows under way too."""
        return max(_LEAST_DATABASE_BYTES, (self.memory_bytes - _BESIDE_DATABASE_BYTES) * 4 // 5)

    @property
    def database_bytes_of_a_part(self) -> int:
        """What the database of a part may hold, with as many judged at once as there are workers."""
        if self.workers == 1:
            return self.database_bytes_of_a_lone_part
        share = (self.memory_bytes - _MAIN_PROCESS_BYTES) // self.workers
        return max(_LEAST_DATABASE_BYTES, share - _BESIDE_DATABASE_BYTES)

    @property
    def database_bytes_of_a_lone_part(self) -> int:
        """What the database of a part may hold that is judged while no other is."""
        return max(_LEAST_DATABASE_BYTES, self.memory_bytes - _MAIN_PROCESS_BYTES)

    @property
    def lines_of_a_part(self) -> int:
        """How many claim lines one part is split for, so that every worker's part has room in its memory."""
        return max(_LEAST_LINES, self.database_bytes_of_a_part // _ROOMY_BYTES_PER_LINE)

    @property
    def most_lines_of_a_part(self) -> int:
        """How many claim lines fit the memory of a part."""
        return max(_LEAST_LINES, self.database_bytes_of_a_part // _BYTES_PER_LINE)

    def memory_for(self, lines: int) -> int:
        """The limit of memory, in bytes, under which a part of so many lines is judged that this one was too small for.

        About what its lines take, and twice this limit where that should have sufficed.
        """
        needed = lines * _BYTES_PER_LINE + _MAIN_PROCESS_BYTES
        return needed if needed > self.memory_bytes else 2 * self.memory_bytes

    def parts_of(self, lines: int) -> int:
        """Into how many parts claims of so many lines are split: where several, as many for each worker.

        One part more than the workers take at once would be judged while the other workers have nothing to do.
        """
        parts = max(1, -(-lines // self.lines_of_a_part))
        return 1 if parts == 1 else -(-parts // self.workers) * self.workers

    @property
    def lines_held(self) -> int:
        """How many lines may wait in memory to be written to their parts."""
        return max(_LEAST_LINES, self.memory_bytes // _BYTES_PER_LINE_SPLIT)

    def fingerprint(self, sources: list[Source], rulebooks: Sequence[Rulebook], unread: Sequence[Path] = ()) -> str:
        """Changes whenever a finished part of an earlier run could not be used again.

        Files of claims that are `unread` count: what is missing is refused only where there are none.
        """
        files = list(dict.fromkeys(file for source in sources for file in source.given))
        files += [*unread, self.mapping] if self.mapping else unread
        answers_depend_on = {
            "isocenter": [version("isocenter"), program_digest(PROGRAM)],
            "engine": self.engine,
            "line_of_business": self.line_of_business,
            "files": _states_of(files),
            "judged by": self.judged_by(rulebooks),
        }
        return _digest(answers_depend_on)

    def judged_by(self, rulebooks: Sequence[Rulebook]) -> str:
        """Changes whenever the policies, their readings or the coding edits do: one and the same for every part."""
        files = [self.readings] if self.readings else []
        if self.edits:
            files += sorted(path for path in self.edits.rglob("*") if path.is_file()) or [self.edits]
        return _digest([_states_of(files), [_name_and_digest(rulebook) for rulebook in rulebooks]])


def bytes_of(size: str) -> int:
    """A size such as 2GB or 800MB in bytes; UnknownName when it is none or too little to work in."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", size, re.IGNORECASE)
    if match is None:
        raise UnknownName(f"memory is {size!r}; expected a size such as 2GB or 800MB")
    found = int(float(match[1]) * 1000 ** "KMGT".index(match[2].upper()) * 1000) if match[2] else int(float(match[1]))
    if found < _LEAST_MEMORY_BYTES:
        raise UnknownName(f"memory is {size}; expected at least {_LEAST_MEMORY_BYTES // 1_000_000}MB")
    if found > _MOST_MEMORY_BYTES:
        raise UnknownName(f"memory is {size[:40]}; expected at most {_MOST_MEMORY_BYTES // 10**12}TB")
    return found


def _states_of(files: Iterable[Path]) -> list[list[str | int]]:
    return [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _name_and_digest(rulebook: Rulebook) -> list[str]:
    texts = [definition.query for definition in rulebook.definitions] + [rule.query for rule in rulebook.rules]
    tables = [repr(rulebook.codes), repr(rulebook.readings), repr(sorted(rulebook.tables.items()))]
    return [rulebook.name, hashlib.sha256("\n".join([*texts, *tables]).encode()).hexdigest()]
