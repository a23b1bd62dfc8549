"""What a review leaves open: findings gathered into numbered points, and what correcting them leads to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isocenter.report.words import (
    Effect,
    counted,
    effect_of,
    has_no_ground_for_cover,
    nothing_was_judged,
    points_named,
    readable,
    sentence,
    within,
)
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import (
    ALL_WAS_READ,
    CourseRecommendation,
    Finding,
    LineRecommendation,
    Outcome,
    ReviewedLine,
    SubjectKind,
)
from isocenter.terms.review import Review

_GRAVITY = {effect: place for place, effect in enumerate(Effect)}
_COURSE_LADDER = (
    CourseRecommendation.DO_NOT_COVER,
    CourseRecommendation.HUMAN_REVIEW,
    CourseRecommendation.REQUEST_DOCUMENTATION,
)


_FAULTS = {Outcome.NOT_MET: "Not met", Outcome.NOT_DOCUMENTED: "Not documented"}


@dataclass(frozen=True, slots=True)
class Point:
    """What one rule found open, with one outcome, on one subject or on many; numbered for the reader."""

    number: int
    rule: Rule | None
    effect: Effect
    findings: tuple[Finding, ...]
    lines: tuple[ReviewedLine, ...]  # the claim lines it affects, in the order of the review

    @property
    def first(self) -> Finding:
        """A finding that represents all of them: rule, cites, remedy and requirements are the same."""
        return self.findings[0]

    @property
    def title(self) -> str:
        """What is wrong: the fault that the rule names, else that its demand is not met or not documented."""
        if self.first.outcome is Outcome.NOT_ASSESSED:
            return "No chart was supplied that shows why the treatment is necessary"
        if self.rule and self.rule.fault:
            return self.rule.fault
        if self.first.rule == ALL_WAS_READ:
            return "Something that was given could not be read"
        demand = self.rule.title if self.rule else readable(self.first.rule)
        return f"{_FAULTS[self.first.outcome]}: {within(demand)}"

    @property
    def for_the_course(self) -> CourseRecommendation | None:
        """What the point makes of the course; None where it settles a line and leaves the course as it is."""
        if self.effect is Effect.NOT_NECESSARY:
            return CourseRecommendation.DO_NOT_COVER
        if self.effect is Effect.DENY and self.first.subject_kind is not SubjectKind.CLAIM_LINE:
            return CourseRecommendation.DO_NOT_COVER
        return {
            Effect.REVIEW: CourseRecommendation.HUMAN_REVIEW,
            Effect.REQUEST: CourseRecommendation.REQUEST_DOCUMENTATION,
        }.get(self.effect)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to cover: the recommendation now, and the points that hold it there."""

    recommendation: CourseRecommendation
    points: tuple[int, ...]
    sentence: str


def rule_of(finding: Finding, rulebooks: Sequence[Rulebook]) -> Rule | None:
    """The rule behind a finding; None where its rulebook is not loaded."""
    return find_rule(finding.policy, finding.rule, rulebooks)


def find_rule(policy: str, name: str, rulebooks: Sequence[Rulebook]) -> Rule | None:
    """The rule of this policy and name; None where its rulebook is not loaded."""
    for rulebook in rulebooks:
        if rulebook.name == policy:
            return next((rule for rule in rulebook.rules if rule.name == name), None)
    return None


def effects_in(review: Review) -> Iterator[tuple[Finding, Effect | None]]:
    """Each finding with what it does to its subject; None where nothing is open.

    A line of which no unit is left is denied, unless something else is asked about it first.
    """
    recommended = {line.claim_line_id: line.recommendation for line in review.lines}
    for finding in review.findings:
        effect = effect_of(finding)
        if effect is Effect.REDUCE and not finding.units_allowed:
            is_denied = recommended.get(finding.subject_id) is LineRecommendation.DENY
            effect = Effect.DENY if is_denied else effect
        yield finding, effect


def open_points(review: Review, rulebooks: Sequence[Rulebook]) -> tuple[Point, ...]:
    """All that is open, the gravest first and of these what affects most lines, numbered from 1."""
    gathered: dict[tuple[str, str, Effect], list[Finding]] = {}
    for finding, effect in effects_in(review):
        if effect is not None:
            gathered.setdefault((finding.policy, finding.rule, effect), []).append(finding)
    no_chart = _that_the_chart_is_missing(review, rulebooks)
    groups = [(Effect.REQUEST, no_chart)] if no_chart else []
    groups += [(effect, findings) for (_, _, effect), findings in gathered.items()]
    reached = zip(groups, _lines_reached(review, groups, rulebooks), strict=True)
    ordered = sorted(reached, key=lambda item: (_GRAVITY[item[0][0]], -len(item[1])))
    return tuple(
        Point(number, rule_of(findings[0], rulebooks), effect, tuple(findings), lines)
        for number, ((effect, findings), lines) in enumerate(ordered, start=1)
    )


def points_by_line(review: Review, points: Sequence[Point]) -> dict[str, tuple[Point, ...]]:
    """The points that affect each claim line: its own, and those of the course that it inherits."""
    found: dict[str, list[Point]] = {line.claim_line_id: [] for line in review.lines}
    for point in points:
        for line in point.lines:
            found[line.claim_line_id].append(point)
    return {line_id: tuple(some) for line_id, some in found.items()}


def _lines_reached(
    review: Review, groups: Sequence[tuple[Effect, list[Finding]]], rulebooks: Sequence[Rulebook]
) -> list[tuple[ReviewedLine, ...]]:
    """The lines that each group of findings affects: those judged, or those that its rule affects."""
    reached = []
    for _, findings in groups:
        judged = {f.subject_id for f in findings if f.subject_kind is SubjectKind.CLAIM_LINE}
        rule = rule_of(findings[0], rulebooks)
        relation = rule.affects if rule else findings[0].rule
        lines = judged or set(review.affected_lines.get((findings[0].policy, relation), ()))
        reached.append(tuple(line for line in review.lines if line.claim_line_id in lines))
    return reached


def code_lists_of(line: ReviewedLine, rulebooks: Sequence[Rulebook]) -> set[str]:
    """The code lists that name the line's procedure on its day."""
    found: set[str] = set()
    return found.union(*(book.code_lists_of(line.procedure_code, line.service_date) for book in rulebooks))


def way_to_cover(review: Review, points: Sequence[Point]) -> tuple[Step, ...]:
    """What holds the course from being covered, step by step, each with the sentence of what changes it."""
    if review.recommendation not in _COURSE_LADDER or has_no_ground_for_cover(review):
        return ()
    held = [
        (step, tuple(point.number for point in points if point.for_the_course is step))
        for step in _COURSE_LADDER[_COURSE_LADDER.index(review.recommendation) :]
    ]
    return tuple(
        Step(step, numbers, _what_changes(step, numbers))
        for step, numbers in held
        if numbers or step is review.recommendation
    )


def _what_changes(step: CourseRecommendation, numbers: tuple[int, ...]) -> str:
    if not numbers:
        return "see the findings"
    doing = {
        CourseRecommendation.DO_NOT_COVER: "correct",
        CourseRecommendation.HUMAN_REVIEW: "let a clinician decide",
        CourseRecommendation.REQUEST_DOCUMENTATION: "send what is asked for in",
    }[step]
    return f"{doing} {points_named(numbers)}"


def _that_the_chart_is_missing(review: Review, rulebooks: Sequence[Rulebook]) -> list[Finding]:
    """One finding for all rules on necessity that could not run without a chart: they keep the course open."""
    if review.recommendation is CourseRecommendation.OUT_OF_SCOPE:
        return []
    left_out = [
        rule
        for entry in review.not_assessed
        if "documents" in entry.missing
        and (rule := find_rule(entry.policy, entry.rule, rulebooks))
        and rule.role is GroupRole.NECESSITY
        and rule.judges is SubjectKind.COURSE
    ]
    if not left_out:
        return []
    demanded = {book.policy.necessity_requirement for book in rulebooks}
    leading = next((rule for rule in left_out if demanded & set(rule.requirements)), left_out[0])
    return [
        Finding(
            policy=leading.policy,
            rule=leading.name,
            requirements=leading.requirements,
            cites=leading.cites,
            subject_kind=SubjectKind.COURSE,
            subject_id=review.course.course_id,
            outcome=Outcome.NOT_ASSESSED,
            consequence=leading.consequence,
            because=f"no document was supplied, so {counted(len(left_out), 'rule')} on necessity could not run",
            remedy=f"Send the chart. {leading.remedy}",
        )
    ]


def what_would_change(review: Review, steps: Sequence[Step]) -> str:
    """One or two sentences: what leads from this recommendation to cover."""
    if review.recommendation is CourseRecommendation.OUT_OF_SCOPE:
        reasons = dict.fromkeys(f.because for f in review.findings if f.outcome is Outcome.NOT_APPLICABLE)
        return " ".join([*map(sentence, reasons), "Its lines were not judged."])
    if not steps:
        return _recommended_lines(review)
    return "To reach Cover: " + "; then ".join(step.sentence for step in steps) + "."


def _recommended_lines(review: Review) -> str:
    """What a covered course comes to: lines cut or refused without a question, and lines that no rule judged."""
    if nothing_was_judged(review):
        return "No rule judged any of it."
    if not review.lines:
        return "No service has been billed yet; on this record nothing is open."
    counts = dict(line_counts(review))
    unjudged = counts.pop(LineRecommendation.NOT_JUDGED, 0)
    settled = sum(counts.values()) - counts.get(LineRecommendation.PAY, 0)
    if settled:
        said = f"{counted(settled, 'line')} not paid as billed"
        is_open = has_no_ground_for_cover(review)
        said += "." if is_open else "; the coverage of the course is not affected."
    else:
        said = "Every line that was judged is payable as billed." if unjudged else "Every line is payable as billed."
    return f"{said} {_that_lines_were_not_judged(unjudged)}".strip()


def _that_lines_were_not_judged(count: int) -> str:
    return f"{counted(count, 'line was', 'lines were')} judged by no rule." if count else ""


def line_counts(review: Review) -> tuple[tuple[LineRecommendation, int], ...]:
    """How many lines get each recommendation, those that occur."""
    counts = dict.fromkeys(LineRecommendation, 0)
    for line in review.lines:
        counts[line.recommendation] += 1
    return tuple((kind, count) for kind, count in counts.items() if count)
