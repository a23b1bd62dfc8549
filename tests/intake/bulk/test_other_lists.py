"""Tables beside claims that list no services are named and cost nothing; what may be of a course goes to a person."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.intake.x12_samples import PROFESSIONAL, delimit

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.other_lists import what_is_listed
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.terms.problems import Unread


@pytest.mark.parametrize(
    ("header", "listed"),
    [
        ("Member ID,Name,DOB,Coverage Start,Coverage End,Payer,Status", "members and their coverage"),
        ("SUBSC_NO,GROUP_NO,EFF_DT,TERM_DT", "members and their coverage"),
        ("MBR_ID,NAME,DOB,GENDER,ZIP", "members"),
        ("Auth Number,Member ID,Procedure Code,Units Approved,Start Date,End Date", "authorizations"),
        ("AUTH_NUMBER,MEMBER_ID,CPT,FROM_DATE,TO_DATE,UNITS,STATUS", "authorizations"),
        ("CPT,Modifier,Fee Schedule Amount", "prices of procedures"),
        ("NPI,Provider Name,Taxonomy", "providers"),
        ("Appt Date,Patient ID,CPT,Provider,Status", "appointments"),
        ("Patient ID,Appointment Time,Location", "appointments"),
        ("Claim ID,Check Number,Paid Date,Paid Amount", "payments"),
    ],
)
def test_what_lists_no_services_is_known_by_its_columns(header: str, listed: str) -> None:
    assert what_is_listed(header.split(",")) == f"it lists {listed} and no services"


_REMITTANCE = "Payer,Check/EFT,Patient,Claim,DOS,Proc,Qty,Billed,Allowed,Deduct,Adj,Reason,Prov Pd"


def test_what_a_payer_paid_by_service_is_no_claim_in_a_review_nor_in_a_screening(tmp_path: Path) -> None:
    (tmp_path / "claims.837").write_bytes(delimit(PROFESSIONAL))
    row = "MEDICARE,E1,DOE,P1001,01/10/2025,77301,1,4210,900,0,3310,CO45,900"
    (tmp_path / "era.csv").write_text(f"{_REMITTANCE}\n{row}\n")
    contents = read_case(tmp_path)
    for problems in (contents.problems, look_for_sources([str(tmp_path)]).problems):
        (problem,) = [one for one in problems if Path(one.path).name == "era.csv"]
        assert not isinstance(problem, Unread)
        assert problem.sentence.startswith("it lists payments for services, as a remittance does, and bills none")
    assert contents.lines_lost == 0


def test_an_extract_of_paid_claims_that_says_no_reason_of_an_adjustment_is_no_remittance() -> None:
    columns = "claim_id,member_id,dos,cpt,units,charge,allowed,paid_amount,check_date,deductible,coinsurance"
    assert what_is_listed(columns.split(",")) == ""


@pytest.mark.parametrize("of_a_bill", ["POS", "Revenue Code", "Dx1", "Form Type"])
def test_payments_beside_what_a_bill_has_are_no_remittance(of_a_bill: str) -> None:
    assert what_is_listed([*_REMITTANCE.split(","), of_a_bill]) == ""


@pytest.mark.parametrize(
    "header",
    [
        "MRN,Treatment Date,Dose,Fraction",
        "Patient ID,Plan Name,Approved On,Effective Date",
        "Patient ID,Physician,Effective Date,End Date",
        "Claim,DOS,CPT,Units,Auth Number",
        "Ref,Auth Number,Member ID,DOS,CPT,Units",
        "Ref,Auth Number,Member ID,From Date,Thru Date,CPT,Units,Billed Amount",
        "Ref,Auth Number,Member ID,DOS,CPT,POS",
        "CPT,Charge,Patient ID",
        "Ref,Person,When,CPT,Qty,Charge",
        "note,author",
        "Member ID,Birth Date,DOS,Units",
        "Member ID,Name",
        "Appt Date,Patient ID,Machine,Fraction",
        "Appt Date,Patient ID,CPT,Charge",
        "Appointment,Claim,CPT,DOS,Units",
    ],
)
def test_what_may_state_services_or_facts_of_a_course_is_left_to_a_person(header: str) -> None:
    assert what_is_listed(header.split(",")) == ""


def test_a_review_and_a_screening_remark_on_such_a_list_and_hold_no_course_for_it(tmp_path: Path) -> None:
    (tmp_path / "claims.837").write_bytes(delimit(PROFESSIONAL))
    (tmp_path / "roster.csv").write_text("Member ID,Coverage Start,Coverage End\nM1,1/1/2024,12/31/2025\n")
    (tmp_path / "fees.csv").write_text("Fees of 2025,,\nAll of them in dollars,,\nCPT,Modifier,Fee\n77301,,1800\n")
    (tmp_path / "auths.csv").write_text("Auth No,Member ID,CPT,Start Date,End Date\nU1,M1,77301,2/1/2025,5/1/2025\n")
    expected = {
        ("roster.csv", "it lists members and their coverage and no services; it was left out"),
        ("auths.csv", "it lists authorizations and no services; it was left out"),
        ("fees.csv", "it lists prices of procedures and no services; it was left out"),
    }
    for problems in (read_case(tmp_path).problems, look_for_sources([str(tmp_path)]).problems):
        of_lists = [one for one in problems if one.path.endswith(".csv")]
        assert {(Path(one.path).name, one.sentence) for one in of_lists} == expected
        assert not any(isinstance(one, Unread) for one in of_lists)


def test_a_list_alone_is_refused_by_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "fees.csv"
    file.write_text("CPT,Fee\n77301,1800\n")
    for read in (read_case, lambda path: look_for_sources([str(path)])):
        with pytest.raises(UnreadableInput, match="it lists prices of procedures and no services"):
            read(file)


def test_a_roster_of_a_payer_is_not_taken_for_our_table_of_members_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "claims.837").write_bytes(delimit(PROFESSIONAL))
    roster = tmp_path / "members.csv"
    roster.write_text("MEMBER_ID,LAST_NAME,FIRST_NAME,DOB,GENDER\nM1,Doe,Jane,1/1/1950,F\n")
    said = {one.path: one.sentence for one in read_case(tmp_path).problems}
    assert said["members.csv"] == "it lists members and no services; it was left out"
    roster.write_text("member_id,family_name,birthday,sex\nM1,Doe,1950-01-01,F\n")
    with pytest.raises(UnreadableInput, match="members has no column birthday"):
        read_case(tmp_path)


@pytest.mark.parametrize(
    ("name", "columns", "listed"),
    [
        ("members", ("member_id", "first_name", "birth_date", "gender"), "members"),
        ("fees", ("CPT", "Fee"), "prices of procedures"),
    ],
)
def test_a_list_in_parquet_is_known_as_one_in_csv(
    tmp_path: Path, name: str, columns: tuple[str, ...], listed: str
) -> None:
    (tmp_path / "claims.837").write_bytes(delimit(PROFESSIONAL))
    pq.write_table(pa.table({column: ["1"] for column in columns}), tmp_path / f"{name}.parquet")
    contents = read_case(tmp_path)
    said = {one.path: one.sentence for one in contents.problems}
    assert said[f"{name}.parquet"] == f"it lists {listed} and no services; it was left out"
    assert contents.lines_lost == 0


def test_services_without_a_claim_number_are_not_passed_over_for_the_authorization_that_they_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "claims.837").write_bytes(delimit(PROFESSIONAL))
    (tmp_path / "more.csv").write_text(
        "Ref,Auth Number,Member ID,DOS,CPT,Units,Billed\n7,U1,M1,2/3/2025,77301,1,900.00\n"
    )
    for problems in (read_case(tmp_path).problems, look_for_sources([str(tmp_path)]).problems):
        (problem,) = [one for one in problems if one.path.endswith("more.csv")]
        assert isinstance(problem, Unread)
