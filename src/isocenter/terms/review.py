"""A review: everything the engine says of one course, with the facts it rests on."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from isocenter.terms.courses import Course
from isocenter.terms.findings import (
    CourseRecommendation,
    Finding,
    InputFile,
    NotAssessed,
    Reading,
    ReviewedLine,
)
from isocenter.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the evidence, ready to be shown; the caption says what is seen."""

    name: str
    title: str
    caption: str
    media_type: str
    data: bytes = field(repr=False)


class Question(StrEnum):
    """What is asked: whether billed services are to be paid, or before any claim whether a course would be covered."""

    CLAIMS = "claims"
    PRIOR_AUTHORIZATION = "prior_authorization"


class PolicyInForce(NamedTuple):
    """The policy that a review applied."""

    name: str
    title: str
    valid_from: str
    valid_to: str  # '' where no last day is set
    decides_coverage: bool  # whether it asks if a course is covered, not only if it is billed right


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one course of therapy; the engine recommends, a person determines."""

    version: str
    policies: tuple[PolicyInForce, ...]
    course: Course
    recommendation: CourseRecommendation
    lines: tuple[ReviewedLine, ...]
    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)
    readings: tuple[Reading, ...]
    inputs: tuple[InputFile, ...]
    problems: tuple[Problem, ...]
    facts: dict[str, tuple[Any, ...]]  # rows of each supplied table, as the named tuples of isocenter.terms
    pictures: tuple[Picture, ...] = ()
    lines_read: int = 0  # claim lines that were given, those not kept among them
    lines_lost: int = 0  # of these, lines in which something needed is missing or wrong
    claim_files_unread: tuple[str, ...] = ()  # files of claims, or that may hold some, not read whole
    # Claim lines that inherit the findings about their course, by policy and relation of the rule.
    affected_lines: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    # Pictures of passages of the chart, by file, page, left and upper edge.
    clips: dict[tuple[str, int, float, float], bytes] = field(default_factory=dict, repr=False)

    @property
    def requires_clinician(self) -> bool:
        """Whether a clinician has to make the determination."""
        return self.recommendation in (
            CourseRecommendation.DO_NOT_COVER,
            CourseRecommendation.HUMAN_REVIEW,
            CourseRecommendation.NECESSITY_NOT_JUDGED,
        )

    @property
    def question(self) -> Question:
        """A course without a claim line is a request for prior authorization."""
        return Question.CLAIMS if self.lines else Question.PRIOR_AUTHORIZATION
