"""What the criteria of a verification, as a report words them, say of its result."""

import re

from isocenter.terms.plans import Verification

# 3 %/2 mm, 3%/3mm, 2/2 mm: the dose criterion goes first.
_GAMMA = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*mm\b", re.IGNORECASE)
_PASSING = re.compile(r"\bgamma\b|\bpass(?:ing|ed)?\b", re.IGNORECASE)
_DEVIATION = re.compile(r"\bdeviat|\bdifference\b|\bion(?:i[sz]ation)? chamber\b|\bpoint dose\b", re.IGNORECASE)


def with_result(row: Verification) -> Verification:
    """The row with its kind of result and criteria in columns, where its words say them and its columns do not."""
    if row.result or row.value is None or row.unit != "%":
        return row
    criteria = _GAMMA.search(row.criteria)
    if criteria:
        return row._replace(
            result="gamma_pass_rate",
            dose_criterion_percent=float(criteria[1]),
            distance_criterion_mm=float(criteria[2]),
        )
    if _DEVIATION.search(row.criteria):
        return row._replace(result="dose_deviation")
    if _PASSING.search(row.criteria):
        return row._replace(result="gamma_pass_rate")
    return row
