"""A rulebook: one policy folder, loaded; its rules, definitions, code lists, readings and documents."""

import csv
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from isocenter.errors import BrokenRule, UnknownName
from isocenter.rulebook.citations import Section
from isocenter.rulebook.guard import refuse_what_reaches_out
from isocenter.rulebook.rule import Definition, Rule, read_definition, read_rule
from isocenter.terms.findings import Reading
from isocenter.terms.tables import FACT_TABLES

ALWAYS = (date(1900, 1, 1), date(9999, 12, 31))
_NOT_RULES = {"codes", "tables", "definitions"}


@dataclass(frozen=True, slots=True)
class Code:
    """One procedure code as a member of a code list, with the days on which it belongs there."""

    code_list: str
    code: str
    label: str
    valid_from: date
    valid_to: date
    source: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand of the policy text, in our own words."""

    id: str
    section: str
    codes: str
    kind: str
    requirement: str


@dataclass(frozen=True, slots=True)
class DocumentElementKind:
    """One thing that a kind of document may state, and the requirement that asks for it."""

    kind: str
    element: str
    requirement: str
    label: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything of one policy folder."""

    name: str
    title: str
    line_of_business: str
    valid_from: date
    folder: Path
    rules: tuple[Rule, ...]
    definitions: tuple[Definition, ...]  # each after those it reads
    codes: tuple[Code, ...]
    readings: tuple[Reading, ...]
    requirements: tuple[Requirement, ...]
    documents: tuple[DocumentElementKind, ...]
    sections: tuple[Section, ...]
    waiting: tuple[tuple[str, str, str], ...]  # (rule to come, requirement, why it waits)
    tables: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]]  # name: header, rows

    def rule(self, name: str) -> Rule:
        """The rule of this name."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise UnknownName(f"no rule of policy {self.name} is named {name!r}")

    def definitions_for(self, rules: Iterable[Rule]) -> tuple[Definition, ...]:
        """The definitions that some rules read or affect, directly or through others, each after those it reads."""
        return _reached({name for rule in rules for name in (*rule.parts.relations, rule.affects)}, self.definitions)


def policy_names() -> list[str]:
    """Names of the bundled policies."""
    return sorted(entry.name for entry in _bundled().iterdir() if (entry / "policy.toml").is_file())


def load_policy(name_or_folder: str) -> Rulebook:
    """Load a bundled policy by its name, or any policy folder by its path."""
    folder = Path(name_or_folder)
    if not (folder / "policy.toml").is_file():
        folder = _bundled() / name_or_folder
    if not (folder / "policy.toml").is_file():
        known = ", ".join(policy_names())
        raise UnknownName(f"no policy {name_or_folder!r}; known are {known}, or name a folder that holds policy.toml")
    return load_folder(folder)


def load_folder(folder: Path) -> Rulebook:
    """Load a policy folder; BrokenRule names the file and what is wrong with it."""
    about = _read_toml(folder / "policy.toml")
    for key in ("name", "title", "line_of_business", "valid_from"):
        if key not in about:
            raise BrokenRule(f"policy.toml: {key} is missing")
    name = about["name"]
    rule_files = sorted(path for path in folder.glob("*/*.sql") if path.parent.name not in _NOT_RULES)
    definitions = _in_order([read_definition(path) for path in sorted(folder.glob("definitions/*.sql"))])
    rulebook = Rulebook(
        name=name,
        title=about["title"],
        line_of_business=about["line_of_business"],
        valid_from=about["valid_from"],
        folder=folder,
        rules=tuple(_with_what_it_reads(read_rule(path, name), definitions) for path in rule_files),
        definitions=definitions,
        codes=tuple(code for path in sorted(folder.glob("codes/*.csv")) for code in _read_codes(path)),
        readings=_read_readings(folder / "readings.toml", name),
        requirements=tuple(Requirement(**row) for row in _read_csv(folder / "requirements.csv", Requirement)),
        documents=tuple(DocumentElementKind(**row) for row in _read_csv(folder / "documents.csv", DocumentElementKind)),
        sections=tuple(Section(**row) for row in _read_csv(folder / "sections.csv", Section)),
        waiting=_read_waiting(folder / "waiting.csv"),
        tables={path.stem: _read_table(path) for path in sorted(folder.glob("tables/*.csv"))},
    )
    refuse_what_reaches_out(rulebook)
    return rulebook


def read_chosen_readings(path: Path) -> dict[str, float | str]:
    """Readings that a user sets, from a TOML file of `name = value` lines."""
    chosen = _read_toml(path)
    for name, value in chosen.items():
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise BrokenRule(f"{path.name}: {name} is {value!r}; expected a number or a text")
    return chosen


def with_readings(rulebook: Rulebook, values: dict[str, float | str], source: str) -> Rulebook:
    """The rulebook with some readings set by the user, who becomes their source."""
    known = {reading.name for reading in rulebook.readings}
    for name in values:
        if name not in known:
            raise UnknownName(f"no reading is named {name!r}; known are {', '.join(sorted(known))}")
    readings = tuple(
        replace(reading, value=values[reading.name], source=source) if reading.name in values else reading
        for reading in rulebook.readings
    )
    return replace(rulebook, readings=readings)


def with_different_readings(rulebook: Rulebook, values: dict[str, float | str], source: str) -> Rulebook:
    """The rulebook with those of the values set that differ from its own and that it still knows."""
    own = {reading.name: reading.value for reading in rulebook.readings}
    return with_readings(rulebook, {n: value for n, value in values.items() if n in own and value != own[n]}, source)


def _bundled() -> Path:
    return Path(str(files("isocenter"))) / "policies"


def _in_order(definitions: list[Definition]) -> tuple[Definition, ...]:
    """Order definitions so that each stands after those it reads."""
    by_name = {definition.name: definition for definition in definitions}
    ordered: dict[str, Definition] = {}

    def place(definition: Definition, above: tuple[str, ...]) -> None:
        if definition.name in ordered:
            return
        if definition.name in above:
            raise BrokenRule(f"definitions read each other in a circle: {' > '.join([*above, definition.name])}")
        for name in sorted(definition.parts.relations & by_name.keys()):
            place(by_name[name], (*above, definition.name))
        ordered[definition.name] = definition

    for definition in definitions:
        place(definition, ())
    return tuple(ordered.values())


def _reached(names: Iterable[str], definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """Those of the definitions, each after those it reads, that some names reach."""
    wanted, found = set(names), []
    for definition in reversed(definitions):
        if definition.name in wanted:
            wanted |= definition.parts.relations
            found.append(definition)
    return tuple(reversed(found))


def _with_what_it_reads(rule: Rule, definitions: tuple[Definition, ...]) -> Rule:
    """The rule with the fact tables and readings that it reads, also through definitions."""
    read = [rule.parts, *(definition.parts for definition in _reached(rule.parts.relations, definitions))]
    tables = frozenset().union(*(parts.relations for parts in read)) & FACT_TABLES.keys()
    readings = frozenset().union(*(parts.readings for parts in read))
    return replace(rule, reads=tuple(sorted(tables)), readings=tuple(sorted(readings)))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise BrokenRule(f"{path.name}: cannot be read as TOML ({wrong})") from None


def _read_csv(path: Path, kind: type[Any]) -> list[dict[str, str]]:
    wanted = [field.name for field in fields(kind)]
    header, rows = _read_table(path)
    if list(header) != wanted:
        raise BrokenRule(f"{path.name}: the columns are {', '.join(header)}; expected {', '.join(wanted)}")
    return [dict(zip(wanted, row, strict=True)) for row in rows]


def _read_table(path: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [tuple(row) for row in csv.reader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BrokenRule(f"{path.name}: cannot be read as CSV ({wrong})") from None
    if not rows:
        raise BrokenRule(f"{path.name}: the file is empty; expected a header line")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise BrokenRule(f"{path.name}: line {number} has {len(row)} fields, the header has {len(rows[0])}")
    return rows[0], tuple(rows[1:])


def _read_waiting(path: Path) -> tuple[tuple[str, str, str], ...]:
    """Requirements that no rule serves yet, each with what it waits for."""
    if not path.is_file():
        return ()
    header, rows = _read_table(path)
    if header != ("rule", "requirement", "reason"):
        raise BrokenRule(f"{path.name}: the columns are {', '.join(header)}; expected rule, requirement, reason")
    return tuple((rule, requirement, reason) for rule, requirement, reason in rows)


def _read_codes(path: Path) -> list[Code]:
    header, rows = _read_table(path)
    wanted = ("list", "code", "label", "valid_from", "valid_to", "source")
    if header != wanted:
        raise BrokenRule(f"{path.name}: the columns are {', '.join(header)}; expected {', '.join(wanted)}")
    codes = []
    for code_list, code, label, valid_from, valid_to, source in rows:
        try:
            first = date.fromisoformat(valid_from) if valid_from else ALWAYS[0]
            last = date.fromisoformat(valid_to) if valid_to else ALWAYS[1]
        except ValueError as wrong:
            raise BrokenRule(f"{path.name}: code {code} of list {code_list}: {wrong}") from None
        codes.append(Code(code_list, code, label, first, last, source))
    return codes


def _read_readings(path: Path, policy: str) -> tuple[Reading, ...]:
    if not path.is_file():
        return ()
    readings = []
    for name, about in _read_toml(path).items():
        missing = {"value", "unit", "reason", "source"} - set(about if isinstance(about, dict) else {})
        if missing:
            raise BrokenRule(f"{path.name}: reading {name} lacks {', '.join(sorted(missing))}")
        readings.append(Reading(policy=policy, name=name, **about))
    return tuple(readings)
