"""The words in which terminal, page and letter say outcomes, recommendations and what would change them."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise

from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import (
    Consequence,
    CourseRecommendation,
    Finding,
    LineRecommendation,
    Outcome,
)
from isocenter.terms.review import Question, Review


class Effect(StrEnum):
    """What an open finding does, the gravest first."""

    NOT_NECESSARY = "not_necessary"
    DENY = "deny"
    REVIEW = "review"
    REQUEST = "request"
    REDUCE = "reduce"
    INFORM = "inform"


COURSE_NAMES = {
    CourseRecommendation.COVER: "Cover",
    CourseRecommendation.NECESSITY_NOT_JUDGED: "Necessity not judged",
    CourseRecommendation.REQUEST_DOCUMENTATION: "Request documentation",
    CourseRecommendation.DO_NOT_COVER: "Do not cover",
    CourseRecommendation.HUMAN_REVIEW: "Human review",
    CourseRecommendation.OUT_OF_SCOPE: "Out of scope",
}
COURSE_SENTENCES = {
    CourseRecommendation.COVER: "The course meets what the policy asks.",
    CourseRecommendation.NECESSITY_NOT_JUDGED: "No question is open, but medical necessity was not judged.",
    CourseRecommendation.REQUEST_DOCUMENTATION: "The record does not yet show all that the policy asks.",
    CourseRecommendation.DO_NOT_COVER: "The course does not meet the policy.",
    CourseRecommendation.HUMAN_REVIEW: "A clinician has to weigh what the rules could not settle.",
    CourseRecommendation.OUT_OF_SCOPE: "The policy does not apply to this course.",
}
# The shape and color in which each is drawn.
COURSE_SHAPES: dict[str, str] = {
    CourseRecommendation.COVER: "pay",
    CourseRecommendation.NECESSITY_NOT_JUDGED: "not_judged",
    CourseRecommendation.REQUEST_DOCUMENTATION: "request",
    CourseRecommendation.DO_NOT_COVER: "deny",
    CourseRecommendation.HUMAN_REVIEW: "review",
    CourseRecommendation.OUT_OF_SCOPE: "inform",
}
COVERAGE_NOT_ASKED = "Only rules of coding were applied: whether the course is covered was not asked."
NO_RULE_ON_COVERAGE_MET = "Nothing that was billed meets a rule about coverage."
LINE_NAMES = {
    LineRecommendation.PAY: "Pay",
    LineRecommendation.REDUCE: "Reduce",
    LineRecommendation.DENY: "Deny",
    LineRecommendation.REQUEST: "Request",
    LineRecommendation.REVIEW: "Review",
    LineRecommendation.NOT_JUDGED: "Not judged",
}
EFFECT_NAMES = {
    Effect.NOT_NECESSARY: "Necessity not met",
    Effect.DENY: "Deny",
    Effect.REVIEW: "Clinician to review",
    Effect.REQUEST: "Request documents",
    Effect.REDUCE: "Reduce units",
    Effect.INFORM: "For information",
}
# Effects on a line that a remittance explains by a reason code.
ADJUSTMENTS = (Effect.NOT_NECESSARY, Effect.DENY, Effect.REDUCE)
PERSON_SENTENCE = "Isocenter recommends; the determination is a person's."
CLINICIAN_SENTENCE = "This recommendation touches medical necessity: a clinician has to make the determination."
CLINICIAN_DECIDES = "A clinician has to make the determination."
NECESSITY_NOT_JUDGED = "Medical necessity was not judged: a clinician has to make the determination."
_CAPITALS = {"ct", "dvh", "igrt", "imrt", "mri", "mlc", "npi", "qa", "vmat"}

# Which technique of a computed comparison meets a constraint.
VERDICTS = {
    "only_imrt": "IMRT meets it, 3D conformal does not",
    "both": "both meet it",
    "neither": "neither meets it",
    "only_conformal": "3D conformal meets it, IMRT does not",
    "": "not compared",
}


def course_name(review: Review) -> str:
    """The recommendation for the course as a headline; before any claim what it would be."""
    if review.recommendation is CourseRecommendation.COVER and review.question is Question.PRIOR_AUTHORIZATION:
        return "Would be covered"
    return COURSE_NAMES[review.recommendation]


def course_sentence(review: Review) -> str:
    """The recommendation for the course in a sentence; before any claim what would follow."""
    if review.recommendation is CourseRecommendation.COVER and review.question is Question.PRIOR_AUTHORIZATION:
        return "On this record the course would meet what the policy asks."
    if nothing_was_judged(review):
        return "The policies in use have no rule for what was billed."
    if review.recommendation is CourseRecommendation.HUMAN_REVIEW and has_no_ground_for_cover(review):
        return NO_RULE_ON_COVERAGE_MET if is_coverage_asked(review) else COVERAGE_NOT_ASKED
    return COURSE_SENTENCES[review.recommendation]


def nothing_was_judged(review: Review) -> bool:
    """Whether a clinician decides because no rule judged any line or the course."""
    effects = set(map(effect_of, review.findings)) - {None, Effect.INFORM}
    judged = {line.recommendation for line in review.lines} - {LineRecommendation.NOT_JUDGED}
    return review.recommendation is CourseRecommendation.HUMAN_REVIEW and not effects and not judged


def has_no_ground_for_cover(review: Review) -> bool:
    """Whether a clinician decides although no finding asks for one: no rule about coverage was met."""
    if review.recommendation is CourseRecommendation.NECESSITY_NOT_JUDGED:
        return True
    effects = set(map(effect_of, review.findings))
    return review.recommendation is CourseRecommendation.HUMAN_REVIEW and Effect.REVIEW not in effects


def is_coverage_asked(review: Review) -> bool:
    """Whether a policy that was applied asks if the course is covered, not only if it is billed right."""
    return any(policy.decides_coverage for policy in review.policies)


def who_determines(review: Review) -> str:
    """Who has to make the determination, in a sentence, and whether what was found is about medical necessity."""
    if not review.requires_clinician:
        return PERSON_SENTENCE
    if has_no_ground_for_cover(review) or not is_coverage_asked(review):
        return NECESSITY_NOT_JUDGED
    return CLINICIAN_SENTENCE if review.recommendation is CourseRecommendation.DO_NOT_COVER else CLINICIAN_DECIDES


def effect_of(finding: Finding) -> Effect | None:
    """What the finding does to its subject; None where nothing is open."""
    if finding.outcome is Outcome.NOT_DOCUMENTED:
        return Effect.REQUEST
    if finding.outcome is Outcome.NOT_MET:
        return Effect(Consequence(finding.consequence).value)
    return None


def reason_code(finding: Finding, billed: ClaimLine | None = None) -> str:
    """The group, reason and remark code of an adjustment, as a remittance shows them; '' where the rule names none.

    What a rule refuses is the provider's obligation (CO); where the line says by GA that the patient was notified in
    writing beforehand, it is the patient's (PR).
    """
    if not finding.carc:
        return ""
    remark = f" with {finding.rarc}" if finding.rarc else ""
    return f"{'PR' if 'GA' in modifiers_of(billed) else 'CO'}-{finding.carc}{remark}"


def readable(name: str) -> str:
    """A name of a closed list as words: dvh_review is DVH review."""
    words = [word.upper() if word in _CAPITALS else word for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def person_name(text: str) -> str:
    """A name as DICOM writes it (family^given^middle^prefix^suffix) in the order in which people say it."""
    parts = [part.strip() for part in text.split("=", maxsplit=1)[0].split("^")]
    family, given, middle, prefix, suffix = (*parts, "", "", "", "", "")[:5]
    return " ".join(filter(None, (prefix, given, middle, family, suffix)))


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 line, 2 lines."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def dollars(amount: float | None) -> str:
    """An amount in dollars, with cents where there are any; nothing where none is known."""
    if amount is None:
        return ""
    cents = round(100 * amount)
    return f"${cents // 100:,}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def whole_dollars(amount: float | None) -> str:
    """An amount of many lines in whole dollars; nothing where none is known."""
    return "" if amount is None else f"${amount:,.0f}"


def percent(part: float, whole: float) -> str:
    """A share of a whole in percent, a small one never shown as 0 % nor a large one as 100 %."""
    if not whole:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "under 0.1 %"
    if 99.9 < share < 100:
        return "over 99.9 %"
    return f"{share:.1f} %"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def number_ranges(numbers: Iterable[int]) -> str:
    """Numbers as a sentence lists them, three or more in a row as a range: 1, 2 and 5 to 8."""
    runs: list[list[int]] = []
    ordered = sorted(set(numbers))
    for before, number in pairwise([-1, *ordered]):
        if runs and number == before + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words: list[str] = []
    for run in runs:
        words += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    return listed(words)


def points_named(numbers: Sequence[int]) -> str:
    """The numbers with their noun: point 3, points 1 and 2."""
    return f"{'point' if len(numbers) == 1 else 'points'} {number_ranges(numbers)}"


def modifiers_of(line: ClaimLine | None) -> tuple[str, ...]:
    """The modifiers that the line carries."""
    if line is None:
        return ()
    return tuple(m for m in (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4) if m)


def sentence(text: str) -> str:
    """The text as a sentence: a capital first, unless it begins with the name of a column, and a full stop last."""
    text = text.strip()
    if not text:
        return ""
    is_name = "_" in text.split(maxsplit=1)[0]
    return (text if is_name else text[:1].upper() + text[1:]) + ("" if text[-1] in ".!?" else ".")


def within(text: str) -> str:
    """A label as it is written within a sentence: a small letter first, without the hint for whoever enters it."""
    text = text.split(" (detail:", maxsplit=1)[0]
    return text[:1].lower() + text[1:] if text[1:2].islower() or text.startswith("A ") else text


def number_text(value: float | str) -> str:
    """A number without needless zeros; a meaning as it is."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def days_text(days: Sequence[date]) -> str:
    """Days in short: one day, two days, or the first to the last with their count."""
    if len(days) < 3:
        return listed([str(day) for day in days])
    return f"{days[0]} to {days[-1]}, {len(days)} days"
