"""A policy folder laid over those that it extends: what a later one names replaces or leaves out what it took over."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from isocenter.errors import BrokenRule
from isocenter.files.texts import shown
from isocenter.rulebook.citations import Section, expect_a_short_pattern
from isocenter.rulebook.files import expect_columns, read_rows, read_table
from isocenter.rulebook.known_tables import expect_what_is_read
from isocenter.rulebook.parts import Code, DocumentElementKind, Requirement, Table
from isocenter.rulebook.policy import ALWAYS, Policy
from isocenter.rulebook.readings import read_readings
from isocenter.rulebook.rule import Definition, Rule, read_definition, read_rule
from isocenter.terms.findings import Reading

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)

CASES = "cases"
_SINGLE = {
    "policy.toml", "readings.toml", "requirements.csv", "documents.csv", "sections.csv", "waiting.csv",
}  # fmt: skip
_ENDING_WITHIN = {"codes": ".csv", "tables": ".csv"}
_NOT_RULES = {"codes", "tables", "definitions", CASES}


def is_a_part_of_a_policy(path: Path) -> bool:
    """Whether a file, by its path within a policy folder, is read: a rule, a definition, a list, a table, phrases."""
    match path.parts:
        case (name,):
            return name in _SINGLE
        case ("chart", name):
            return name.endswith((".toml", ".csv", ".sql"))
        case (folder, _):
            return path.suffix == _ENDING_WITHIN.get(folder, ".sql")
    return False


@dataclass(frozen=True, slots=True)
class Layers:
    """The folders of a policy, the one that is extended first, and what each leaves out of those before it."""

    folders: tuple[Path, ...]
    leaves_out: tuple[tuple[str, ...], ...]  # of each folder: what it leaves out, such as coding/one_plan_per_course
    policy: Policy
    extended: tuple[str, ...]  # names of the policies it extends, the nearest first

    def expect_left_out_is_there(self) -> None:
        """Raise BrokenRule where a policy leaves out what none of those that it extends has."""
        for place, left_out in enumerate(self.leaves_out):
            taken_over = replace(self, folders=self.folders[:place], leaves_out=self.leaves_out[:place])
            unknown = sorted(set(left_out) - taken_over.names()) if left_out else []
            if unknown:
                raise BrokenRule(f"policy.toml leaves out {unknown[0]}, which no policy that it extends has")

    def names(self) -> set[str]:
        """Everything that another policy may leave out, as the folder or file and the name in it."""
        if not self.folders:
            return set()
        rules = set(self._files("*/*.sql"))
        tables = set(self._files("tables/*.csv", ending=".csv"))
        cases = {f"{CASES}/{rule}" for rule in rules}
        rows = {
            "codes": {code.code_list for code in self.codes()},
            "readings": {reading.name for reading in self.readings()},
            "requirements": {requirement.id for requirement in self.requirements()},
            "documents": {entry.kind for entry in self.documents()},
            "sections": {section.section for section in self.sections()},
        }
        return rules | tables | cases | {f"{kind}/{name}" for kind, names in rows.items() for name in names}

    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order of their groups' folders and names."""
        found = self._files("*/*.sql", lambda path: path.parent.name not in _NOT_RULES)
        return tuple(read_rule(found[name], self.policy.name) for name in sorted(found))

    def definitions(self) -> tuple[Definition, ...]:
        """The definitions by name."""
        found = self._files("definitions/*.sql")
        return tuple(read_definition(found[name]) for name in sorted(found))

    def tables(self) -> dict[str, Table]:
        """The policy's own tables, each from the last folder that has it."""
        return {path.stem: _read_table(path) for path in self._files("tables/*.csv", ending=".csv").values()}

    def table(self, name: str) -> Table | None:
        """One of the tables; None where no folder has it."""
        paths = self._files(f"tables/{name}.csv", ending=".csv").values()
        return next((_read_table(path) for path in paths), None)

    def codes(self) -> tuple[Code, ...]:
        """The codes; a later folder replaces whole lists."""
        found: dict[str, list[Code]] = {}
        for folder, left_out in zip(self.folders, self.leaves_out, strict=True):
            own: dict[str, list[Code]] = {}
            for path in sorted(folder.glob("codes/*.csv")):
                for code in _read_codes(path):
                    own.setdefault(code.code_list, []).append(code)
            found = _without(found, left_out, "codes") | own
        return tuple(code for codes in found.values() for code in codes)

    def readings(self) -> tuple[Reading, ...]:
        """The readings; a later folder replaces them by name."""
        found: dict[str, list[Reading]] = {}
        for folder, left_out in zip(self.folders, self.leaves_out, strict=True):
            own: dict[str, list[Reading]] = {}
            for reading in read_readings(folder / "readings.toml", self.policy.name):
                own.setdefault(reading.name, []).append(reading)
            found = _without(found, left_out, "readings") | own
        return tuple(reading for dated in found.values() for reading in dated)

    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements; a later folder replaces them by id."""
        return self._rows(
            "requirements", lambda path: [Requirement(**row) for row in read_rows(path, Requirement)], _id
        )

    def documents(self) -> tuple[DocumentElementKind, ...]:
        """What documents state; a later folder replaces whole kinds."""
        found: dict[str, list[DocumentElementKind]] = {}
        for folder, left_out in zip(self.folders, self.leaves_out, strict=True):
            own: dict[str, list[DocumentElementKind]] = {}
            path = folder / "documents.csv"
            for row in read_rows(path, DocumentElementKind) if path.exists() else []:
                own.setdefault(row["kind"], []).append(DocumentElementKind(**row))
            found = _without(found, left_out, "documents") | own
        return tuple(entry for entries in found.values() for entry in entries)

    def sections(self) -> tuple[Section, ...]:
        """The sections of the policy text; a later folder replaces them by name."""
        found = self._rows("sections", lambda path: [Section(**row) for row in read_rows(path, Section)], _section)
        for section in found:
            expect_a_short_pattern(section)
        return found

    def waiting(self) -> tuple[tuple[str, str, str], ...]:
        """Requirements that no rule serves yet, each with what it waits for; of the last folder alone."""
        path = self.folders[-1] / "waiting.csv"
        if not path.exists():
            return ()
        header, rows = read_table(path)
        expect_columns(path, header, ("rule", "requirement", "reason"))
        return tuple((rule, requirement, reason) for rule, requirement, reason in rows)

    def case_folders(self) -> tuple[Path, ...]:
        """The folders of rules' cases, that of the policy itself first."""
        return tuple(folder / CASES for folder in reversed(self.folders) if (folder / CASES).is_dir())

    def _files(
        self, pattern: str, counts: Callable[[Path], bool] = lambda _: True, ending: str = ".sql"
    ) -> dict[str, Path]:
        """Files by their path within the policy, without the ending; the last folder that has one wins."""
        found: dict[str, Path] = {}
        for folder, left_out in zip(self.folders, self.leaves_out, strict=True):
            for name in left_out:
                found.pop(name, None)
            for path in sorted(folder.glob(pattern)):
                if counts(path):
                    found[str(path.relative_to(folder)).removesuffix(ending)] = path
        return found

    def _rows(self, name: str, read: Callable[[Path], Sequence[Row]], key: Callable[[Row], str]) -> tuple[Row, ...]:
        found: dict[str, Row] = {}
        for folder, left_out in zip(self.folders, self.leaves_out, strict=True):
            path = folder / f"{name}.csv"
            rows = read(path) if path.exists() else ()
            own = {key(row): row for row in rows}
            if len(own) < len(rows):
                twice = next(name for name, times in Counter(map(key, rows)).items() if times > 1)
                raise BrokenRule(f"{path.name}: {shown(twice[:60])} appears twice; give each row its own name")
            found = _without(found, left_out, name) | own
        return tuple(found.values())


def _without(found: dict[Key, Row], left_out: Iterable[str], kind: str) -> dict[Key, Row]:
    """What was taken over, less what is left out as `kind/name`."""
    return {name: value for name, value in found.items() if f"{kind}/{name}" not in left_out}


def _id(requirement: Requirement) -> str:
    return requirement.id


def _section(section: Section) -> str:
    return section.section


def _read_table(path: Path) -> Table:
    table = read_table(path)
    expect_what_is_read(path.stem, table)
    return table


def _read_codes(path: Path) -> list[Code]:
    header, rows = read_table(path)
    wanted = ("list", "code", "label", "valid_from", "valid_to", "source")
    expect_columns(path, header, wanted)
    codes = []
    for code_list, code, label, valid_from, valid_to, source in rows:
        try:
            first = date.fromisoformat(valid_from) if valid_from else ALWAYS[0]
            last = date.fromisoformat(valid_to) if valid_to else ALWAYS[1]
        except ValueError as wrong:
            raise BrokenRule(f"{path.name}: code {code} of list {code_list}: {wrong}") from None
        codes.append(Code(code_list, code, label, first, last, source))
    return codes
