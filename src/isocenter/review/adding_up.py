"""From findings to recommendations in DuckDB: where each finding belongs, what it changes, what it adds up to."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from isocenter.engines.statements import execute
from isocenter.engines.typed_columns import no_rows
from isocenter.errors import EngineFailure, TooLittleMemory
from isocenter.facts.courses import courses_of_lines_sql
from isocenter.review.execution_plan import PolicyRun
from isocenter.review.policy_tables import insert
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.query import parts_of
from isocenter.rulebook.rule import Definition, Rule
from isocenter.terms.findings import Consequence, Evidence, Outcome

if TYPE_CHECKING:
    from isocenter.facts.store import FactStore

RULES = {
    "policy": "varchar",
    "rule": "varchar",
    "consequence": "varchar",
    "affects": "varchar",
    "is_scope": "boolean",
    "asks_scope": "boolean",
    "decides_coverage": "boolean",
    "coverage_ground": "integer",
    "is_ground": "boolean",
    "spans_courses": "boolean",
    "rests_on_any_line": "boolean",
    "rests_on_itself": "boolean",
    "is_of_one_day": "boolean",
    "valid_from": "date",
    "valid_to": "date",
}
CODES_RESTED_ON = {"policy": "varchar", "rule": "varchar", "code": "varchar"}
FINDING = {
    "policy": "varchar",
    "rule": "varchar",
    "subject_kind": "varchar",
    "subject_id": "varchar",
    "outcome": "varchar",
    "because": "varchar",
    "evidence": "varchar",
    "units_allowed": "bigint",
}
_PLACE = {"course_id": "varchar", "claim_line_id": "varchar"}
FINDING_TABLES: dict[str, dict[str, str]] = {
    "rules": RULES,
    "codes_rested_on": CODES_RESTED_ON,
    "findings": FINDING,
    "lines_met": {"policy": "varchar", "rule": "varchar", "claim_line_id": "varchar"},
    "affected_lines": {"policy": "varchar", "relation": "varchar", "claim_line_id": "varchar", "course_id": "varchar"},
    "courses_out_of_scope": {"policy": "varchar", "course_id": "varchar", "is_of_others": "boolean"},
    "located_findings": {
        **dict(list(FINDING.items())[:4]),
        **_PLACE,
        **dict(list(FINDING.items())[4:]),
    },
    "finding_effects": {
        **dict(list(FINDING.items())[:4]),
        **_PLACE,
        "effect": "varchar",
        "units_allowed": "bigint",
    },
    "judged_lines": {"claim_line_id": "varchar", "course_id": "varchar", "coverage_ground": "integer"},
}
LOCATING = ("courses_out_of_scope", "located_findings")
ADDING_UP = ("finding_effects", "judged_lines")
ABOUT_NOTHING = "findings_about_nothing"
NO_FINDING = "it answers a row without a subject_id, or with an outcome that does not exist"
STEPS = (*LOCATING, *ADDING_UP)


def create_finding_tables(
    store: "FactStore",
    rules: Sequence[Rule],
    types: Mapping[str, str] | None = None,
    typed: Set[str] = frozenset(),
    *,
    necessity_waits: bool = False,
) -> None:
    """The tables that rules write to, empty, and those of the rules themselves.

    `types` are those of columns that are not as they are by default; `typed` columns are of the types kept.
    """
    if "findings" not in store.made:
        for table, columns in FINDING_TABLES.items():
            kinds = {name: (types or {}).get(name, kind) for name, kind in columns.items()}
            execute(store.connection, f"create table main.{table} as {no_rows(kinds, typed)}")
        store.made["findings"] = True
        store.layouts += 1
    of_rules = {
        "rules": described(rules, necessity_waits=necessity_waits),
        "codes_rested_on": codes_rested_on(rules),
    }
    for table in FINDING_TABLES:
        if table not in of_rules:
            store.run(f"clear_{table}", f"delete from main.{table}")
        elif store.made.get(table) != of_rules[table]:
            store.made[table] = of_rules[table]
            store.connection.execute(f"delete from main.{table}")
            insert(store, f"main.{table}", of_rules[table])


def described(rules: Sequence[Rule], *, necessity_waits: bool = False) -> list[tuple[object, ...]]:
    """The rows of the table of rules.

    `coverage_ground` is how far a rule that is met goes toward coverage: 2, it shows it; 1, it is a demand of a policy
    whose rules on necessity are others, or wait for a chart; 0, its policy does not decide coverage.
    """
    deciding = {rule.policy for rule in rules if rule.asks_about_coverage}
    on_necessity = {rule.policy for rule in rules if rule.role is GroupRole.NECESSITY}

    def ground(rule: Rule) -> int:
        shows = rule.role is GroupRole.NECESSITY or rule.policy not in on_necessity
        return 0 if rule.policy not in deciding else 2 if shows and not necessity_waits else 1

    return [
        (
            rule.policy,
            rule.name,
            rule.consequence.value,
            rule.affects,
            rule.role is GroupRole.SCOPE,
            rule.asks_about_coverage,
            rule.policy in deciding,
            ground(rule),
            is_ground(rule),
            rule.spans_courses,
            rule.rests_on is None,
            rule.rests_on_itself,
            rule.is_of_one_day,
            rule.valid_from,
            rule.valid_to,
        )
        for rule in rules
    ]


def codes_rested_on(rules: Sequence[Rule]) -> list[tuple[object, ...]]:
    """The rows of the table of codes whose lines the refusals of rules rest on."""
    return [(rule.policy, rule.name, code) for rule in rules for code in sorted(rule.codes_rested_on)]


def is_ground(rule: Rule) -> bool:
    """Whether a line that meets the rule may be paid on it: not where the rule only informs or checks a form."""
    return not rule.is_formal and rule.role is not GroupRole.SCOPE and rule.consequence is not Consequence.INFORM


def selection(rule: Rule, answers: str = "") -> str:
    """The rule's query as rows of the table of findings; `answers` is a table with what it answered, where one is."""
    evidence = "coalesce(answer.evidence, '')" if states_evidence(rule) else "''"
    units = "answer.units_allowed" if rule.consequence == "reduce" else "null"
    return (
        f"select '{rule.policy}' as policy, '{rule.name}' as rule, '{rule.judges}' as subject_kind,"
        f" answer.subject_id, coalesce(answer.outcome, '') as outcome, answer.because, {evidence} as evidence,"
        f" {units} as units_allowed from {answers or f'({rule.query})'} as answer"
    )


def states_evidence(rule: Rule) -> bool:
    """Whether the rule says in a column `evidence` what the measured plan shows."""
    return "evidence" in rule.parts.answers


def collect_affected_lines(store: "FactStore", run: PolicyRun) -> None:
    """Lines that inherit findings about their course; the policy's schema is in use."""
    policy = run.rulebook.name
    for relation in run.affected:
        found = f"select '{policy}', '{relation}', claim_line_id, course_id from {relation}"
        store.run(f"{policy}_affects_{relation}", f"insert into main.affected_lines {found}")


def locate(store: "FactStore", rules: Sequence[Rule]) -> None:
    """Fill the tables of courses out of scope and of findings in their places, from the table of findings.

    EngineFailure, naming the rule, where one is no finding.
    """
    words = ", ".join(f"'{outcome}'" for outcome in Outcome)
    stated = ", ".join(f"'{evidence}'" for evidence in Evidence)
    is_none = f"subject_id is null or outcome not in ({words}) or evidence not in ({stated})"
    found = store.run(
        "no_findings",
        f"select policy, rule, subject_id, outcome, evidence from main.findings where {is_none} limit 1",
    )
    for policy, name, *said in found:
        rule = next(one for one in rules if (one.policy, one.name) == (policy, name))
        raise failure(rule, policy, why_no_finding(*said))
    about_nothing = store.run("about_nothing", f"select * from ({sql(ABOUT_NOTHING)}) order by all limit 1")
    refuse_about_nothing(about_nothing, rules)
    _take(store, LOCATING)


def why_no_finding(subject_id: str | None, outcome: str | None, evidence: str) -> str:
    """Why a rule's answer is no finding; '' where it is one."""
    if subject_id is None:
        return "it answers a row that is about nothing; expected a subject_id in each"
    if outcome not in tuple(Outcome):
        return f"it answers the outcome {outcome or ''!r}; expected {_listed(tuple(Outcome)[:-1])}"
    if evidence not in tuple(Evidence):
        return f"it answers the evidence {evidence!r}; expected {_listed(tuple(Evidence)[:-1])}, or nothing"
    return ""


def refuse_about_nothing(found: Iterable[tuple[str, ...]], rules: Sequence[Rule]) -> None:
    """EngineFailure, naming the rule and the first subject, where there are findings about what is not there.

    `found` are policy, rule, kind and name of the subject.
    """
    for policy, name, kind, subject_id in sorted(found)[:1]:
        rule = next(one for one in rules if (one.policy, one.name) == (policy, name))
        what = f"{kind.replace('_', ' ')} {subject_id!r}"
        raise failure(rule, policy, f"it answers about {what}, which is not there; expected a {kind}_id in subject_id")


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def add_up(store: "FactStore") -> None:
    """Fill the tables of what findings change and of judged lines, from the findings in their places."""
    _take(store, ADDING_UP)


def _take(store: "FactStore", steps: Sequence[str]) -> None:
    for table in steps:
        store.run(f"adding_up_{table}", f"insert into main.{table} {sql(table)}")


_KIND_OF_ERROR = re.compile(r"^[A-Z][A-Za-z ]* Error: ")
_SAID = {  # by the class of DuckDB, which a case seldom loads
    "BinderException": "it does not fit the tables that it reads: {}",
    "CatalogException": "it does not fit the tables that it reads: {}",
    "ConversionException": "it casts a value that is not of that type: {}",
    "InterruptException": "it ran too long and was ended; it may join rows to each other without a condition",
    "OutOfMemoryException": "there was not enough memory for it; it may join rows to each other without a condition,"
    " or make very long texts",
    "OutOfRangeException": "it makes a value that no column can hold: {}",
    "ParserException": "it is not SQL as it is run: {}",
}


def failure(what: Rule | Definition, policy: str, wrong: Exception | str) -> EngineFailure:
    """The error for a query that the engine refuses, or whose answer is none, naming it."""
    kind = "rule" if isinstance(what, Rule) else "definition"
    sentence = _KIND_OF_ERROR.sub("", str(wrong).split("\n", maxsplit=1)[0])
    sentence = _SAID.get(type(wrong).__name__, "{}").format(sentence)
    error = TooLittleMemory if type(wrong).__name__ == "OutOfMemoryException" else EngineFailure
    return error(f"{kind} {what.name} of policy {policy} ({what.path.name}): {sentence}")


@cache
def columns_added_up() -> frozenset[str]:
    """Names of all columns that making courses and adding up read, of claim lines and of other tables."""
    folder = files("isocenter.review") / "sql"
    queries = [courses_of_lines_sql(), *(file.read_text(encoding="utf-8") for file in folder.iterdir())]
    return frozenset().union(*(parts_of(query).columns for query in queries))


@cache
def sql(name: str) -> str:
    """One of the queries from findings to recommendations."""
    return (files("isocenter.review") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
