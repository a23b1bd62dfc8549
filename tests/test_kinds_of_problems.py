"""Problems are of a kind by the template of their sentence: what is counted and gathered takes no sentence apart."""

import pickle
from pathlib import Path

from isocenter.intake.case import read_case
from isocenter.terms.problems import LostLine, Problem, clause, gathered, joined, kind_of, worded
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit

_UNITS = "{code} is billed with {units!r} units; a whole number is expected"


def test_the_kind_of_a_sentence_has_no_values_and_that_of_its_parts() -> None:
    part = worded(_UNITS, code="77301", units="{0}")
    whole = worded("claim {number}: {part}; {what}", number="A'1", part=part, what=clause("the line is not kept"))
    assert whole == "claim A'1: 77301 is billed with '{0}' units; a whole number is expected; the line is not kept"
    assert whole.kind == "claim …: … is billed with … units; a whole number is expected; the line is not kept"
    assert kind_of("a plain text of 5") == "a plain text of 5"
    assert joined([part, "and more"]).kind == f"{part.kind}; and more"
    assert pickle.loads(pickle.dumps(LostLine("a", "b", whole))).kind == whole.kind


def test_problems_of_one_kind_are_gathered_and_others_are_not() -> None:
    flood = [Problem("c.csv", f"line {n}", worded(_UNITS, code="77301", units=n / 2)) for n in range(5)]
    others = [Problem("c.csv", "line 9", f"row {n} is odd") for n in range(5)]
    first, *rest = gathered([*flood, *others])
    assert first.sentence.endswith("The same holds for 4 more places (last: line 4).")
    assert rest == others


def test_mistakes_of_one_kind_in_an_837_share_it_whatever_claim_line_and_value_they_name(tmp_path: Path) -> None:
    segments = [segment.replace("*UN*1*", "*UN*0*") for segment in PROFESSIONAL]
    (tmp_path / "c.837").write_bytes(delimit(segments))
    (tmp_path / "d.csv").write_text(
        "claim_line_id,claim_id,member_id,service_date,procedure_code,units,setting\n"
        "L1,B1,M1,2024-03-05,77301,1,professional\nL2,B1,M1,2024-03-05,77301,0.5,professional\n"
    )
    lost = [problem for problem in read_case(tmp_path).problems if isinstance(problem, LostLine)]
    kinds = {problem.kind for problem in lost if problem.path == "c.837"}
    assert len([problem for problem in lost if problem.path == "c.837"]) > 1
    assert kinds == {
        "claim … line …: SV1 gives … units of …; a whole number above zero is expected; the line is not kept"
    }
    assert {problem.kind for problem in lost if problem.path == "d.csv"} == {
        "units is …; expected a whole number from 1; the line was left out"
    }
