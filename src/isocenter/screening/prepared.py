"""What every part of a screening needs and a process makes once: rulebooks, what they run, reference tables."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.facts.courses import check_course_gap
from isocenter.intake import ncci_tables
from isocenter.review.batch_plan import BatchPlan, plan_batch
from isocenter.review.policy_tables import courses_rulebook
from isocenter.rulebook.rulebook import Rulebook, are_same
from isocenter.screening.covered import CoveredCodes, covered_codes
from isocenter.screening.settings import Settings
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow

OF_THE_CLAIMS = frozenset(
    {
        "claim_lines", "courses", "claim_diagnoses", "data_windows", "possible_courses", "service_days",
        "course_windows",
    }
)  # fmt: skip
_plans: deque[tuple[tuple[Rulebook, ...], frozenset[str], BatchPlan]] = deque(maxlen=8)  # the latest


class _Known(NamedTuple):
    """What rulebooks say of courses and codes, as it stands in what is prepared."""

    courses: Rulebook
    codes_named: tuple[str, ...]
    covered: CoveredCodes


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every part needs and is made once in a process: rulebooks, what they run, reference tables."""

    rulebooks: tuple[Rulebook, ...]
    courses: Rulebook  # what distinguishes courses
    codes_named: tuple[str, ...]  # by the lists of all, of procedures and of other things
    covered: CoveredCodes
    plan: BatchPlan
    references: tuple[FactRow, ...]
    supplied: frozenset[str]
    problems: tuple[Problem, ...]
    judged_by: str  # the digest of all that is read here


@cache
def prepare(settings: Settings) -> Prepared:
    """Load the rulebooks and the correct coding edits, and plan what is run."""
    rulebooks = tuple(settings.rulebooks())
    known = _known(rulebooks)
    rows: tuple[FactRow, ...] = ()
    supplied = OF_THE_CLAIMS
    problems: tuple[Problem, ...] = ()
    if settings.edits:
        edits = ncci_tables.read([settings.edits], known.covered.codes)
        _expect_edits(settings.edits, edits)
        rows, supplied, problems = edits.rows, supplied | edits.supplied, edits.problems
    plan = _planned(rulebooks, supplied)
    return Prepared(rulebooks, *known, plan, rows, supplied, problems, settings.judged_by(rulebooks))


def prepare_rulebooks(
    rulebooks: Sequence[Rulebook], supplied: frozenset[str], references: Sequence[FactRow]
) -> Prepared:
    """The same of loaded rulebooks, where the rows of the reference tables among the `supplied` are loaded too."""
    books = tuple(rulebooks)
    return Prepared(books, *_known(books), _planned(books, supplied), tuple(references), supplied, (), "")


def _known(rulebooks: tuple[Rulebook, ...]) -> _Known:
    """What the rulebooks say of courses and codes; BrokenRule where courses are told apart by no number of days."""
    courses = courses_rulebook(rulebooks)
    for reading in courses.readings:
        if reading.name == "course_gap_days":
            check_course_gap(reading.value)
    named = _codes_named((*rulebooks, courses))
    return _Known(courses, named, covered_codes(rulebooks, _of_procedures(named), courses))


def _planned(rulebooks: tuple[Rulebook, ...], supplied: frozenset[str]) -> BatchPlan:
    """The plan of these very rulebooks: a process that screens again need not make it again."""
    for known, of_tables, plan in _plans:
        if of_tables == supplied and are_same(known, rulebooks):
            return plan
    plan = plan_batch(rulebooks, supplied)
    _plans.append((rulebooks, supplied, plan))
    return plan


def _expect_edits(folder: Path, edits: ncci_tables.Edits) -> None:
    """UnreadableInput where edits were asked for and none was supplied: its rules would pass every line in silence."""
    if edits.supplied:
        return
    why = "it holds no file of them"
    if edits.problems:
        first = edits.problems[0]
        why = f"{Path(first.path).name} {first.sentence.removesuffix('; it was left out')}"
    raise UnreadableInput(
        f"{folder}: no table of correct coding edits could be read: {why}; name the folder of the quarterly downloads"
    )


def known_codes(rulebooks: Collection[Rulebook]) -> set[str]:
    """Every procedure code that a list of the policies names, or of what distinguishes courses.

    No rule names another; coding edits, which name no code themselves, are held against the services of courses.
    """
    return _of_procedures(_codes_named((*rulebooks, courses_rulebook(tuple(rulebooks)))))


def _codes_named(rulebooks: Collection[Rulebook]) -> tuple[str, ...]:
    """Every code that a list of the policies names, of a procedure or of something else."""
    return tuple(sorted({code.code for rulebook in rulebooks for code in rulebook.codes}))


def _of_procedures(codes: Collection[str]) -> set[str]:
    return {code for code in codes if len(code) == 5}
