"""A case folder that begins with what the claims state reviews the same lines as the claims."""

from pathlib import Path

import yaml

from isocenter.cli import main
from isocenter.workflow import review_case
from tests.intake.x12_samples import SAMPLES


def test_member_course_diagnoses_and_lines_are_filled_in(tmp_path: Path) -> None:
    claims = SAMPLES / "hospital.837"
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 0
    stated = yaml.safe_load((tmp_path / "case" / "case.yaml").read_text(encoding="utf-8"))
    direct, filled = review_case(claims, ["imrt"]), review_case(tmp_path / "case", ["imrt"])
    assert stated["courses"][0]["course_id"] == direct.course.course_id
    assert [row["icd10"] for row in stated["diagnoses"]] == ["C09.9", "C77.0", "Z92.3"]
    assert filled.lines and [line[:4] for line in map(_told, filled.lines)] == [
        line[:4] for line in map(_told, direct.lines)
    ]


def _told(line: object) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in ("claim_line_id", "procedure_code", "service_date", "units"))


def test_claims_of_several_courses_need_a_choice(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "case"), "--from", str(SAMPLES / "professional.837")]) == 2
    assert not (tmp_path / "case").exists()
