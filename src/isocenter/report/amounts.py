"""What was billed, and how much of it is at stake: lines that are not to be paid as billed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import floor

from isocenter.terms.findings import LineRecommendation, ReviewedLine
from isocenter.terms.review import Review


@dataclass(frozen=True, slots=True)
class Amounts:
    """Dollars of some claim lines; `unstated` counts those on which the claim has no charge."""

    billed: float
    at_stake: float
    unstated: int


AmountsOf = Callable[[Iterable[ReviewedLine]], Amounts | None]


def amounts_of(review: Review, lines: Iterable[ReviewedLine]) -> Amounts | None:
    """The dollars of some lines of a review; None where no claim line of the review has a charge."""
    return amounts_in(review)(lines)


def amounts_in(review: Review) -> AmountsOf:
    """The dollars of any lines of a review, as a function of them."""
    charges: dict[str, float | None] = {
        line.claim_line_id: line.charge_amount for line in review.facts.get("claim_lines", ())
    }
    is_stated = any(charge is not None for charge in charges.values())

    def of_lines(lines: Iterable[ReviewedLine]) -> Amounts | None:
        if not is_stated:
            return None
        found = [(line, charges.get(line.claim_line_id)) for line in lines]
        return Amounts(
            billed=_to_the_cent(sum(charge for _, charge in found if charge is not None)),
            # Cents of each line are rounded before they are added, so that the lines of a page add up to its total.
            at_stake=_to_the_cent(
                sum(_to_the_cent(charge * _share_at_stake(line)) for line, charge in found if charge is not None)
            ),
            unstated=sum(charge is None for _, charge in found),
        )

    return of_lines


def _to_the_cent(amount: float) -> float:
    """Half a cent rounds up, as a screening's figures do."""
    return floor(amount * 100 + 0.5) / 100


def _share_at_stake(line: ReviewedLine) -> float:
    match line.recommendation:
        case LineRecommendation.PAY | LineRecommendation.NOT_JUDGED:
            return 0.0
        case LineRecommendation.REDUCE:
            return (line.units - (line.units_allowed or 0)) / line.units
    return 1.0
