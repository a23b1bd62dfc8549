"""Tables of payers: which column holds what is proposed from names and values, and asked where either is in doubt."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.screening.claims_files import Split, rows_of, split_of

from isocenter.intake.bulk.proposing import propose
from isocenter.intake.bulk.sources import UnknownLayout, find_sources
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine

_DAY = date(2025, 2, 24)


def table(path: Path, text: str) -> Path:
    """A table whose cells are separated by bars, written with commas."""
    lines = [",".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Split:
    return split_of(folder / "out", table(folder / "claims.csv", text))


@pytest.mark.parametrize("name", ["billing_npi", "rendering_npi"])
def test_an_npi_that_a_spreadsheet_rounded_names_nobody_and_leaves_its_member_to_a_person(
    tmp_path: Path, name: str
) -> None:
    numbers = {
        **{"1.99999E+09": "", "1999999984.0": "1999999984", "NPI 1999999984": "1999999984", "K-12": "K-12"},
        "1.999999984E+09": "1999999984",
    }
    rows = [
        f"L{place},A,M1,2025-02-{22 + place},G6015,1,professional,{written}"
        for place, written in enumerate(numbers, start=1)
    ]
    header = f"claim_line_id,claim_id,member_id,service_date,procedure_code,units,setting,{name}"
    path = tmp_path / "claim_lines.csv"
    path.write_text("\n".join([header, *rows, ""]))
    case = read_case(path)
    assert [getattr(row, name) for row in case.rows if isinstance(row, ClaimLine)] == [*numbers.values()]
    assert [(lost.column, lost.place) for lost in case.values_lost] == [(name, "line 2")]
    assert case.problems[0].sentence.startswith(f"{name} is '1.99999E+09'; expected all of its digits")
    folder = tmp_path / "out"
    found = split_of(folder, path)
    assert {row["service_date"].day - 22: row[name] for row in found.lines} == dict(enumerate(numbers.values(), 1))
    remarks = {row["place"]: row["remark"] for row in rows_of(folder, "remarks/*.parquet")}
    assert remarks[name] == "its values could not be read and were left empty; lines: 1"
    (held,) = rows_of(folder, "open_lines/*.parquet")
    assert held["place"] == "row 1"


def test_a_payers_table_is_read_by_its_short_names(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        CLM_NBR|LN|MBR_ID|SVC_FROM_DT|SVC_THRU_DT|PROC_CD|MOD1|MOD2|QTY|POS|BILL_NPI|RNDRNG_NPI|CHRG|ALWD_AMT|DX1|CLM_TYP
        C1|1|M1|02/24/2025|02/24/2025|77301|||1|11|1999999984|1999999976|$2400.00|(1200.00)|C61|P
        C1|2|M1|03/03/2025|03/07/2025|g6015|59|TC|5.0|22.0|1999999984||900||C61|P
        """,
    )
    assert found.values("claim_line_id") == ["C1-1", "C1-2"]
    assert found.values("service_date") == [_DAY, date(2025, 3, 3)]
    assert found.values("last_service_date") == [_DAY, date(2025, 3, 7)]
    assert found.values("procedure_code") == ["77301", "G6015"]
    assert found.values("modifier_2") == ["", "TC"]
    assert found.values("place_of_service") == ["11", "22"]
    assert found.values("setting") == ["professional"] * 2
    assert found.values("allowed_amount") == [-1200.0, None]
    assert found.values("diagnoses") == ["C61", "C61"]


def test_a_table_with_revenue_codes_is_institutional_and_its_type_of_bill_is_joined(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        CLM_ID|CLM_LINE_NUM|BENE_ID|CLM_THRU_DT|REV_CNTR_DT|HCPCS_CD|REV_CNTR|REV_CNTR_UNIT_CNT|CLM_FAC_TYPE_CD|CLM_SRVC_CLSFCTN_TYPE_CD|CLM_FREQ_CD
        9|1|B1|20250430|20250224|77301|333|1|1|3|1
        9|2|B1|20250430|20250303|77386|0333|1|1|3|7
        """,
    )
    assert found.values("setting") == ["institutional"] * 2
    assert found.values("bill_type") == ["131", "137"]
    assert found.values("claim_frequency") == ["1", "7"]
    assert found.values("revenue_code") == ["0333", "0333"]
    assert "last_service_date" not in found.lines[0]  # that of the claim is none of the line


def test_lines_of_both_settings_are_recognized_by_their_revenue_codes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|rev_code|pos
        A|1|M1|2025-02-24|77301|1|0333|
        B|1|M1|2025-03-03|77427|1||22
        """,
    )
    assert found.values("setting") == ["institutional", "professional"]


def test_the_day_may_stand_in_three_columns(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|svc_year|svc_month|svc_day|cpt|units|pos
        A|1|M1|2025|2|24|77301|1|11
        """,
    )
    assert found.values("service_date") == [_DAY]


def test_pointers_and_modifiers_of_one_column_are_taken_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|pos|dx_ptr|icd10_1|icd10_2
        A|1|M1|2025-02-24|77334-26-59|1|11|BA|C61|C77.5
        A|2|M1|2025-02-24|77301|1|11|2|C61|C77.5
        A|3|M1|2025-02-24|77263|1|11|1:2|C61|C77.5
        """,
    )
    assert found.values("procedure_code") == ["77334", "77301", "77263"]
    assert found.values("modifier_2") == ["59", "", ""]
    assert found.values("diagnosis_pointer_1") == [2, 2, 1]
    assert found.values("diagnosis_pointer_2") == [1, None, 2]


def test_denied_lines_and_earlier_versions_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|version|line|member|dos|cpt|units|pos|claim_status
        A|1|1|M1|2025-02-24|77301|2|11|PAID
        A|2|1|M1|2025-02-24|77301|1|11|PAID
        B|1|1|M1|2025-03-03|G6015|1|11|DENIED
        """,
    )
    assert (found.counts.kept, found.counts.left_out) == (1, 2)
    assert found.values("units") == [1]


def test_a_line_is_named_by_its_number_however_a_spreadsheet_wrote_it(tmp_path: Path) -> None:
    rows = [f"A|{line}.0|M1|2025-03-{line:02}|G6015|1.0|{'much' if line == 11 else 900}|11" for line in range(1, 12)]
    found = read(tmp_path, "\n".join(["claim|line|member|dos|cpt|units|chrg|pos", *rows]))
    assert found.values("claim_line_id") == sorted(f"A-{line}" for line in range(1, 12))
    remarks = rows_of(tmp_path / "out", "remarks/*.parquet")
    assert "its values could not be read and were left empty; lines: 1" in {row["remark"] for row in remarks}


def test_versions_of_one_claim_may_be_in_several_files(tmp_path: Path) -> None:
    later = table(
        tmp_path / "a.csv",
        """
        claim|version|line|member|dos|cpt|units|pos
        A|02|1|M1|2025-02-24|77301|1|11
        """,
    )
    first = table(
        tmp_path / "b.csv",
        """
        claim|line|version|member|dos|cpt|units|pos
        A|1|1|M1|02/24/2025|77301|3|11
        B|1|1|M1|03/03/2025|G6015|1|11
        """,
    )
    found = split_of(tmp_path / "out", later, first)
    assert (found.counts.kept, found.counts.left_out) == (2, 1)
    assert sorted(found.values("units")) == [1, 1]


@pytest.mark.parametrize(
    ("state", "paid", "denied"),
    [
        ("line_status", "P", "D"),
        ("clm_sts", "p", "v"),
        ("DENIED_IND", "N", "Y"),
        ("reversal", "0", "1"),
        ("void_flag", "", "X"),
        ("CARR_CLM_PMT_DNL_CD", "1", "0"),
        ("payment_denial_code", "B", "D"),
    ],
)
def test_letters_of_states_say_which_lines_bill_nothing(tmp_path: Path, state: str, paid: str, denied: str) -> None:
    found = read(
        tmp_path,
        f"""
        claim|line|member|dos|cpt|units|pos|{state}
        A|1|M1|2025-02-24|77301|1|11|{paid}
        B|1|M1|2025-03-03|G6015|1|11|{denied}
        """,
    )
    assert (found.counts.kept, found.counts.left_out) == (1, 1)
    assert found.values("procedure_code") == ["77301"]


def test_an_export_of_a_practice_is_read_by_the_words_of_its_columns(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        PatientName|ChartNo|VoucherNo|ServiceDate|ProcCode|Units|FinClass|Place of Service
        DOE JAN|00417|V9|02/24/2025|77301|1|MCR|11 - Office
        """,
    )
    (line,) = found.lines
    assert (line["member_id"], line["claim_id"], line["setting"]) == ("00417", "V9", "professional")
    assert (line["place_of_service"], line["line_of_business"]) == ("11", "medicare")


@pytest.mark.parametrize(
    ("forms", "settings"),
    [
        (("P", "H"), ["professional", "institutional"]),
        (("H", "U"), ["professional", "institutional"]),
        (("H", "H"), ["professional", "professional"]),  # by its places of service
    ],
)
def test_h_is_the_form_of_a_hospital_or_of_a_physician_by_what_is_beside_it(
    tmp_path: Path, forms: tuple[str, str], settings: list[str]
) -> None:
    found = read(
        tmp_path,
        f"""
        enc_id|line|member|dos|cpt|units|pos|form_type
        A|1|M1|2025-02-24|77301|1|11|{forms[0]}
        B|1|M1|2025-03-03|G6015|1|22|{forms[1]}
        """,
    )
    assert found.values("setting") == settings


def test_numbers_that_a_spreadsheet_rounded_name_nobody(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|pos
        A|1|1.23457E+11|2025-02-24|77301|1|11
        B|1|123456789012|2025-03-03|G6015|1|11
        """,
    )
    assert found.values("member_id") == ["123456789012"]
    (reason,) = found.reasons.values()
    assert reason.startswith("member_id is '1.23457E+11'; expected all of its digits")


def test_a_claim_that_names_the_one_it_adjusts_replaces_it(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|pos|adj_from_claim_id
        A|1|M1|2025-02-24|77301|2|11|
        B|1|M1|2025-02-24|77301|1|11|A
        """,
    )
    assert found.values("claim_frequency") == ["1", "7"]
    assert found.values("original_claim_id") == ["", "A"]


def test_an_original_that_names_itself_replaces_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|pos|original_claim_id
        A|1|M1|2025-02-24|77301|2|11|A
        """,
    )
    assert "claim_frequency" not in found.lines[0] or found.values("claim_frequency") != ["7"]


@pytest.mark.parametrize(
    ("header", "row", "asks"),
    [
        ("claim|line|member|dos|cpt|units", "A|1|M1|2025-02-24|77301|1", "hold setting"),
        ("claim|line|member|dos|cpt|units|pos|line_status", "A|1|M1|2025-02-24|77301|1|11|Q", "line_status holds Q"),
        ("claim|line|member|dos|cpt|units|pos", "A|1|M1|03-04-2025|77301|1|11", "%m-%d-%Y or as %d-%m-%Y"),
        ("claim|line|member|dos|x1|units|pos", "A|1|M1|2025-02-24|77301|1|11", "x1 holds what look like procedure"),
        ("claim|line|member|dos|cpt|pos", "A|1|M1|2025-02-24|77301|11", "hold units"),
    ],
)
def test_what_is_in_doubt_is_asked(tmp_path: Path, header: str, row: str, asks: str) -> None:
    with pytest.raises(UnknownLayout, match="map them with --mapping") as unknown:
        find_sources([str(table(tmp_path / "claims.csv", f"{header}\n{row}"))])
    assert asks in str(unknown.value)
    assert "# To decide:" in unknown.value.proposal.text


def test_a_name_alone_is_not_followed_against_the_values() -> None:
    proposal = propose(["claim", "line", "member", "dos", "procedure"], [["A", "1", "M1", "2025-02-24", "IMRT plan"]])
    assert any(doubt.startswith("procedure_code: what procedure holds") for doubt in proposal.doubts)


def test_days_in_several_forms_are_shown_one_of_each_and_what_to_do_is_said() -> None:
    days = ["2025-02-24", "2/26/2025", "27FEB2025", "28FEB2025"]
    rows = [[f"A{place}", "1", "M1", day, "77301"] for place, day in enumerate(days)]
    (doubt,) = [one for one in propose(["claim", "line", "member", "dos", "cpt"], rows).doubts if "2025" in one]
    assert doubt == (
        "service_date: the days in dos are not all of one known form: 2025-02-24 and 2/26/2025 and 27FEB2025;"
        " write them all as 2025-02-24"
    )


def test_our_own_columns_may_be_written_in_others_ways(tmp_path: Path) -> None:
    days = [(_DAY + timedelta(days=place) - date(1899, 12, 30)).days for place in range(2)]
    found = read(
        tmp_path,
        f"""
        claim_id|line_number|member_id|service_date|procedure_code|units|setting|line_of_business
        1.0|1|M1|{days[0]}|77301.0|1.0|P|Medicare
        1.0|2|M1|{days[1]}|77263.0|1.0|prof|HM
        """,
    )
    assert found.values("claim_line_id") == ["1-1", "1-2"]
    assert found.values("service_date") == [_DAY, _DAY + timedelta(days=1)]
    assert found.values("setting") == ["professional", "professional"]
    assert found.values("line_of_business") == ["medicare", ""]


def test_columns_beside_our_own_are_read_where_they_tell_and_named_where_they_do_not(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim_id|line_number|member_id|service_date|code|units|setting|charge|diagnosis_codes|provider_id|batch|payer
        A|1|M1|2025-02-24|77301|1|professional|$1200.00|C61;C77.5|1234567893|7|Medicare
        """,
    )
    assert found.values("procedure_code") == ["77301"]
    assert found.values("charge_amount") == [1200.0]
    assert found.values("diagnoses") == ["C61 C77.5"]
    assert found.values("billing_npi") == ["1234567893"]
    assert found.values("line_of_business") == ["medicare"]
    (remark,) = rows_of(tmp_path / "out", "remarks/*.parquet")
    assert remark["remark"].endswith("columns that are not read: batch")


def test_a_denied_line_of_our_own_columns_is_left_out_too(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim_id|line_number|member_id|service_date|procedure_code|units|setting|line_status
        A|1|M1|2025-02-24|77301|1|professional|PAID
        A|2|M1|2025-02-24|77301|1|professional|DENIED
        """,
    )
    assert (found.counts.kept, found.counts.left_out) == (1, 1)


def test_a_table_is_understood_by_all_of_its_rows(tmp_path: Path) -> None:
    """Sorted by setting, payer and status, its first rows show one of each alone."""
    rows = [f"A|{number}|M{number}|01/02/2025|G6015|1|P|Medicare|PAID" for number in range(1, 3_100)]
    rows += ["B|1|M1|13/02/2025|77386|1|I|Commercial|PAID", "B|2|M1|14/02/2025|77386|1|I|Commercial|DENIED"]
    found = read(tmp_path, "\n".join(["claim|line|member|dos|cpt|units|form_type|lob|claim_status", *rows]))
    assert (found.counts.kept, found.counts.left_out) == (3_100, 1)
    assert found.values("setting")[-1] == "institutional"
    assert found.values("line_of_business")[-1] == "commercial"
    assert set(found.values("service_date")) == {date(2025, 2, 1), date(2025, 2, 13)}


def test_diagnoses_of_icd_9_are_known_as_such(tmp_path: Path) -> None:
    read(
        tmp_path,
        """
        claim|line|member|dos|cpt|units|pos|dx1
        A|1|M1|02/24/2014|77301|1|11|185
        A|2|M1|03/03/2014|77418|1|11|185.0
        """,
    )
    remarks = rows_of(tmp_path / "out", "remarks/*.parquet")
    assert any(row["place"] == "diagnoses" and "ICD-9" in row["remark"] for row in remarks)


def test_a_remark_names_a_table_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes("claim\tline\tmember\tdos\tcpt\tunits\tpos\nA\t1\tM1\t02/24/2025\t77301\t1\t11\n".encode("utf-16"))
    split_of(tmp_path / "out", path)
    assert {row["path"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")} == {str(path)}


def test_a_practice_numbers_its_patients_by_a_policy_and_an_account_sign(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        Acct # | Policy #      | Group # | Date of Service | CPT   | Qty  | POS
        10442  | 1EG4-TE5-MK73 | G7      | 02/24/2025      | 77301 | 1.00 | 11
        10610  | 2AA4-BB5-CC66 | G7      | 02/26/2025      | 77427 | 1.00 | 11
        """,
    )
    assert found.values("member_id") == ["1EG4-TE5-MK73", "2AA4-BB5-CC66"]
    assert found.values("claim_id") == ["10442", "10610"]


def test_a_column_of_codes_with_their_modifiers_holds_the_code_though_it_is_named_for_both(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        PATIENT_CONTROL_NO | MEDICARE_NO | TOB | REV  | HCPCS_MOD | SERV_DATE | SERV_UNITS
        H900-1             | 1EG4TE5MK73 | 131 | 0333 | 77301     | 20250203  | 1
        H900-1             | 1EG4TE5MK73 | 131 | 0333 | 77386 59  | 20250210  | 1
        """,
    )
    assert found.values("procedure_code") == ["77301", "77386"]
    assert found.values("modifier_1") == ["", "59"]
    assert found.values("member_id") == ["1EG4TE5MK73"] * 2


@pytest.mark.parametrize(
    "name", ["Group #", "Plan #", "Group Policy Number", "Policy Effective Number", "MEDICARE_PROVIDER_NO"]
)
def test_the_number_of_a_group_plan_or_provider_names_no_member(name: str) -> None:
    rows = [["A", "1", "G7", "2025-02-24", "77301"]]
    assert "member_id" not in propose(["claim", "line", name, "dos", "cpt"], rows).found


@pytest.mark.parametrize(
    ("ours", "columns", "is_asked"),
    [
        ("member_id", ("MEMBER_RELATIONSHIP", "PATIENT_CLASS", "MBR_TIER", "Member PCP ID", "PT_COPAY"), True),
        ("member_id", ("EDW_MEMBER_ID", "Member Number", "Medicare Member ID", "PATIENT_CHART_NO"), False),
        ("claim_id", ("CLAIM_REGION", "CLM_CATEGORY", "Claim Batch Number", "ENCOUNTER_CLASS"), True),
        ("claim_id", ("QNXT_CLAIM_ID", "Internal Claim Control No", "Encounter", "CLM_HDR_ID"), False),
        ("units", ("MAX_UNITS", "AUTH_UNITS", "NDC_QTY", "Refill Count"), True),
        ("units", ("LINE_UNITS", "Units of Service", "Billed Qty", "24G Days or Units", "ACTL_SRVC_QTY"), False),
        ("units", ("REV_CNTR_UNIT_CNT", "LINE_SRVC_CNT", "Number of Units", "Proc Units", "Units Rendered"), False),
    ],
)
def test_a_column_whose_name_says_more_than_what_is_sought_is_asked_about(
    ours: str, columns: tuple[str, ...], is_asked: bool
) -> None:
    usual = {"claim_id": "CLM_ID", "member_id": "MBR_ID", "units": "UNITS"}
    values = {"claim_id": "C1", "member_id": "M1", "units": "1"}
    for column in columns:
        names = [column if name == ours else usual[name] for name in usual]
        row = [*(values[name] for name in usual), "02/24/2025", "77301", "11"]
        proposed = propose((*names, "DOS", "CPT", "POS"), [row])
        doubt = f"{ours}: {column} may hold it, though its name says more than that"
        assert list(proposed.doubts) == ([doubt] if is_asked else []), column


@pytest.mark.parametrize(
    ("columns", "is_asked"),
    [
        (("SERVICE_ENTRY_DATE", "PROC_AUTH_DATE", "FROM_LOAD_DT"), True),
        (
            ("LINE_1ST_EXPNS_DT", "Service Start Date", "REV_CNTR_DT", "LINE_SRVC_BGN_DT", "Date(s) of Service From"),
            False,
        ),
        (("FST_DT", "DOS", "CLM_FROM_DT", "PROCEDURE_DATE", "Svc Dt YYYYMMDD"), False),
    ],
)
def test_a_day_that_may_be_another_than_that_of_the_service_is_asked_about(
    columns: tuple[str, ...], is_asked: bool
) -> None:
    for column in columns:
        names = ("CLM_ID", "MBR_ID", "UNITS", column, "CPT", "POS")
        proposed = propose(names, [["C1", "M1", "1", "02/24/2025", "77301", "11"]])
        doubt = f"service_date: {column} may hold it, though its name says more than that"
        assert list(proposed.doubts) == ([doubt] if is_asked else []), column
