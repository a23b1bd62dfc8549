"""Claim numbers that end with a version: the last one counts where versions bill the same again, else all do."""

from pathlib import Path

import pytest
from tests.screening.claims_files import Split, rows_of, split_of

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.claim_versions import Ends
from isocenter.intake.bulk.proposing import propose
from isocenter.intake.case import read_case
from isocenter.intake.claims_table import read
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem

HEADER = "claim_no,line,mbr_id,svc_dt,proc_cd,units,chrg,pos"


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows, ""]))
    return path


def claim(number: str, *services: str, units: int = 1, member: str = "M1") -> list[str]:
    """The rows of a claim, each service a code and a day."""
    return [
        f"{number},{place},{member},{service.split()[1]},{service.split()[0]},{units},{units * 500},11"
        for place, service in enumerate(services, start=1)
    ]


PLAN, FIRST, SECOND = "77301 02/24/2025", "G6015 03/03/2025", "G6015 03/04/2025"


def split(folder: Path, *claims: list[str]) -> Split:
    return split_of(folder / "out", table(folder / "claims.csv", *(row for rows in claims for row in rows)))


@pytest.mark.parametrize(
    ("first", "later", "last"),
    [
        ("5001-00", "5001-01", "5001-02"),
        ("5001", "5001A1", "5001A2"),
        ("5001", "5001_01", "5001_10"),
        ("5001", "5001R1", "5001R2"),
    ],
)
def test_the_last_version_of_a_claim_counts(tmp_path: Path, first: str, later: str, last: str) -> None:
    found = split(
        tmp_path,
        claim(later, PLAN, FIRST, units=2),
        claim(last, PLAN, FIRST, SECOND),
        claim(first, PLAN, FIRST, units=3),
        claim("7001-00" if "-" in first else "7001", PLAN, member="M2"),
    )
    assert (found.counts.kept, found.counts.left_out) == (4, 4)
    assert {row["claim_id"] for row in found.lines if row["member_id"] == "M1"} == {last}
    assert [row["units"] for row in found.lines] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "claims",
    [
        # Weeks of one account.
        [claim("5001-01", PLAN, FIRST), claim("5001-02", SECOND)],
        # One account is corrected, the weeks of another are counted: what the ends mean is not certain.
        [
            *[claim("5001-01", PLAN, FIRST), claim("5001-02", PLAN, FIRST)],
            *[claim("6001-01", PLAN, member="M2"), claim("6001-02", FIRST, member="M2")],
        ],
        # Two members.
        [claim("5001-01", PLAN, FIRST), claim("5001-02", PLAN, FIRST, member="M2")],
    ],
)
def test_ends_of_numbers_that_are_no_versions_leave_every_claim(tmp_path: Path, claims: list[list[str]]) -> None:
    found = split(tmp_path, *claims)
    assert (found.counts.kept, found.counts.left_out) == (sum(map(len, claims)), 0)


def of_two_providers(first: str, second: str) -> list[str]:
    """Versions of the first's claims, and weeks of the second's accounts, which are as many."""
    versions = [row for n in range(3) for end in ("00", "01") for row in claim(f"500{n}-{end}", PLAN, member=f"M{n}")]
    weeks = [
        row
        for n in range(3)
        for end, service in (("01", FIRST), ("02", SECOND))
        for row in claim(f"600{n}-{end}", service, member=f"M{n}")
    ]
    return [*(f"{row},{first}" for row in versions), *(f"{row},{second}" for row in weeks)]


def test_each_provider_numbers_claims_in_its_own_way(tmp_path: Path) -> None:
    rows = of_two_providers("1999999984", "1999999950")
    file = table(tmp_path / "claims.csv", *rows, header=f"{HEADER},bill_npi")
    found = split_of(tmp_path / "out", file)
    expected = {*(f"500{n}-01" for n in range(3)), *(f"600{n}-{end}" for n in range(3) for end in ("01", "02"))}
    assert {row["claim_id"] for row in found.lines} == expected
    assert (found.counts.kept, found.counts.left_out) == (9, 3)
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert any("all claims of 1999999950 count" in remark for remark in remarks)
    assert {row.claim_id for row in read_case(file).rows if isinstance(row, ClaimLine)} == expected


@pytest.mark.parametrize(
    ("exempt", "said"),
    [
        (("",), "all claims of no billing provider count"),
        (("1", "2", "3", "4"), "all claims of 1, 2, 3 and others count"),
    ],
)
def test_the_providers_all_of_whose_claims_count_are_named(exempt: tuple[str, ...], said: str) -> None:
    assert Ends("-01", 9, 0, exempt).sentence.endswith(said)


def test_each_provider_numbers_claims_in_its_own_way_in_several_tables(tmp_path: Path) -> None:
    rows = of_two_providers("1999999984", "1999999950")
    (folder := tmp_path / "case").mkdir()
    for number in (0, 1):  # the versions of a claim are in a table each
        table(folder / f"{number}.csv", *rows[number::2], header=f"{HEADER},bill_npi")
    claims = {row.claim_id for row in read_case(folder).rows if isinstance(row, ClaimLine)}
    assert claims == {*(f"500{n}-01" for n in range(3)), *(f"600{n}-{end}" for n in range(3) for end in ("01", "02"))}


def test_a_version_that_is_taken_back_line_by_line_is_left_to_its_reversal(tmp_path: Path) -> None:
    found = split(tmp_path, claim("5001-00", PLAN), claim("5001-01", PLAN, units=-1), claim("5001-02", PLAN))
    assert found.counts.left_out == 0


def test_a_mapping_may_say_that_numbers_end_with_versions(tmp_path: Path) -> None:
    about = (
        '[claim_lines]\nclaim_id = "claim_no"\nline_number = "line"\nmember_id = "mbr_id"\nprocedure_code = "proc_cd"\n'
        'units = "units"\nservice_date = {column = "svc_dt", date_format = "%m/%d/%Y"}\n'
        'setting = {constant = "professional"}\n'
    )
    mapping = tmp_path / "mapping.toml"
    first = table(tmp_path / "a.csv", *claim("5001-00", PLAN, units=2))
    later = table(tmp_path / "b.csv", *claim("5001-01", PLAN))
    mapping.write_text('version_suffix = "-01"\n' + about)
    found = split_of(tmp_path / "out", first, later, mapping=mapping)
    assert [row["claim_id"] for row in found.lines] == ["5001-01"]
    mapping.write_text('version_suffix = "v"\n' + about)
    with pytest.raises(UnreadableInput, match="version_suffix is 'v'; expected one of -01, A1, by all rows"):
        split_of(tmp_path / "again", first, mapping=mapping)


@pytest.mark.parametrize(
    ("numbers", "kept"), [(("5001-00", "5001-01"), ["5001-01"]), (("5001-00", "5002-01"), ["5001-00", "5002-01"])]
)
def test_a_mapping_that_was_proposed_leaves_it_to_all_rows_whether_numbers_end_with_versions(
    tmp_path: Path, numbers: tuple[str, str], kept: list[str]
) -> None:
    files = [table(tmp_path / f"{number}.csv", *claim(number, PLAN)) for number in numbers]
    columns, row = HEADER.split(","), claim(numbers[0], PLAN)[0].split(",")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(propose(columns, [row]).text, encoding="utf-8")
    found = split_of(tmp_path / "out", *files, mapping=mapping)
    assert sorted(str(line["claim_id"]) for line in found.lines) == kept


def test_adjusted_claims_that_name_their_original_are_its_versions(tmp_path: Path) -> None:
    numbers = [("C7", "", 0), ("C9", "C7", 1), ("C3", "C7", 2)]
    rows = [f"{row},{seq},{original}" for number, original, seq in numbers for row in claim(number, PLAN, FIRST)]
    found = split_of(tmp_path / "out", table(tmp_path / "claims.csv", *rows, header=f"{HEADER},ADJ_SEQ,ORIG_CLM_ID"))
    assert ({row["claim_id"] for row in found.lines}, found.counts.left_out) == ({"C3"}, 4)


def test_one_case_counts_the_last_version_too_and_says_so(tmp_path: Path) -> None:
    own = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    rows = [f"5001-0{version},1,M1,2025-02-24,77301,{2 - version},professional" for version in (0, 1)]
    found = list(read(table(tmp_path / "claims.csv", *rows, header=own)))
    assert [(row.claim_id, row.units) for row in found if isinstance(row, ClaimLine)] == [("5001-01", 1)]
    assert any("a later version of the claim was supplied" in row.sentence for row in found if isinstance(row, Problem))


def test_versions_that_lie_in_a_file_each_are_found_whatever_the_names_of_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    files = [
        table(folder / "c.csv", *claim("5001", PLAN, FIRST, units=3)),
        table(folder / "b.csv", *claim("5001A1", PLAN, FIRST, units=2), *claim("7001", PLAN, member="M2")),
        table(folder / "a.csv", *claim("5001A2", PLAN, FIRST)),
    ]
    found = split_of(tmp_path / "out", *files)
    assert sorted((row["claim_id"], row["units"]) for row in found.lines) == [("5001A2", 1)] * 2 + [("7001", 1)]
    contents = read_case(folder)
    assert {row.claim_id for row in contents.rows if isinstance(row, ClaimLine)} == {"5001A2", "7001"}
    assert "rows of earlier versions that were left out: 4" in contents.problems[-1].sentence


def test_weeks_of_one_account_in_a_file_each_are_no_versions(tmp_path: Path) -> None:
    files = [table(tmp_path / f"{week}.csv", *claim(f"5001-0{week}", f"G6015 03/0{week}/2025")) for week in (3, 4, 5)]
    assert split_of(tmp_path / "out", *files).counts.kept == 3


def others(count: int = 3_100) -> list[str]:
    """Claims of which each is the only one of its number."""
    return [f"X{n},1,N{n},02/24/2025,77301,1,500,11" for n in range(count)]


@pytest.mark.parametrize(("first", "later"), [("5001-00", "5001-01"), ("5001", "5001A1")])
def test_versions_that_the_first_rows_do_not_show_are_found(tmp_path: Path, first: str, later: str) -> None:
    file = table(tmp_path / "claims.csv", *others(), *claim(first, PLAN, FIRST, units=3), *claim(later, PLAN, FIRST))
    found = split_of(tmp_path / "out", file)
    assert found.counts.left_out == 2
    assert [(row["claim_id"], row["units"]) for row in found.lines if row["member_id"] == "M1"] == [(later, 1)] * 2


def test_weeks_that_the_first_rows_do_not_show_keep_every_claim_and_are_named(tmp_path: Path) -> None:
    corrected = [*claim("5001-00", PLAN, FIRST), *claim("5001-01", PLAN, FIRST)]
    weeks = [*claim("6001-00", FIRST, member="M2"), *claim("6001-01", SECOND, member="M2")]
    file = table(tmp_path / "claims.csv", *corrected, *others(), *weeks)
    found = split_of(tmp_path / "out", file)
    assert found.counts.left_out == 0
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/values-*.parquet")]
    assert any(
        "differ only in an ending such as -01, some bill the same services again (1 of 2" in one for one in remarks
    )
    said = [row.sentence for row in read(file) if isinstance(row, Problem)]
    assert any("so all of them count" in one for one in said)


def test_one_claim_of_other_services_among_many_versions_is_a_version_too_and_is_counted(tmp_path: Path) -> None:
    corrected = [row for n in range(9) for end in "01" for row in claim(f"50{n}1-0{end}", PLAN, member=f"M{n}")]
    other = [*claim("6001-00", FIRST, member="N1"), *claim("6001-01", SECOND, member="N1")]
    found = split_of(tmp_path / "out", table(tmp_path / "claims.csv", *corrected, *other))
    assert (found.counts.kept, found.counts.left_out) == (10, 10)
    assert {row["claim_id"][-1] for row in found.lines} == {"1"}
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/values-*.parquet")]
    assert any("of claims 9 of 10 that were compared bill again" in one for one in remarks)


def test_versions_in_tables_of_other_columns_are_versions_of_one_claim(tmp_path: Path) -> None:
    first = table(tmp_path / "a.csv", *claim("5001-00", PLAN, FIRST, units=3))
    own = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    later = [f"5001-01,{n},M1,{day},{code},1,professional" for n, (code, day) in
             enumerate([("77301", "2025-02-24"), ("G6015", "2025-03-03")], start=1)]  # fmt: skip
    found = split_of(tmp_path / "out", first, table(tmp_path / "b.csv", *later, header=own))
    assert [(row["claim_id"], row["units"]) for row in found.lines] == [("5001-01", 1)] * 2
