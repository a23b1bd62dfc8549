"""Claims of which nothing could be read are no ground for a recommendation."""

from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput
from isocenter.facts.identity import tell_claims_apart
from isocenter.workflow import review_case
from tests.builders import row
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit


def test_claims_of_which_no_line_can_be_read_are_not_covered(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(
        "courses:\n- {course_id: C1, member_id: M1, line_of_business: medicare}\n", encoding="utf-8"
    )
    broken = [segment.replace("*UN*", "*MJ*") for segment in PROFESSIONAL]
    (tmp_path / "claims.837").write_bytes(delimit(broken))
    with pytest.raises(UnreadableInput, match="no line of them could be read"):
        review_case(tmp_path, ["imrt"])


def test_a_file_of_many_courses_is_sent_to_the_screening(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    rows = [f"A{n},1,M{n},2025-03-03,77301,1,professional" for n in range(60)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="60 courses: `isocenter screen` judges them all"):
        review_case(tmp_path, ["imrt"])


def test_a_person_may_be_born_before_the_claims_begin() -> None:
    member = row("members", member_id="M1", birth_date="1938-05-06")
    assert tell_claims_apart([member]) == ([member], [])
