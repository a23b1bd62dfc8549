"""Synthetic claims as tests hold them: judged under their true courses, and read back as plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.review.policy_tables import use_courses
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.courses import Course
from isocenter.terms.findings import Outcome

POLICIES = ("imrt", "imrt_hospital")
OPEN = {Outcome.NOT_MET, Outcome.NOT_DOCUMENTED}


def rows(folder: Path, table: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"from '{folder / table}.parquet'").fetchall()


def columns(folder: Path, table: str) -> list[str]:
    return duckdb.sql(f"from '{folder / table}.parquet'").columns


@dataclass(frozen=True)
class TrueCourse:
    """One row of truth/courses.parquet."""

    true_course: str
    member_id: str
    line_of_business: str
    site: str
    technique: str
    kind: str
    setting: str
    year: int
    delivery_code: str
    is_overlapping: bool
    revision: str
    violation: str


@dataclass(frozen=True)
class Claims:
    """Everything that was made: lines and diagnoses as they stand in the files, and the truth."""

    lines: Sequence[ClaimLine]
    diagnoses: Sequence[ClaimDiagnosis]
    course_of: dict[str, str]  # claim line id: true course, '' for other care
    courses: dict[str, TrueCourse]
    violations: Sequence[tuple[str, ...]]  # policy, rule, subject kind, claim line id, true course, billing npi, what

    @classmethod
    def read(cls, folder: Path) -> "Claims":
        return cls(
            [ClaimLine(*row) for row in rows(folder, "claim_lines")],
            [ClaimDiagnosis(*row) for row in rows(folder, "claim_diagnoses")],
            dict(rows(folder, "truth/line_courses")),
            {row[0]: TrueCourse(*row) for row in rows(folder, "truth/courses")},
            rows(folder, "truth/violations"),
        )

    def of_courses(self) -> list[tuple[TrueCourse, ClaimLine]]:
        """Lines that belong to a course, with it."""
        return [(self.courses[name], line) for line in self.lines if (name := self.course_of[line.claim_line_id])]

    def planted(self) -> set[tuple[str, str, str]]:
        """(policy, rule, subject) of each violation."""
        return {(policy, rule, line or course or npi) for policy, rule, _, line, course, npi, _ in self.violations}

    def open_answers(self) -> dict[tuple[str, str, str], Outcome]:
        """What the rules do not find as it should be, under the true courses, by policy, rule and subject."""
        store = FactStore()
        courses = [
            Course(course.true_course, course.member_id, course.line_of_business) for course in self.courses.values()
        ]
        lines = [line._replace(course_id=self.course_of[line.claim_line_id]) for line in self.lines]
        assert store.supply("courses", courses) == []
        assert store.supply("claim_lines", lines) == []
        assert store.supply("claim_diagnoses", self.diagnoses) == []
        rulebooks = [load_policy(name) for name in POLICIES]
        use_courses(store, rulebooks)
        drop_superseded_claims(store)
        judgment = judge(store, rulebooks)
        store.close()
        return {
            (finding.policy, finding.rule, finding.subject_id): finding.outcome
            for finding in judgment.findings
            if finding.outcome in OPEN
        }
