"""Reviews what a FHIR request asks for: the resources supplied become facts, and the rules answer."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.days_of_service import day_asked
from isocenter.fhir.problems import Refused
from isocenter.intake.case_contents import CaseContents
from isocenter.intake.fhir.answers import DATE, ROLE, SIGNATURE, SIGNED_ON, SIGNER
from isocenter.intake.fhir.billed import BILLING_SYSTEMS
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows, read_found
from isocenter.report.points import Point, open_points
from isocenter.report.requests import Request, requests
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook import applies
from isocenter.rulebook.content import digest_of_rulebooks
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.findings import CourseRecommendation, Outcome
from isocenter.terms.problems import LostLine, Problem
from isocenter.terms.review import Review
from isocenter.terms.tables import FactRow
from isocenter.workflow import review_contents, review_selections

_DIGITS = 32
_MOST_KEPT = 200
_MOST_DOCUMENTS = 1000  # of one question; to read each takes two milliseconds
DECIDING = (GroupRole.SCOPE, GroupRole.NECESSITY)
OF_CLAIMS = (GroupRole.OTHER,)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say of one request: the review, its open points, and what to send."""

    review: Review
    points: tuple[Point, ...]
    to_send: tuple[Request, ...]
    assertion_id: str  # the same request under the same policies has the same one
    rulebooks: tuple[Rulebook, ...] = ()  # whose rules answered

    @property
    def is_in_scope(self) -> bool:
        """Whether the policies say anything of what is asked: a course ordered without IMRT is outside their scope."""
        plans = self.review.facts.get("plans", ())
        is_other = bool(plans) and all(plan.is_imrt is False for plan in plans)
        return self.review.recommendation is not CourseRecommendation.OUT_OF_SCOPE and not is_other


def doubted(answered: Answer, doubts: str) -> Answer:
    """The answer as one to a question about which there are these doubts, which the facts do not show.

    It has another id: what was answered and kept before the doubts is no answer to it.
    """
    if not doubts:
        return answered
    digest = hashlib.sha256(f"{answered.assertion_id} {doubts}".encode()).hexdigest()
    return replace(answered, assertion_id=digest[:_DIGITS])


class Newest:
    """The newest answers of a set of rules: an order is asked about again at each step of its way."""

    def __init__(self) -> None:
        self._held: dict[Any, Answer] = {}
        self._lock = Lock()

    def get(self, key: Any) -> Answer | None:
        """The answer to the same question, if it is among the newest."""
        with self._lock:
            return self._held.get(key)

    def put(self, key: Any, answered: Answer) -> None:
        """Keep an answer, and let the oldest one go."""
        with self._lock:
            self._held[key] = answered
            if len(self._held) > _MOST_KEPT:
                del self._held[next(iter(self._held))]


def questions_of(rulebooks: Sequence[Rulebook]) -> frozenset[str]:
    """The link ids of what the questionnaires of policies ask of each document."""
    listed = [entry for rulebook in rulebooks for entry in rulebook.documents]
    names = (DATE, SIGNATURE, SIGNER, ROLE, SIGNED_ON)
    asked = {f"{entry.kind}/{name}" for entry in listed for name in names}
    return frozenset(asked | {f"{entry.kind}/{entry.element}" for entry in listed})


class Judge(Reviewer):
    """Judges by a set of rules, and keeps the newest answers; `content` is a digest of the policies they are from."""

    def __init__(self, rulebooks: Sequence[Rulebook], content: str) -> None:
        super().__init__(rulebooks)
        self.content = content
        self.newest = Newest()
        self.questions = questions_of(rulebooks)


class Judges:
    """The rules that answer a request: those that decide whether a course is covered, those of coding, and all.

    Whether a course would be covered is decided by the groups that a policy gives the roles of scope and necessity.
    What the other groups demand, the record of the treatment has to show with the claim, or the claim itself.
    """

    def __init__(self, policies: Sequence[Rulebook | str]) -> None:
        """`policies` are rulebooks, or names or folders of policies to load."""
        whole = [load_policy(one) if isinstance(one, str) else one for one in policies]
        content = digest_of_rulebooks(whole)
        self.all = Judge(whole, content)
        self.deciding = Judge([_only(rulebook, DECIDING) for rulebook in whole], content)
        self.coding = Judge([_only(rulebook, OF_CLAIMS) for rulebook in whole], content)
        self.codes = frozenset(code.code for rulebook in self.all.rulebooks for code in rulebook.codes)
        # Of services the facts that rules lack, each with why a line needs it; see facts_needed.
        self.reasons_of_facts: dict[Any, dict[str, dict[int, str]]] = {}
        self._about: dict[tuple[tuple[str, ...], date], bool] = {}

    def are_about(self, codes: Sequence[str], on: date) -> bool:
        """Whether the policies say anything of a course in which these services are billed on a day."""
        key = (tuple(sorted(set(codes))), on)
        if key not in self._about:
            if len(self._about) > _MOST_KEPT:
                self._about.clear()
            self._about[key] = _is_about_policy(key[0], on, self.all)
        return self._about[key]

    def prepare(self) -> None:
        """Answer a made-up order with a page of a chart, so that the first client does not wait for what is loaded."""
        words = base64.b64encode(b"Statement of medical necessity").decode()
        page = {
            "resourceType": "DocumentReference",
            "id": "prepared",
            "status": "current",
            "content": [{"attachment": {"contentType": "text/plain", "data": words}}],
        }
        ordered = {
            "resourceType": "ServiceRequest",
            "id": "prepared",
            "code": {"coding": [{"system": BILLING_SYSTEMS[0], "code": "77301"}]},
        }
        read = read_found([Found(ordered, "prepared", ""), Found(page, "prepared", "")])
        answer_each(read, [self.deciding, self.all], self.all)
        answer(read, self.deciding, beside="alone")
        read.rows.append(ClaimLine("prepared", "prepared", 1, "", "prepared", date(2026, 1, 2), "77301", 1))
        answer(read, self.coding, with_lines=True)

    @property
    def rulebooks(self) -> tuple[Rulebook, ...]:
        """The policies, whole."""
        return self.all.rulebooks

    def close(self) -> None:
        """Close the stores that are not in use."""
        for reviewer in (self.all, self.deciding, self.coding):
            reviewer.close()


def _only(rulebook: Rulebook, roles: Sequence[GroupRole]) -> Rulebook:
    return replace(rulebook, rules=tuple(rule for rule in rulebook.rules if rule.role in roles))


def read_asked(found: Sequence[Found], about: Mapping[str, Any], judge: Judge, today: date) -> FhirRows:
    """Read the resources of a question; `about` is the order or request that asks it, on the day that it states.

    Raises Refused (400) where more documents came along than are read.
    """
    read = read_found(found, questions=judge.questions, asked_on=day_asked(about) or today)
    if len(read.attached) > _MOST_DOCUMENTS:
        said = f"{len(read.attached):,} documents; at most {_MOST_DOCUMENTS:,} are read; send those that state the need"
        raise Refused(400, "too-costly", said)
    return read


def answer(read: FhirRows, judge: Judge, *, with_lines: bool = False, beside: str = "") -> Answer:
    """Review the course that what was read (read_asked) asks for.

    Without `with_lines` the question is whether the course would be covered; with them each service is judged as if
    it were billed. `beside` is what else the question is about, such as a coverage. Raises UnreadableInput where the
    resources name no course, or several.
    """
    return answer_each(read, [judge], judge, with_lines=with_lines, beside=beside)[0]


def answer_each(
    read: FhirRows,
    judges: Sequence[Judge],
    whole: Judge,
    *,
    with_lines: bool = False,
    beside: str = "",
) -> list[Answer]:
    """What each judge answers to one question, as `answer` does; `whole` holds the rules of all, and runs each once."""
    try:
        rows = _as_one_course(read.rows, with_lines=with_lines)
    except UnreadableInput as wrong:
        lost = next((one.sentence for one in read.problems), "")
        raise UnreadableInput(f"{wrong}: {lost}" if lost else str(wrong)) from None
    contents = _contents_of(read, rows, with_lines=with_lines)
    assertion_id = _assertion_id(rows, read, whole.content, beside)
    key = (assertion_id, tuple(sorted(contents.supplied)), tuple(read.problems))
    answers = {judge: known for judge in judges if (known := judge.newest.get(key)) is not None}
    asked = [judge for judge in judges if judge not in answers]
    if asked:
        by = asked[0] if len(asked) == 1 else whole
        reviews = review_selections(contents, by, [judge.rulebooks for judge in asked])
        for judge, review in zip(asked, reviews, strict=True):
            points = open_points(review, judge.rulebooks)
            to_send = requests(review, judge.rulebooks, points)
            answers[judge] = Answer(review, points, to_send, assertion_id, judge.rulebooks)
            judge.newest.put(key, answers[judge])
    return [answers[judge] for judge in judges]


def _contents_of(read: FhirRows, rows: list[FactRow], *, with_lines: bool) -> CaseContents:
    """The case of which the rows are the facts."""
    # What of a request's services could not be read is said item by item: it is no claim that bills.
    problems = [
        Problem(one.path, one.place, one.sentence) if isinstance(one, LostLine) else one for one in read.problems
    ]
    contents = CaseContents(
        Path("request"), rows=rows, problems=problems, attached=read.attached, values_lost=read.values_lost
    )
    contents.charts_read = read.charts_read
    contents.file_signatures = list(read.file_signatures)
    contents.supplied = {"courses", "diagnoses", "members"} | ({"claim_lines"} if with_lines else set())
    contents.supplied |= read.supplied - {"claim_lines", "claim_diagnoses"}
    return contents


def judged_as_billed(lines: Iterable[ClaimLine], reviewer: Reviewer, line_of_business: str = "") -> Review:
    """What the rules say of a course of these lines, of which nothing else is known."""
    placed = [line._replace(course_id="asked", member_id="asked") for line in lines]
    contents = CaseContents(Path("request"), rows=[Course("asked", "asked", line_of_business), *placed])
    contents.supplied = {"courses", "claim_lines"}
    return review_contents(contents, reviewer, with_pictures=False)


def _is_about_policy(codes: Iterable[str], on: date, reviewer: Reviewer) -> bool:
    """Whether the policies say anything of a course in which these services are billed on a day."""
    lines = [
        ClaimLine(f"L{number}", "asked", number, "asked", "asked", on, code, 1, setting="professional")
        for number, code in enumerate(codes, start=1)
    ]
    return not names_no_course(judged_as_billed(lines, reviewer), reviewer.rulebooks)


def names_no_course(review: Review, rulebooks: Sequence[Rulebook]) -> bool:
    """Whether services name no course that the policies are about: outside their scope, or with no treatment named.

    Services that accompany a treatment, such as its management, leave the scope open; so may a delivery, which names
    its course.
    """
    if review.recommendation is CourseRecommendation.OUT_OF_SCOPE:
        return True
    scopes = {(book.name, rule.name) for book in rulebooks for rule in book.rules if rule.role is GroupRole.SCOPE}
    is_open = any(
        (one.policy, one.rule) in scopes and one.rule != applies.NAME and one.outcome is Outcome.NOT_DOCUMENTED
        for one in review.findings
    )
    lines = review.facts.get("claim_lines", ())
    return is_open and not any(
        {*book.code_lists_of(line.procedure_code, line.service_date)} & {*book.policy.course_roles.delivers}
        for line in lines
        for book in rulebooks
    )


def _as_one_course(rows: Sequence[FactRow], *, with_lines: bool) -> list[FactRow]:
    """The rows of the one course that is asked for; a claim that names no course makes one."""
    courses = [row for row in rows if isinstance(row, Course)]
    lines = [row for row in rows if isinstance(row, ClaimLine)]
    if len(courses) > 1:
        names = ", ".join(course.course_id for course in courses)
        raise UnreadableInput(f"the request names several courses ({names}); ask for one at a time")
    if not courses and not lines:
        raise UnreadableInput("the request names no course of radiotherapy and no service")
    course = courses[0] if courses else Course(lines[0].claim_id, lines[0].member_id)
    if lines:
        course = course._replace(
            member_id=course.member_id or lines[0].member_id,
            line_of_business=course.line_of_business or lines[0].line_of_business,
        )
    diagnoses = [row for row in rows if isinstance(row, Diagnosis)]
    if not diagnoses:
        claimed = dict.fromkeys(row.icd10 for row in rows if isinstance(row, ClaimDiagnosis))
        diagnoses = [Diagnosis(course.course_id, code, place) for place, code in enumerate(claimed, start=1)]
    others = [row for row in rows if not isinstance(row, Course | ClaimLine | Diagnosis | ClaimDiagnosis)]
    placed = [line._replace(course_id=course.course_id, member_id=course.member_id) for line in lines]
    return [course, *diagnoses, *others, *(placed if with_lines else [])]


def _assertion_id(rows: Sequence[FactRow], read: FhirRows, content: str, beside: str) -> str:
    """A digest of the facts and signed documents asked about and of all that the policies hold."""
    values = [[type(row).__name__, *map(str, row)] for row in rows]
    drafts = {True: " draft", False: ""}
    pages = sorted(hashlib.sha256(one.content).hexdigest() + drafts[one.is_draft] for one in read.attached)
    content_of = {one.shown: hashlib.sha256(one.content).hexdigest() for one in read.attached}
    signed = sorted(
        [sorted(content_of[file] for file in one.files), one.role, one.signer, str(one.signed_on)]
        for one in read.file_signatures
    )
    lost = sorted([one.place, one.sentence, type(one).__name__] for one in read.problems)
    beside_facts = {"lost": lost, "denied": sorted(read.denied)}  # these change what is answered as well
    more = [*([signed] if signed else []), *([beside_facts] if any(beside_facts.values()) else [])]
    text = json.dumps([content, sorted(values), pages, beside, *more], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
