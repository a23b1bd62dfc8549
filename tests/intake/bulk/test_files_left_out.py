"""A folder of claims: each file is read or named for what it is, and a file that may hold claims is told apart."""

from pathlib import Path

import pytest
from tests.intake.x12_samples import SAMPLES
from tests.screening.claims_files import HEADER, ROW, write_csv

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.terms.problems import LostLine, Unread


@pytest.mark.parametrize("name", ["_week3.csv", "_x/claims.csv", "_success.csv"])
def test_a_name_that_begins_with_an_underscore_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    claims = write_csv(tmp_path / name, ROW)
    found = look_for_sources([str(tmp_path)])
    assert [source.files for source in found.sources] == [(claims,)]
    assert not found.problems


@pytest.mark.parametrize("name", ["weekly.json", "weekly.md", "weekly.html"])
def test_claims_are_known_by_their_beginning_and_not_by_the_name_of_a_note(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes((SAMPLES / "professional.837").read_bytes())
    assert [source.kind for source in look_for_sources([str(tmp_path)]).sources] == [Kind.X12]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("export.json", '[{"claim_id": "A2", "member_id": "M1", "CPT": "77301", "units": 1}]', "it is a JSON file"),
        ("export.xls", "<html><table><tr><td>A2</td></tr></table></html>", "a page for a browser"),
        ("export.sas7bdat", "\0\0\0\0claims\0", "not a known format"),
        ("export.csv", ROW, "line 1 reads as a row of claims, and no line above it names the columns"),
        ("export.csv", f"{ROW},,,\n{ROW},,,", "line 1 reads as a row of claims"),
        ("export.txt", f"{HEADER}\n{ROW}".replace(",", "   "), "its columns are separated by spaces alone"),
        ("export.csv", f"{HEADER},units\n{ROW},1", "the column units appears twice"),
    ],
)  # fmt: skip
def test_a_file_that_may_hold_claims_and_cannot_be_read_is_missed(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    (tmp_path / name).write_text(content, encoding="utf-8")
    (problem,) = look_for_sources([str(tmp_path)]).problems
    assert isinstance(problem, Unread)
    assert said in problem.sentence


@pytest.mark.parametrize(
    "content",
    [
        "Who,When,What,Qty\nM1,2024-03-05,77301,1\nM1,2024-03-06,77338,1\n",
        "DOS,CPT,Charge\n3/5/2024,77301,2400\n3/6/2024,77338,900\n",
        "Patient ID,DOS,CPT\nM1,3/5/2024,77301\n",
    ],
)
def test_codes_on_days_under_names_that_say_too_little_are_missed(content: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    (tmp_path / "more.csv").write_text(content, encoding="utf-8")
    (problem,) = look_for_sources([str(tmp_path)]).problems
    assert isinstance(problem, Unread)
    assert "fit no known layout of claims" in problem.sentence


def _downward(services: int) -> str:
    """A claim of some services, each field on a line of its own."""
    lines = ["Field,Value", "Claim Number,A1", "Member ID,M1", "Billing NPI,1999999984"]
    for number in range(1, services + 1):
        name = f"Line {number} " if services > 1 else ""
        lines += [f"{name}Date of Service,2025-03-0{number}", f"{name}CPT,G6015", f"{name}Units,1", f"{name}Charge,520"]
    return "\n".join([*lines, ""])


_LABELLED = """Claim Number: A1
Patient: Orrin Vale
Member ID: M1
Billing Provider: Lakefront Oncology, NPI 1999999984

Service line 1
CPT: 77301
Date of Service: 03/03/2025
Units: 1
Charges: $2,400.00
"""
_LABELLED_SIDE_BY_SIDE = """CLAIM 20931 | MEMBER: M1
DOS: 03/03/2025 | CPT: 77301 | Units: 1 | Charge: 2,400.00
DOS: 03/10/2025 | CPT: G6015 | Units: 1 | Charge: 700.00
"""
_FIXED_WIDTH = """A1        1   M1          2025-03-03  77301  1     2400.00   11
A2        1   M1          2025-03-10  G6015  1      700.00   11
"""
_RUN_TOGETHER = """A1        0001M1          20250303773010001 0002400.00000011
A2        0001M1          20250310G60150001 0000700.00000011
"""
_PAGE_OF_A_CHART = """MRN: M1
Visit: 12
Date of Service: 03/10/2025
CPT: 77427
Units: 1
Physician: Ada Lorne, MD
"""
_WHY = "Statement of need: The target is three millimeters from the rectum, and bends around it on both sides.\n"


@pytest.mark.parametrize(
    "more",
    [
        "",
        "Charge captured: yes\n",
        "Charge: entered\n",
        "Reference claim number: none\n",
        f"Claim number: A1\nCharge: $2,400.00\n{_WHY}",
    ],
)
def test_a_page_of_a_chart_that_names_a_code_is_no_claim(tmp_path: Path, more: str) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    page = tmp_path / "visit.txt"
    page.write_text(f"{_PAGE_OF_A_CHART}{more}", encoding="utf-8")
    contents = read_case(tmp_path)
    assert (contents.lines_lost, contents.chart_files, contents.problems) == (0, [page], [])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("settings.json", '{"theme": "dark"}', "it is a JSON file"),
        ("notes.md", "# Claims of March", "it does not hold claims"),
        ("letter.txt", "The claim of the member was sent with its code and units on Monday", "a column has no name"),
        ("page.html", "<!doctype html><title>x</title>", "it is a page for a browser"),
        ("empty.csv", "", "the file is empty"),
        ("twice.csv", "when,who,who\nMonday,Ada,Bo\n", "the column who appears twice"),
        (
            "columns.csv",
            "Field,Meaning\nClaim Number,of the claim\nMember ID,of the card\nCPT,77301\nUnits,of service\nDOS,a day\n",
            "none of its columns is known to be one of claims",
        ),
        ("enclosed.txt", "Enclosed\n1. Consult, 02/10/2025\n2. Plan, signed\n", "none of its columns is known to be"),
    ],
)
def test_what_holds_no_claims_is_a_remark(name: str, content: str, said: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    (tmp_path / name).write_text(content, encoding="utf-8")
    (problem,) = look_for_sources([str(tmp_path)]).problems
    assert not isinstance(problem, Unread)
    assert said in problem.sentence


def test_claims_of_fixed_width_are_named_before_the_list_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "claims.dat").write_text(_FIXED_WIDTH, encoding="utf-8")
    (tmp_path / "columns.csv").write_text("Field,Start,Length\nCLAIM,1,10\nDOS,28,10\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"claims\.dat: its rows have columns of fixed width"):
        look_for_sources([str(tmp_path)])


def test_a_folder_without_claims_says_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "chart.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(
        UnreadableInput, match=r"no claims are in the folder; expected .*; chart\.pdf: it is a PDF file"
    ):
        look_for_sources([str(tmp_path)])


def test_a_table_whose_columns_are_named_by_days_has_its_names(tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    table.write_text(f"{HEADER},2024-03-05\n{ROW},x\n", encoding="utf-8")
    assert look_for_sources([str(table)]).sources[0].columns[-1] == "2024-03-05"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("more.csv", ROW, "line 1 reads as a row of claims"),
        ("more.txt", f"{HEADER}\n{ROW}".replace(",", "   "), "its columns are separated by spaces alone"),
        ("more.csv", f"{HEADER},units\n{ROW},1", "the column units appears twice"),
        ("more.csv", _downward(1), "its fields are listed one below the other; write their names side by side"),
        ("more.txt", _downward(3).replace(",", "\t"), "its fields are listed one below the other"),
        ("more.txt", _LABELLED, "it is a claim written as text, a label before each value; export the claim as X12"),
        ("more.dat", _FIXED_WIDTH, "its rows have columns of fixed width and no line names them; put one list"),
        ("more.dat", _RUN_TOGETHER, "its rows have columns of fixed width"),
        ("more.txt", _LABELLED_SIDE_BY_SIDE, "it is a claim written as text"),
    ],
)
def test_a_review_holds_the_course_for_claims_without_a_header_and_says_why(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    alone = tmp_path / name
    alone.write_text(content, encoding="utf-8")
    contents = read_case(tmp_path)
    (problem,) = contents.problems
    assert isinstance(problem, LostLine)
    assert said in problem.sentence
    assert (contents.lines_lost, contents.chart_files) == (1, [])
    with pytest.raises(UnreadableInput, match=said):
        read_case(alone)


@pytest.mark.parametrize(
    "day", ["45356", "45356.0", "05-MAR-2024", "5Mar24", "Mar 5, 2024", "03-05-2024", "03052024", "2024/03/05 00:00:00"]
)
@pytest.mark.parametrize("code", ["77301", "77301-26"])
def test_lines_without_a_header_are_missed_however_they_write_their_day(day: str, code: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    (tmp_path / "more.csv").write_text(f"50002,1,M1,{day},{code},,1,2400,1999999984,11\n", encoding="utf-8")
    (problem,) = look_for_sources([str(tmp_path)]).problems
    assert isinstance(problem, Unread)
    assert "line 1 reads as a row of claims" in problem.sentence
    assert [type(one) for one in read_case(tmp_path).problems] == [LostLine]


def test_a_note_of_the_chart_that_names_codes_and_days_stays_a_chart(tmp_path: Path) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    note = tmp_path / "note.txt"
    note.write_text("03/05/2024, 77301, plan approved\nClaim, member, code and units were checked.\n", encoding="utf-8")
    assert read_case(tmp_path).chart_files == [note]


def test_lines_whose_member_is_in_another_table_are_to_be_joined_with_it(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text("CLAIM_ID,MEMBER_ID,BILL_NPI,LOB\nA1,M1,1999999984,MEDICARE\n")
    (tmp_path / "services.csv").write_text("CLAIM_ID,LINE,DOS,CPT,QTY,POS\nA1,1,2024-03-05,77301,1,11\n")
    joined = (
        r"services\.csv: .*no column is known to hold member_id; claims\.csv states member_id by claim: join the two"
    )
    with pytest.raises(UnreadableInput, match=joined):
        look_for_sources([str(tmp_path)])
    with pytest.raises(UnreadableInput, match=r"nothing to review: services\.csv: .*no column .* member_id"):
        read_case(tmp_path)
