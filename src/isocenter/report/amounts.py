"""What was billed, and how much of it is at stake: lines that are not to be paid as billed."""

from collections.abc import Iterable
from dataclasses import dataclass

from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import LineRecommendation, ReviewedLine
from isocenter.terms.review import Review


@dataclass(frozen=True, slots=True)
class Amounts:
    """Dollars of some claim lines; `unstated` counts those on which the claim bears no charge."""

    billed: float
    at_stake: float
    unstated: int


def amounts_of(review: Review, lines: Iterable[ReviewedLine]) -> Amounts | None:
    """The dollars of some lines of a review; None where no claim line of the review bears a charge."""
    billed = {line.claim_line_id: line for line in review.facts.get("claim_lines", ())}
    if all(line.charge_amount is None for line in billed.values()):
        return None
    charges = [(line, _charge(billed.get(line.claim_line_id))) for line in lines]
    return Amounts(
        billed=sum(charge for _, charge in charges if charge is not None),
        # Cents of each line are rounded before they are added, so that the lines of a page add up to its total.
        at_stake=sum(round(charge * _share_at_stake(line), 2) for line, charge in charges if charge is not None),
        unstated=sum(charge is None for _, charge in charges),
    )


def _charge(line: ClaimLine | None) -> float | None:
    return line.charge_amount if line else None


def _share_at_stake(line: ReviewedLine) -> float:
    match line.recommendation:
        case LineRecommendation.PAY | LineRecommendation.NOT_JUDGED:
            return 0.0
        case LineRecommendation.REDUCE:
            return (line.units - (line.units_allowed or 0)) / line.units
    return 1.0
