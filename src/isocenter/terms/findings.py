"""What a review says: findings of rules, what follows for each line and for the course."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Not a rule of a policy: whatever the policies are, a verdict needs all that was given.
ALL_WAS_READ = "all_that_was_given_was_read"


class Outcome(StrEnum):
    """What a rule found for one subject; the engine alone says not_assessed."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_DOCUMENTED = "not_documented"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASSESSED = "not_assessed"


class Consequence(StrEnum):
    """What follows from not_met; not_documented is always a request."""

    DENY = "deny"
    REDUCE = "reduce"
    NOT_NECESSARY = "not_necessary"
    REVIEW = "review"
    INFORM = "inform"


class Evidence(StrEnum):
    """What the measured plan says about the thing that a finding judges; a rule that weighs no measures states none."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    LEAVES_OPEN = "leaves_open"
    NOT_STATED = ""


class SubjectKind(StrEnum):
    """What a rule judges."""

    CLAIM_LINE = "claim_line"
    COURSE = "course"
    DOCUMENT = "document"
    PLAN = "plan"
    FACILITY = "facility"


class LineRecommendation(StrEnum):
    """What the engine proposes for one claim line; a line that no rule judged is not proposed for payment."""

    PAY = "pay"
    REDUCE = "reduce"
    DENY = "deny"
    REQUEST = "request"
    REVIEW = "review"
    NOT_JUDGED = "not_judged"


class CourseRecommendation(StrEnum):
    """What the engine proposes for the course; only a person determines."""

    COVER = "cover"
    NECESSITY_NOT_JUDGED = "necessity_not_judged"  # what was billed raises no question, and nothing shows necessity
    REQUEST_DOCUMENTATION = "request_documentation"
    DO_NOT_COVER = "do_not_cover"
    HUMAN_REVIEW = "human_review"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's answer for one subject."""

    policy: str
    rule: str
    requirements: tuple[str, ...]
    cites: str
    subject_kind: SubjectKind
    subject_id: str
    outcome: Outcome
    consequence: Consequence
    because: str
    remedy: str
    carc: str = ""
    units_allowed: int | None = None
    evidence: Evidence = Evidence.NOT_STATED
    rarc: str = ""


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """A rule that could not run because tables it needs were not supplied."""

    policy: str
    rule: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A claim line with the recommendation that its findings add up to."""

    claim_line_id: str
    procedure_code: str
    service_date: date
    units: int
    recommendation: LineRecommendation
    units_allowed: int | None  # None where the line was not judged


class ReadingType(StrEnum):
    """What the value of a reading is."""

    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    CHOICE = "choice"  # one of a list of texts


@dataclass(frozen=True, slots=True)
class Reading:
    """A number, day or choice that the policy leaves open and that was chosen, with its reason and source.

    `least` and `most` bound a number or a day; `valid_from` and `valid_to` say on which days of service it counts.
    """

    policy: str
    name: str
    value: float | str  # of a day its ISO text
    unit: str
    reason: str
    source: str
    type: ReadingType = ReadingType.NUMBER
    least: float | str | None = None
    most: float | str | None = None
    choices: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: what it is, its hash and how many rows came out of it."""

    path: str
    kind: str
    sha256: str
    rows: int
