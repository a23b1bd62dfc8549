"""Claims that a case holds twice, as an 837 and as a table: a line that is in both is one line, billed once."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from isocenter.facts.identity import member_key
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem, worded
from isocenter.terms.tables import FactRow


def without_lines_given_twice(rows: Sequence[FactRow], of_x12: Collection[int]) -> tuple[list[FactRow], list[Problem]]:
    """The rows with each line once, and what was left out; `of_x12` are the places among them of rows of 837 files.

    Lines are one where claim number, frequency, member, day, code, modifiers and units agree, and no other provider or
    setting is named. That of the 837 is kept, which says more, unless the table names the course.
    """
    of_tables: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if isinstance(row, ClaimLine) and place not in of_x12:
            for number in dict.fromkeys((row.claim_id, row.patient_account_number)):
                of_tables[_as_billed(row, number)].append(place)
    left_out: set[int] = set()
    paired: set[int] = set()
    for place in sorted(of_x12):
        row = rows[place]
        if isinstance(row, ClaimLine):
            written = of_tables.get(_as_billed(row, row.patient_account_number), [])
            same = next((one for one in written if one not in paired and _may_be_of_one(row, rows[one])), None)
            if same is not None:
                paired.add(same)
                left_out.add(place if getattr(rows[same], "course_id", "") else same)
    if not left_out:
        return list(rows), []
    sentence = worded(
        "lines that an 837 and a table of claims both hold: {many}; each is judged once", many=len(left_out)
    )
    return [row for place, row in enumerate(rows) if place not in left_out], [Problem("", "claims", sentence)]


def _as_billed(line: ClaimLine, number: str) -> tuple[object, ...]:
    modifiers = frozenset((line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4)) - {""}
    member = member_key(line.member_id)
    frequency = line.claim_frequency or "1"  # as of a table that leaves it open, which an 837 does not
    return number, frequency, member, line.service_date, line.procedure_code, modifiers, line.units


def _may_be_of_one(line: ClaimLine, other: FactRow) -> bool:
    """Whether two lines name no two providers and no two settings."""
    named = [{getattr(one, name, "") for one in (line, other)} - {""} for name in ("billing_npi", "setting")]
    return all(len(values) < 2 for values in named)
