"""A case that holds a computed comparison of IMRT with 3D: its numbers and pictures reach the report."""

import base64
import json
from pathlib import Path

import pytest
import yaml

from isocenter.intake import comparison_record
from isocenter.intake.case import read_case
from isocenter.report.page import review_as_page
from isocenter.rulebook.rulebook import load_policy
from isocenter.workflow import review_case

TABLE = """course_id,structure,metric,comparison,limit,unit,clinic,imrt,conformal,verdict,beam_data,role,standard_name
,SpinalCord,D0.03cc,<=,45,Gy,41.2,44.1,48.5,only_imrt,generic 6 MV,critical,SpinalCord
,PTV,D95%,>=,60,Gy,,60.0,60.0,both,generic 6 MV,target,
"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def picture(**others: str) -> dict[str, str]:
    entry = {"name": "compared_difference", "title": "Dose of IMRT less 3D", "caption": "Red: more dose."}
    return {**entry, "media_type": "image/svg+xml", "data": base64.b64encode(SVG).decode(), **others}


def case_of(folder: Path, record: object) -> Path:
    course = {"course_id": "C1", "member_id": "M1", "line_of_business": "medicare", "site": "spine_metastasis"}
    (folder / "plans").mkdir(parents=True)
    (folder / "case.yaml").write_text(yaml.safe_dump({"courses": [course]}), encoding="utf-8")
    (folder / "plans" / "comparisons.csv").write_text(TABLE, encoding="utf-8")
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / "plans" / "made.json").write_text(text, encoding="utf-8")
    return folder


def test_the_report_shows_imrt_beside_3d_with_scorecard_and_pictures(tmp_path: Path) -> None:
    rulebooks = [load_policy("imrt")]
    case = case_of(tmp_path, {comparison_record.RECORD_MARK: 1, "pictures": [picture()]})
    review = review_case(case, rulebooks)
    assert not [p for p in review.problems if "made.json" in p.path]
    page = review_as_page(review, rulebooks, None)
    section = page[page.index('<section id="compared"') : page.index('<section id="determination"')]
    assert "1 constraint of 2 met by IMRT alone" in section
    assert "44.1" in section and "48.5" in section and "41.2" in section
    assert "IMRT meets it, 3D conformal does not" in section
    assert base64.b64encode(SVG).decode() in section
    assert "does not replace the physician" in section


def test_without_a_comparison_the_report_has_no_such_section(tmp_path: Path) -> None:
    case = case_of(tmp_path, {comparison_record.RECORD_MARK: 1})
    (case / "plans" / "comparisons.csv").unlink()
    rulebooks = [load_policy("imrt")]
    assert 'id="compared"' not in review_as_page(review_case(case, rulebooks), rulebooks, None)


@pytest.mark.parametrize(
    "record",
    [
        '{"isocenter_comparison": 1, "pictures": [',
        {comparison_record.RECORD_MARK: 1, "pictures": [{}]},
        {comparison_record.RECORD_MARK: 1, "pictures": [picture(data="no base64")]},
        {comparison_record.RECORD_MARK: 1, "pictures": [picture(media_type="text/html")]},
        {comparison_record.RECORD_MARK: 1, "pictures": [picture(name="isodose")]},
        {comparison_record.RECORD_MARK: 1, "pictures": 3},
    ],
)
def test_a_damaged_record_is_one_sentence_and_loses_nothing_else(record: object, tmp_path: Path) -> None:
    contents = read_case(case_of(tmp_path, record))
    (problem,) = [p for p in contents.problems if "made.json" in p.path]
    assert "run isocenter plan again" in problem.sentence
    assert contents.compared_pictures == []
    assert "TechniqueComparison" in {type(row).__name__ for row in contents.rows}
