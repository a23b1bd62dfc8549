"""What a case states and nobody can read: no course is covered, and no line paid, that could rest on it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter.report.points import open_points
from isocenter.review.reviewer import Reviewer
from isocenter.terms.findings import ALL_WAS_READ, CourseRecommendation, LineRecommendation
from isocenter.terms.review import Review
from isocenter.workflow import review_case, review_each

_CLEAN = Path(__file__).parents[2] / "examples" / "prostate_clean"
Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def reviewer() -> Reviewer:
    return Reviewer(["imrt", "imrt_hospital", "ncci"])


def _replaced(old: str, new: str) -> Change:
    def change(case: Path) -> None:
        text = (case / "case.yaml").read_text(encoding="utf-8")
        assert old in text
        (case / "case.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _added(name: str, content: str | bytes) -> Change:
    data = content.encode() if isinstance(content, str) else content
    return lambda case: (case / name).write_bytes(data)


def _listed(text: str) -> Change:
    def change(case: Path) -> None:
        with (case / "case.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    return change


def _reviewed(folder: Path, change: Change, reviewer: Reviewer) -> Review:
    case = shutil.copytree(_CLEAN, folder / "case", copy_function=shutil.copy)
    change(case)
    return review_case(case, reviewer)


def test_a_role_in_place_of_each_name_is_a_name_that_was_withheld(tmp_path: Path, reviewer: Reviewer) -> None:
    def withhold(case: Path) -> None:
        text = (case / "case.yaml").read_text(encoding="utf-8")
        signed = re.compile(r"role: (\w+), signer: (?:\"[^\"]*\"|[^,}]*)")
        changed, count = signed.subn(lambda one: f"role: {one[1]}, signer: {one[1].replace('_', ' ')}", text)
        assert count > 20
        (case / "case.yaml").write_text(changed, encoding="utf-8")

    review = _reviewed(tmp_path, withhold, reviewer)
    assert review.recommendation is CourseRecommendation.COVER
    assert {line.recommendation for line in review.lines} == {LineRecommendation.PAY}
    assert not [problem for problem in review.problems if "signer" in problem.sentence]


def _described_again(day: str) -> Change:
    """The portals of a later plan, whose places are those of the description before it."""
    elements = "[{element: portal_count, detail: 2}, {element: portal_locations, detail: as before}]"
    again = f"{{document_id: D99, kind: portal_description, document_date: {day}, elements: {elements}}}"
    return _replaced("documents:\n", f"documents:\n  - {again}\n")


def test_places_that_are_as_before_are_those_of_an_earlier_description(tmp_path: Path, reviewer: Reviewer) -> None:
    review = _reviewed(tmp_path, _described_again("2024-04-01"), reviewer)
    assert review.recommendation is CourseRecommendation.COVER


_LOST = {
    "a limit that is not a number": _replaced("limit: 76", "limit: abc"),
    "a limit under a name that is none": _replaced("limit: 76", "limitt: 76"),
    "a limit in two values": _replaced("limit: 76", "limit: [76, 77]"),
    "a limit without its unit": _replaced('limit: 76, unit: "Gy"', 'limit: 76, unit: ""'),
    "a limit in the unit of another metric": _replaced('limit: 76, unit: "Gy"', 'limit: 76, unit: "cc"'),
    "a limit on what is no metric": _replaced('metric: "D95%"', 'metric: "D950%"'),
    "a row that is a sentence": _replaced("constraints:\n", "constraints:\n  - the cord stays below 45 Gy\n"),
    "limits under a name that is nearly one": _replaced("constraints:", "constraint:"),
    "rows under a name that is none": _listed("dose_limits:\n  - {structure: Cord, limit: 45}"),
    "a document of no known kind": _replaced("kind: simulation_record", "kind: simulaton"),
    "an element that no list knows": _replaced(
        "elements: [treatment_goals,", "elements: [no_such_goal, treatment_goals,"
    ),
    "the end of an attestation": _replaced("valid_from: 2014-01-01}", "valid_from: 2014-01-01, valid_to: 2024-02-30}"),
    "an earlier course": _listed("prior_irradiations:\n  - {site: pelvis, dose_gy: [50], ended_on: 2010-13-01}"),
    "a set-up of which the day is lost": _replaced(
        "image_guidance:\n", "image_guidance:\n  - {guided_on: 03/33/2024, method: ct}\n"
    ),
    "a verification": _listed("verifications:\n  - {plan_id: P1, kind: measurement, value: bad, unit: '%'}"),
    "a part of a plan": _listed("structure_roles:\n  Cord: [critical]"),
    "a limit below zero": _replaced("limit: 76", "limit: -76"),
    "a limit with a line in its number": _replaced("limit: 76", "limit: 7_6"),
    "a dose of cGy under the name of Gy": _replaced("prescribed_dose_gy: 78", "prescribed_dose_gy: 7800"),
    "no fraction": _replaced("planned_fractions: 39", "planned_fractions: 0"),
    "a shift below zero": _replaced("shift_mm: 4.3", "shift_mm: -9.3"),
    "a tolerance that nothing exceeds": _replaced("tolerance_mm: 5.0", "tolerance_mm: 1e9"),
    "a tolerance of nothing": _replaced("tolerance_mm: 5.0", "tolerance_mm: 0"),
    "a signature that names nobody": _replaced("signer: Dr. Ada Oncologist, ", ""),
    "a signature of blanks": _replaced("signer: Dr. Ada Oncologist", 'signer: "\\u200b\\u00a0"'),
    "places that are as before, before any description": _described_again("2024-03-01"),
    "a line of another member in the course": _added(
        "claim_lines.csv",
        "claim_line_id,claim_id,course_id,member_id,service_date,procedure_code,units\n"
        "X1,X,C-PROSTATE,M-2002,2024-03-26,77014,1\n",
    ),
    "claims of which the beginning of their file is left": _added(
        "late.837", f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*A*ZZ*B*240101*1200*^*00501*1*0*P*:~"
    ),
    "a signature by a title": _replaced("signer: Dr. Ada Oncologist", "signer: Dr."),
    "a signature by the words of another role": _replaced("signer: Dr. Ada Oncologist", "signer: medical physicist"),
    "a signature that is awaited": _replaced("signer: Dr. Ada Oncologist", "signer: not signed"),
    "an element that its detail denies": _replaced("- setup_verified", "- {element: setup_verified, detail: N}"),
    "a modifier that is none": _added(
        "more.csv",
        "claim_id,line_number,service_date,procedure_code,modifier_1,units,setting\n"
        "X1,1,2024-03-11,77334,5 9,1,professional\n",
    ),
    "a code in letters of another alphabet": _added(
        "more.csv",
        "claim_id,line_number,service_date,procedure_code,units,setting\n"
        "X1,1,2024-03-11,\uff17\uff17\uff13\uff10\uff11,1,professional\n",
    ),
    "a place of service that is none": _added(
        "more.csv",
        "claim_id,line_number,service_date,procedure_code,place_of_service,units,setting\n"
        "X1,1,2024-03-11,77300,1l,1,professional\n",
    ),
    "a row of a table": _added("fractions.csv", "fraction_number,delivered_on\n1,2024-03-18\n2,2024-99-19\n"),
    "a line of a claim": _added(
        "more.csv",
        "claim_id,line_number,service_date,procedure_code,units,setting\nX1,1,2024-33-11,77301,1,professional\n",
    ),
    "a file of a kind that is not read": _added("limits.docx", b"PK\x03\x04 nothing of it can be unpacked"),
    "a diagnosis in a letter of another alphabet": _replaced("icd10: C61", 'icd10: "\\u042161"'),
    "a folder in the place of a file": lambda case: (case / "constraints.csv").mkdir(),
    "an image that is none": _added("CT1.dcm", b"\x00" * 128 + b"DICM damaged"),
    "a page that is none": _added("chart.pdf", b"%PDF-1.4 damaged"),
    "a resource without its kind": _added(
        "chart.json", '{"resourceType": "Bundle", "entry": [{"resource": {"status": "active"}}]}'
    ),
}


@pytest.mark.parametrize("kind", _LOST)
def test_what_cannot_be_read_goes_to_a_person(tmp_path: Path, reviewer: Reviewer, kind: str) -> None:
    review = _reviewed(tmp_path, _LOST[kind], reviewer)
    assert review.problems
    assert review.recommendation in (CourseRecommendation.HUMAN_REVIEW, CourseRecommendation.DO_NOT_COVER)
    assert review.requires_clinician
    (point, *_) = (one for one in open_points(review, reviewer.rulebooks) if one.first.rule == ALL_WAS_READ)
    held = {line.claim_line_id for line in point.lines}
    assert held
    for line in review.lines:
        if line.claim_line_id in held:
            assert line.recommendation in (LineRecommendation.REVIEW, LineRecommendation.DENY)


def _cut_short(name: str, sop_class: str) -> Change:
    """A file of a plan whose head says what it is, and which ends there."""
    uid = sop_class.encode()
    return _added(name, b"\x00" * 128 + b"DICM\x02\x00\x02\x00UI" + len(uid).to_bytes(2, "little") + uid)


_STORAGE = "1.2.840.10008.5.1.4.1.1."


_NOTHING_LOST = {
    "the case as it is": Path.exists,
    "a column that nobody reads": _replaced("limit: 76", "remark_of_the_clerk: soft, limit: 76"),
    "a list that nobody filled in": _listed("structure_roles:\nprior_irradiations:\n"),
    "a row that says nothing": _listed("prior_irradiations:\n  -\n"),
    "a name outside the tables": _listed("note_of_the_clerk: call back on Monday"),
    "notes to the reader": _added("notes.md", "call back on Monday"),
    "a service of no rule in parts of a unit": _added(
        "claim_lines.csv",
        "claim_id,line_number,service_date,procedure_code,units,setting\nX1,1,2024-03-11,J9035,0.5,professional\n",
    ),
    "acceptance that nobody can read": _listed("accepted_differences:\n  - {item: [sex], reason: 7}"),
    "an image that no rule reads": _cut_short("CT1.dcm", f"{_STORAGE}2"),
    "a list that no rule in use reads": _listed("covered_diagnoses:\n  - {procedure_code: 77301, icd10: [C61]}"),
}


def test_a_dose_that_cannot_be_read_holds_the_lines_that_rest_on_it_alone(tmp_path: Path, reviewer: Reviewer) -> None:
    review = _reviewed(tmp_path, _cut_short("dose.dcm", f"{_STORAGE}481.2"), reviewer)
    (point,) = (one for one in open_points(review, reviewer.rulebooks) if one.first.rule == ALL_WAS_READ)
    held = {line.claim_line_id for line in point.lines}
    resting = {
        line
        for book in reviewer.rulebooks
        for rule in book.rules
        if "constraint_results" in rule.reads
        for line in review.affected_lines.get((rule.policy, rule.affects), ())
    }
    assert review.recommendation is CourseRecommendation.HUMAN_REVIEW
    assert resting <= held < {line.claim_line_id for line in review.lines}
    assert {line.recommendation for line in review.lines if line.claim_line_id in held} == {LineRecommendation.REVIEW}


@pytest.mark.parametrize("kind", _NOTHING_LOST)
def test_what_no_verdict_rests_on_holds_nothing(tmp_path: Path, kind: str) -> None:
    review = _reviewed(tmp_path, _NOTHING_LOST[kind], Reviewer(["imrt_hospital" if "no rule" in kind else "imrt"]))
    assert not [finding for finding in review.findings if finding.rule == ALL_WAS_READ]


def test_a_row_that_names_its_member_is_of_no_other(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    lines = ["A1,1,M1,2025-03-03,77301,1,professional", "B1,1,M2,2025-03-03,77301,1,professional"]
    lost = "B2,1,M2,2025-33-03,77301,1,professional"
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *lines, lost, ""]), encoding="utf-8")
    found = {review.course.member_id: review.recommendation for review in review_each(tmp_path, ["imrt"])}
    assert found["M2"] is CourseRecommendation.HUMAN_REVIEW
    assert found["M1"] is not CourseRecommendation.HUMAN_REVIEW


def test_a_chart_that_is_left_out_where_all_courses_are_reviewed_holds_each(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
    lines = [f"{member},1,{member},2025-03-03,77301,1,professional,medicare" for member in ("M1", "M2")]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    assert CourseRecommendation.HUMAN_REVIEW not in [one.recommendation for one in review_each(tmp_path, ["imrt"])]
    (tmp_path / "visit.txt").write_text("Visit of 2025-02-03. The patient was seen.\n", encoding="utf-8")
    found = [review.recommendation for review in review_each(tmp_path, ["imrt"])]
    assert found == [CourseRecommendation.HUMAN_REVIEW] * 2
