"""A rulebook: one policy folder, loaded; its rules, definitions, code lists, readings and documents."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from isocenter.errors import BrokenRule, UnknownName
from isocenter.files.folders import files_below
from isocenter.files.texts import shown
from isocenter.rulebook.applies import rule_of_application
from isocenter.rulebook.citations import Section
from isocenter.rulebook.files import read_toml
from isocenter.rulebook.guard import refuse_what_reaches_out
from isocenter.rulebook.in_force import by_dated_readings, only_in_force, refuse_dated_readings_of_the_engine
from isocenter.rulebook.known_tables import lacks_table
from isocenter.rulebook.layers import CASES, Layers, is_a_part_of_a_policy
from isocenter.rulebook.parts import Code, Condition, DocumentElementKind, Requirement, Table
from isocenter.rulebook.policy import ALWAYS, Group, Policy, parse_policy, undeclared_group
from isocenter.rulebook.readings import ChosenReading, chosen_readings, policies_with, with_value
from isocenter.rulebook.rule import Definition, Rule
from isocenter.terms.findings import Reading
from isocenter.terms.problems import Unread
from isocenter.terms.tables import FACT_TABLES

__all__ = ["ALWAYS", "Code", "DocumentElementKind", "Requirement", "Rulebook", "load_policy", "policy_names"]

_Files = dict[str, tuple[int, int, int]]  # path: inode, bytes, last change
_MOST_LOADED = 20  # policies that one process holds
_OF_A_POLICY = (".csv", ".sql", ".toml")
_PARTS_OF_A_POLICY = (
    "a rule is group/name.sql, a definition definitions/name.sql, a table tables/name.csv, a list of codes"
    " codes/name.csv"
)
_MOST_SHOWN = 300  # letters of a name that is none, which may be a path
_LONGEST_CHAIN = 100  # of definitions that read one another


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything of one policy folder, with what it takes over from the policy that it extends."""

    policy: Policy
    folder: Path
    rules: tuple[Rule, ...]
    definitions: tuple[Definition, ...]  # each after those it reads
    codes: tuple[Code, ...]
    readings: tuple[Reading, ...]  # of a dated reading one for each of its values
    requirements: tuple[Requirement, ...]
    documents: tuple[DocumentElementKind, ...]
    sections: tuple[Section, ...]
    waiting: tuple[tuple[str, str, str], ...]  # (rule to come, requirement, why it waits)
    tables: dict[str, Table]  # name: header, rows
    case_folders: tuple[Path, ...]  # with cases of its own first, then those of the policies it extends
    extended: tuple[str, ...]  # names of the policies it extends, the nearest first

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self.policy.name

    @property
    def title(self) -> str:
        """The title of the policy."""
        return self.policy.title

    @property
    def line_of_business(self) -> str:
        """Whose members the policy is for."""
        return self.policy.line_of_business

    @property
    def valid_from(self) -> date:
        """The first day on which the policy is in force."""
        return self.policy.valid_from

    @property
    def valid_to(self) -> date | None:
        """The last day on which the policy is in force; None where none is set."""
        return None if self.policy.valid_to == ALWAYS[1] else self.policy.valid_to

    @property
    def decides_coverage(self) -> bool:
        """Whether it asks if a course is covered; a policy of coding alone only asks if a line is billed right."""
        return any(rule.asks_about_coverage for rule in self.rules)

    @property
    def is_bundled(self) -> bool:
        """Whether the policy is known by its name, not only by its folder."""
        return self.folder.parent == _bundled()

    def code_lists_of(self, procedure_code: str, day: date) -> set[str]:
        """The code lists that hold a procedure code on a day."""
        return {
            one.code_list for one in self.codes if one.code == procedure_code and one.valid_from <= day <= one.valid_to
        }

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of rules in the order of policy.toml, then those that it does not name."""
        named = {group.name for group in self.policy.groups}
        others = {rule.group: rule.role for rule in self.rules if rule.group not in named}
        return (*self.policy.groups, *(undeclared_group(name, role) for name, role in sorted(others.items())))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The reasons of which one is enough for the treatment to be necessary, as tables/conditions.csv lists them."""
        header, rows = self.tables.get("conditions", ((), ()))
        named = [dict(zip(header, row, strict=True)) for row in rows]
        return tuple(Condition(row["condition"], row["requirement"], row["label"]) for row in named)

    def rule(self, name: str) -> Rule:
        """The rule of this name."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise UnknownName(f"no rule of policy {self.name} is named {name!r}")

    def definitions_for(self, rules: Iterable[Rule], others: Iterable[str] = ()) -> tuple[Definition, ...]:
        """The definitions that some rules read or affect, directly or through others, each after those it reads.

        `others` are names of definitions that are wanted besides.
        """
        read = {name for rule in rules for name in (*rule.parts.relations, rule.affects)}
        return _reached({*read, *others}, self.definitions)


_loaded: dict[Path, tuple[_Files, Rulebook]] = {}


def are_same(some: Sequence[Rulebook], others: Sequence[Rulebook]) -> bool:
    """Whether two lists hold the very same rulebooks, so that what was made of the one serves the other."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def policy_names() -> list[str]:
    """Names of the bundled policies."""
    return sorted(entry.name for entry in _bundled().iterdir() if (entry / "policy.toml").is_file())


def lies_in_package(rulebook: Rulebook) -> bool:
    """Whether a policy comes with the package, whose cases lie in its checkout."""
    return rulebook.folder.resolve().is_relative_to(Path(str(_bundled())).resolve())


def load_policy(name_or_folder: str) -> Rulebook:
    """Load a bundled policy by its name, or any policy folder by its path."""
    return load_folder(_folder_of(name_or_folder, Path()))


@dataclass(frozen=True)
class PolicyData:
    """What a policy holds beside its rules: tables by name, and readings."""

    tables: Mapping[str, Table]
    readings: tuple[Reading, ...]


def load_data(name_or_folder: str) -> PolicyData:
    """The tables and readings of a policy without its rules, which take most of the time to load."""
    layers = _layers(_folder_of(name_or_folder, Path()))
    return PolicyData(layers.tables(), layers.readings())


def load_table(folder: Path, name: str) -> Table:
    """A table of the policy in a folder, its own or the nearest of those that it extends; BrokenRule if none has it."""
    table = _layers(folder).table(name)
    if table is None:
        raise BrokenRule(f"{shown(folder)}: {lacks_table(name)}")
    return table


def load_folder(folder: Path) -> Rulebook:
    """Load a policy folder; BrokenRule names the file and what is wrong with it, or that the folder changed meanwhile.

    A folder is read once, and again when one of its files, or of those of a policy that it extends, changed.
    """
    known = _loaded.get(folder)
    if known is not None and not known[1].extended and known[0] == _files_of((folder,)):
        return known[1]
    layers = _layers(folder)
    files_then = _files_of(layers.folders)
    if known is None or known[0] != files_then:
        known = files_then, _load(folder, layers)
        if _files_of(layers.folders) != files_then:
            raise BrokenRule(f"{shown(folder)}: the policy changed while it was being read; run again")
        if len(_loaded) >= _MOST_LOADED:
            _loaded.clear()
        _loaded[folder] = known
    return known[1]


def _files_of(folders: Iterable[Path]) -> _Files:
    """Every file that a policy is read from, with what changes when it is written."""
    found: _Files = {}
    for folder in folders:
        _note_files(str(folder.absolute()), found)
    for inner in [path for path in found if Path(path).is_dir()]:
        _note_files(inner, found)
    return found


def _note_files(folder: str, found: _Files) -> None:
    with suppress(OSError), os.scandir(folder) as entries:  # asked for at each load: much faster than by patterns
        for entry in entries:
            with suppress(OSError):  # a link that leads nowhere is not a file
                state = entry.stat()
                found[entry.path] = (state.st_ino, state.st_size, state.st_ctime_ns)


def _load(folder: Path, layers: Layers) -> Rulebook:
    layers.expect_left_out_is_there()
    policy = layers.policy
    readings = layers.readings()
    refuse_dated_readings_of_the_engine(readings)
    definitions = _in_order([
        only_in_force(by_dated_readings(definition, readings, policy), policy) for definition in layers.definitions()
    ])  # fmt: skip
    groups = {group.name: group for group in policy.groups}
    rules, codes, tables = layers.rules(), layers.codes(), layers.tables()
    rulebook = Rulebook(
        policy=policy,
        folder=folder,
        rules=tuple(
            replace(
                by_dated_readings(_with_what_it_reads(rule, definitions), readings, policy),
                role=groups[rule.group].role if rule.group in groups else rule.role,
                valid_from=max(rule.valid_from, policy.valid_from),
                valid_to=min(rule.valid_to, policy.valid_to),
                codes_rested_on=_codes_rested_on(rule, codes, tables),
            )
            for rule in (*rules, rule_of_application(policy))
        ),
        definitions=definitions,
        codes=codes,
        readings=readings,
        requirements=layers.requirements(),
        documents=layers.documents(),
        sections=layers.sections(),
        waiting=layers.waiting(),
        tables=tables,
        case_folders=layers.case_folders(),
        extended=layers.extended,
    )
    refuse_what_reaches_out(rulebook.name, rulebook.rules, rulebook.definitions, rulebook.tables)
    return rulebook


def _codes_rested_on(rule: Rule, codes: Sequence[Code], tables: Mapping[str, Table]) -> frozenset[str]:
    """The codes of the lists that a rule rests on."""
    lists = set(rule.lists_rested_on)
    for name in rule.lists_rested_on:
        header, rows = tables.get(name, ((), ()))
        if "code_list" in header:
            lists |= {row[list(header).index("code_list")] for row in rows}
    return frozenset(code.code for code in codes if code.code_list in lists)


def extended_policies(rulebook: Rulebook) -> Iterator[Rulebook]:
    """The policies that a policy extends, the nearest first."""
    while rulebook.policy.extends:
        rulebook = load_folder(_folder_of(rulebook.policy.extends, rulebook.folder))
        yield rulebook


def load_policies(
    names: Sequence[str] | None, readings: Sequence[ChosenReading] = (), source: str = ""
) -> list[Rulebook]:
    """Load policies by name or folder, by default all that are bundled, with the readings that a user set.

    Raises UnknownName for a policy or reading that is not there, BrokenRule for a value that a reading cannot have.
    """
    rulebooks = [load_policy(name) for name in dict.fromkeys(names or policy_names())]
    named = [rulebook.name for rulebook in rulebooks]
    for name in named:
        if named.count(name) > 1:
            raise UnknownName(f"two of the policies are named {name!r}; each needs its own name")
    return choose_readings(rulebooks, readings, source)


def choose_readings(rulebooks: Sequence[Rulebook], readings: Sequence[ChosenReading], source: str) -> list[Rulebook]:
    """The rulebooks with some readings set by the user, who becomes their source, each in the policy that has it."""
    known = {rulebook.name: [reading.name for reading in rulebook.readings] for rulebook in rulebooks}
    chosen: dict[str, dict[str, Any]] = {name: {} for name in known}
    for one in readings:
        chosen[policies_with(one, known)][one.name] = one.value
    return [_with_values(rulebook, chosen[rulebook.name], source) for rulebook in rulebooks]


def with_readings(rulebook: Rulebook, values: dict[str, Any], source: str) -> Rulebook:
    """The rulebook with some readings set by the user, who becomes their source."""
    (found,) = choose_readings([rulebook], chosen_readings(values), source)
    return found


def with_different_readings(rulebook: Rulebook, values: dict[str, Any], source: str) -> Rulebook:
    """The rulebook with those of the values set that differ from its own and that it still knows."""
    own: dict[str, list[float | str]] = {}
    for reading in rulebook.readings:
        own.setdefault(reading.name, []).append(reading.value)
    different = {name: value for name, value in values.items() if name in own and own[name] != [value]}
    return with_readings(rulebook, different, source)


def _with_values(rulebook: Rulebook, values: dict[str, Any], source: str) -> Rulebook:
    if not values:
        return rulebook
    readings = {
        (reading.name, None if reading.name in values else reading.valid_from): (
            with_value(reading, values[reading.name], source) if reading.name in values else reading
        )
        for reading in rulebook.readings
    }
    return replace(rulebook, readings=tuple(readings.values()))


def _bundled() -> Path:
    return Path(str(files("isocenter"))) / "policies"


def _folder_of(name_or_folder: str, beside: Path) -> Path:
    """The folder of a policy: one at that path, seen from `beside`, or a bundled one of that name."""
    for folder in (beside / name_or_folder, _bundled() / name_or_folder):
        with suppress(OSError):  # such as a name that is too long for one
            if (folder / "policy.toml").is_file():
                return folder
    known = ", ".join(policy_names())
    raise UnknownName(
        f"no policy {name_or_folder[:_MOST_SHOWN]!r}; known are {known}, or name a folder that holds policy.toml"
    )


def _expect_its_own_files(folder: Path) -> None:
    """BrokenRule where a policy folder holds a link that leads out of it, a pipe, or what else is no file of its own.

    A policy that is read without some of its rules would be another one.
    """
    if folder.parent == _bundled():
        return
    found, problems = files_below(folder)
    for problem in problems:
        if isinstance(problem, Unread):
            raise BrokenRule(f"{problem.path}: {problem.sentence.removesuffix('; it was left out')}")
    for path in (file.relative_to(folder) for file in found):
        if path.parts[0] != CASES and path.suffix.lower() in _OF_A_POLICY and not is_a_part_of_a_policy(path):
            raise BrokenRule(f"{shown(path)}: no part of a policy has this place and name; {_PARTS_OF_A_POLICY}")


def _layers(folder: Path) -> Layers:
    """The folder and those of the policies that it extends, itself last."""
    folders: list[Path] = []
    stated: list[dict[str, Any]] = []
    while True:
        if folder.resolve() in [known.resolve() for known in folders]:
            raise BrokenRule(f"policies extend each other in a circle: {', '.join(known.name for known in folders)}")
        _expect_its_own_files(folder)
        folders.insert(0, folder)
        stated.insert(0, read_toml(folder / "policy.toml"))
        extends = stated[0].get("extends", "")
        if not extends:
            break
        folder = _folder_of(str(extends), folder)
    parse_policy(stated[-1])  # what it does not state itself may be taken over, but not its name, title and days
    taken_over = {key: value for layer in stated for key, value in layer.items()}
    taken_over["leaves_out"] = stated[-1].get("leaves_out", [])
    return Layers(
        folders=tuple(folders),
        leaves_out=tuple(tuple(layer.get("leaves_out", ())) for layer in stated),
        policy=parse_policy(taken_over),
        extended=tuple(str(layer.get("name", "")) for layer in reversed(stated[:-1])),
    )


def _in_order(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """Order definitions so that each comes after those it reads."""
    by_name = {definition.name: definition for definition in definitions}
    ordered: dict[str, Definition] = {}

    def place(definition: Definition, above: tuple[str, ...]) -> None:
        if definition.name in ordered:
            return
        if definition.name in above:
            raise BrokenRule(f"definitions read each other in a circle: {' > '.join([*above, definition.name])}")
        if len(above) >= _LONGEST_CHAIN:
            raise BrokenRule(
                f"more than {_LONGEST_CHAIN} definitions read one another in a chain, {above[0]} the first of them;"
                " join some into one"
            )
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
