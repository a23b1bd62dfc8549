"""What a screening is asked to do, and the rulebooks that it runs."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from isocenter.intake.bulk.sources import Source
from isocenter.rulebook.rulebook import Rulebook, load_policy, read_chosen_readings, with_readings

_BYTES_PER_LINE = 1000  # of a part in memory, with its findings; measured on courses of 47 lines
_LEAST_LINES = 50_000


@dataclass(frozen=True, slots=True)
class Settings:
    """A screening: claims in, a folder out, the policies to run and the room to do it in."""

    claims: tuple[str, ...]
    out: Path
    policies: tuple[str, ...] = ("imrt", "imrt_hospital", "ncci")
    readings: Path | None = None
    mapping: Path | None = None
    edits: Path | None = None  # downloads of the correct coding edits
    line_of_business: str = ""  # of lines that do not say it
    memory_bytes: int = 2_000_000_000
    workers: int = 2

    def rulebooks(self) -> list[Rulebook]:
        """The policies, the first one with the readings that the user set."""
        found = [load_policy(name) for name in self.policies]
        if self.readings:
            found[0] = with_readings(found[0], read_chosen_readings(self.readings), f"set in {self.readings.name}")
        return found

    @property
    def lines_of_a_part(self) -> int:
        """How many claim lines one part may hold, so that every worker's part fits the memory."""
        return max(_LEAST_LINES, self.memory_bytes // self.workers // _BYTES_PER_LINE)

    def fingerprint(self, sources: list[Source]) -> str:
        """Changes whenever a finished part of an earlier run could not be used again."""
        rulebooks = self.rulebooks()
        files = [file for source in sources for file in source.files]
        files += [path for path in (self.mapping, self.readings) if path]
        if self.edits:
            files += sorted(path for path in self.edits.rglob("*") if path.is_file()) or [self.edits]
        told = {
            "isocenter": version("isocenter"),
            "lines_of_a_part": self.lines_of_a_part,
            "line_of_business": self.line_of_business,
            "files": [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files],
            "policies": [_policy_told(rulebook) for rulebook in rulebooks],
        }
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _policy_told(rulebook: Rulebook) -> list[str]:
    texts = [definition.query for definition in rulebook.definitions] + [rule.query for rule in rulebook.rules]
    tables = [repr(rulebook.codes), repr(rulebook.readings), repr(sorted(rulebook.tables.items()))]
    return [rulebook.name, hashlib.sha256("\n".join([*texts, *tables]).encode()).hexdigest()]
