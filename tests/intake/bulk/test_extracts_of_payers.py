"""Extracts as payers, agencies and practices write them: each column by its name, and states by their own words."""

from pathlib import Path

import pytest
from tests.intake.bulk.test_proposals import read, table
from tests.screening.claims_files import split_of

from isocenter.intake.bulk.column_names import columns_by_meaning, coverage_of_extract
from isocenter.intake.bulk.proposing import Proposal, propose
from isocenter.intake.bulk.row_states import is_kept, values_left_out
from isocenter.intake.bulk.value_forms import coverages_by, translated
from isocenter.intake.claim_values import as_meant

_LINE = ["A", "M1", "2025-03-10", "77301", "1", "11"]


def _proposed(header: str, *rows: str) -> Proposal:
    return propose(header.split(), [row.split() for row in rows])


def _mapping(header: str, *rows: str) -> str:
    return _proposed(header, *rows).text


def test_the_day_of_a_line_goes_before_the_days_of_its_claim() -> None:
    carrier = _mapping(
        "BENE_ID CLM_ID LINE_NUM CLM_FROM_DT CLM_THRU_DT LINE_1ST_EXPNS_DT LINE_LAST_EXPNS_DT HCPCS_CD"
        " HCPCS_1ST_MDFR_CD HCPCS_2ND_MDFR_CD LINE_SRVC_CNT",
        "B1 C1 1 20250224 20250307 20250303 20250303 77334 59 RT 1",
    )
    assert 'service_date = {column = "LINE_1ST_EXPNS_DT"' in carrier
    assert 'last_service_date = {column = "LINE_LAST_EXPNS_DT"' in carrier
    assert 'modifier_1 = "HCPCS_1ST_MDFR_CD"\nmodifier_2 = "HCPCS_2ND_MDFR_CD"' in carrier
    outpatient = _mapping(
        "BENE_ID CLM_ID CLM_LINE_NUM CLM_FROM_DT CLM_THRU_DT REV_CNTR REV_CNTR_DT HCPCS_CD REV_CNTR_UNIT_CNT",
        "B1 C1 1 20250224 20250307 0333 20250303 77386 1",
    )
    assert 'service_date = {column = "REV_CNTR_DT"' in outpatient
    assert "\n# last_service_date =" in outpatient


@pytest.mark.parametrize(
    ("header", "row", "taken"),
    [
        ("PATID PAT_PLANID CLMID CLMSEQ FST_DT PROC_CD UNITS", "1 2 C1 1 2025-03-03 G6015 1", 'member_id = "PATID"'),
        ("PATID PAT_PLANID CLMID CLMSEQ FST_DT PROC_CD UNITS", "1 2 C1 1 2025-03-03 G6015 1", 'line_number = "CLMSEQ"'),
        ("ENROLID MSCLMID SVCDATE PROC1 QTY STDPLAC", "7 C1 2025-03-03 G6015 1 11", 'member_id = "ENROLID"'),
        ("Invoice_Num Pat_MRN DOS CPT Qty Amount", "I1 7 2025-03-03 G6015 1 520", 'charge_amount = "Amount"'),
        ("CLAIM MRN DOS CPT UNITS DX1 DX2 PTR", "C1 7 2025-03-03 77334 1 C61 C34.11 B:A", 'diagnosis_pointers = "PTR"'),
        ("TCN RECIP_ID FDOS PROC_CD UNITS_BILLED POS", "C1 7 2025-03-03 G6015 1 11", 'member_id = "RECIP_ID"'),
        ("ENC_ICN RECIP_ID FDOS PROC_CD QTY_BILLED PD_AMT BLD_AMT POS", "I1 7 2025-03-03 G6015 2 90 520 11",
         'charge_amount = "BLD_AMT"'),
        ("ClaimNumber ICN OrigICN Freq PatientID DOS CPT Qty POS", "P1 900200 900100 7 7 2025-03-03 G6015 2 11",
         'payer_claim_number = "ICN"'),
        ("Account ICN PatientID DOS CPT Qty POS", "P1 900200 7 2025-03-03 G6015 2 11", 'claim_id = "ICN"'),
        ("Inv PatID DOS CPT Qty Unit_Price Extended_Price", "I1 7 2025-03-03 G6015 2 520 1040",
         'charge_amount = "Extended_Price"'),
        ("enc_nbr person_nbr dos cpt qty amt pos", "C1 7 2025-03-03 G6015 1 520 11", 'charge_amount = "amt"'),
        ("CLAIM MRN DOS CPT UNITS Staff_NPI", "C1 7 2025-03-03 G6015 1 1999999976", 'rendering_npi = "Staff_NPI"'),
        # By the boxes of the paper forms: facilities, referring and attending physicians bill nothing.
        ("CLAIM MRN DOS CPT UNITS NPI_24J NPI_32a NPI_33a", "C1 7 2025-03-03 G6015 1 1999999976 1 1999999984",
         'rendering_npi = "NPI_24J"'),
        ("CLAIM MRN DOS CPT UNITS NPI_24J NPI_32a NPI_33a", "C1 7 2025-03-03 G6015 1 1999999976 1 1999999984",
         'billing_npi = "NPI_33a"'),
        ("CLAIM MRN DOS CPT UNITS FL76_NPI FL56_NPI", "C1 7 2025-03-03 G6015 1 1999999976 1999999984",
         'billing_npi = "FL56_NPI"'),
        ("1a_Insureds_ID 24A_From 24B_POS 24D_CPT 24G_Units 26_Patient_Acct_No", "7 2025-03-03 11 G6015 1 C1",
         'member_id = "1a_Insureds_ID"'),
        ("Account_Number Medical_Record_Number DOS CPT Qty POS", "C1 7 2025-03-03 G6015 1 11",
         'member_id = "Medical_Record_Number"'),
        ("CLCL_ID CDML_SEQ_NO MEME_CK CDML_FROM_DT IPCD_ID CDML_UNITS CDML_CHG_AMT PSCD_ID",
         "C1 1 7 2025-03-03 G6015 1 520 11", 'procedure_code = "IPCD_ID"'),
        ("CLCL_ID CDML_SEQ_NO MEME_CK CDML_FROM_DT IPCD_ID CDML_UNITS CDML_CHG_AMT PSCD_ID",
         "C1 1 7 2025-03-03 G6015 1 520 11", 'line_number = "CDML_SEQ_NO"'),
        ("ENCNTR_ID MRN SERVICE_DT_TM CPT QTY P.O.S.", "C1 7 2025-03-03 G6015 1 11", 'place_of_service = "P.O.S."'),
        ("claim_sk member_sk Incurred_Date Service_Code Submitted_Units Charged POS", "C1 7 2025-03-03 G6015 1 520 11",
         'units = "Submitted_Units"'),
        ("claim_sk member_sk Incurred_Date Service_Code Submitted_Units Charged POS", "C1 7 2025-03-03 G6015 1 520 11",
         'charge_amount = "Charged"'),
        ("CLAIM MRN DOS CPT UNITS POS Primary_Ins Secondary_Ins", "C1 7 2025-03-03 G6015 1 11 Medicare Aetna",
         'line_of_business = {column = "Primary_Ins", values = {Medicare = "medicare"}}'),
        ("PAT_CNTL_NUM MRN DOS CPT UNITS", "C1 7 2025-03-03 G6015 1", 'claim_id = "PAT_CNTL_NUM"'),
        ("CLM_CNTL_NUM MRN DOS CPT UNITS", "C1 7 2025-03-03 G6015 1", 'claim_id = "CLM_CNTL_NUM"'),
        ("CLM_CNTL_NUM PAT_CNTL_NUM DOS CPT UNITS", "C1 7 2025-03-03 G6015 1", "# member_id ="),
        ("CLAIM MRN DOS CPT UNITS 17b_NPI", "C1 7 2025-03-03 G6015 1 1999999976", "# billing_npi ="),
        ("claimid patientid svcdate proccode procmods units poscode", "C1 7 2025-03-03 77334 59 1 11",
         'modifier_1 = "procmods"'),
        ("CLMID PATID DOS PROC_CD UNITS PRIN_DX", "C1 7 2025-03-03 77334 1 C61.", 'columns = ["PRIN_DX"]'),
        ("CLMID PATID DOS PROC_CD UNITS DIAG ICD_FLAG", "C1 7 2025-03-03 77334 1 C61 10", 'columns = ["DIAG"]'),
        ("person_id procedure_date quantity procedure_source_value modifier_concept_id", "7 2025-03-03 1 G6015 0",
         "# modifier_1 ="),
    ],
)  # fmt: skip
def test_names_of_well_known_extracts_are_understood(header: str, row: str, taken: str) -> None:
    assert taken in _mapping(header, row)


def test_services_beside_each_other_in_a_row_are_asked_about() -> None:
    found = _proposed(
        "member_id claim_id service_date units HCPCS_CD_1 HCPCS_CD_2 HCPCS_CD_3",
        "M1 C1 2025-03-03 1 77301 G6015 G6015",
    )
    assert any("each row holds several services, in HCPCS_CD_1 and HCPCS_CD_2" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("column", "left_out", "kept", "asked"),
    [
        ("LINE_PRCSG_IND_CD", "N D", "A S", "R 7"),
        ("CLM_STUS_CTGRY_CD", "F2", "F1", "P1"),
        ("Claim Status Code", "4 22", "1 2", ""),
        ("ADJSTMT_IND", "", "0", "1 4"),
        ("CLM_ADJSMT_TYPE_CD", "", "0", "1 2"),
        ("status", "DENY", "PEND PAY", "X"),
        ("Claim Status", "Denied", "Paid Pended Suspended", "Routed"),
        ("Charge Status", "Pending", "Posted", ""),
        ("Txn Type", "Payment Adjustment", "Charge", "Transfer"),
        ("Void Status", "Voided", "Active", "Merged"),
    ],
)
def test_states_are_understood_by_the_column_that_holds_them(column: str, left_out: str, kept: str, asked: str) -> None:
    found = [*left_out.split(), *kept.split(), *asked.split()]
    assert values_left_out(column, found) == left_out.split()
    assert [value for value in found if is_kept(column, value, found)] == kept.split()


@pytest.mark.parametrize(
    ("column", "found", "left_out", "kept"),
    [
        ("Claim Status", ("Finalized/Payment", "Finalized/Denial", "Deductible", "Partially Denied"),
         ["Finalized/Denial"], ["Finalized/Payment"]),
        ("Status", ("Charge", "Payment", "Copay"), ["Payment", "Copay"], ["Charge"]),
        ("Transaction Type", ("Charge", "Charge Credit", "Charge Reversal"), ["Charge Reversal"], ["Charge"]),
        ("Line Status", ("Partially Paid", "Not paid"), [], ["Partially Paid"]),
    ],
)  # fmt: skip
def test_states_of_claims_are_none_of_a_ledger(
    column: str, found: tuple[str, ...], left_out: list[str], kept: list[str]
) -> None:
    assert values_left_out(column, found) == left_out
    assert [value for value in found if is_kept(column, value, found) and value not in left_out] == kept


def test_a_state_that_is_denied_of_a_row_keeps_it() -> None:
    assert values_left_out("LINE_STATUS", ["Not voided", "Voided"]) == ["Voided"]
    assert is_kept("LINE_STATUS", "Not voided")


def test_the_type_of_a_service_is_no_state_of_a_line() -> None:
    columns = "claim_id member_id service_date procedure_code units LINE_CMS_TYPE_SRVC_CD REV_CNTR_STUS_IND_CD POS"
    assert _proposed(columns, "C1 M1 2025-03-03 G6015 1 6 S 11").doubts == ()


def test_reversing_rows_of_negative_units_cancel_the_rows_that_they_reverse(tmp_path: Path) -> None:
    kept = read(
        tmp_path,
        """
        claim_id | line_number | member_id | service_date | procedure_code | units | charge | place_of_service | status
        C1 | 1 | M1 | 2025-02-24 | 77301 | 1  | 2400  | 11 | PAID
        C1 | 2 | M1 | 2025-03-03 | G6015 | 6  | 3120  | 11 | PAID
        C1 | 3 | M1 | 2025-02-24 | 77301 | -1 | -2400 | 11 | REVERSED
        C1 | 4 | M1 | 2025-03-03 | G6015 | -6 | -3120 | 11 | REVERSED
        C1 | 5 | M1 | 2025-02-24 | 77301 | 1  | 2400  | 11 | PAID
        C1 | 6 | M1 | 2025-03-03 | G6015 | 1  | 520   | 11 | PAID
        """,
    )
    assert len(kept.lines) == 6  # each is settled with the one that it takes back
    proposed = _proposed(
        "claim_id member_id service_date procedure_code units status",
        "C1 M1 2025-03-03 G6015 6 PAID",
        "C1 M1 2025-03-03 G6015 -6 REVERSED",
    )
    assert "\n[[leave_out]]" not in proposed.text
    assert "status is REVERSED, lines of negative units or amount take others back" in proposed.text


def test_payments_of_negative_amount_are_left_out_and_take_nothing_back() -> None:
    proposed = _proposed(
        "claim_id member_id service_date procedure_code units amount txn_type",
        "C1 M1 2025-03-03 G6015 1 520 Charge",
        "C1 M1 2025-03-03 G6015 1 -260 Payment",
    )
    assert 'column = "txn_type"\nvalues = ["Payment"]' in proposed.text


def test_a_code_behind_its_qualifier_is_read_with_its_modifiers(tmp_path: Path) -> None:
    path = table(
        tmp_path / "claims.csv",
        """
        claim_id | line_number | member_id | service_date | procedure | units | place_of_service
        C1 | 1 | M1 | 2025-03-03 | HC:77334:59:RT | 1 | 11
        C1 | 2 | M1 | 2025-03-03 | HC:G6015 | 1 | 11
        C1 | 3 | M1 | 2025-03-03 | CPT 77336 | 1 | 11
        C1 | 4 | M1 | 2025-03-03 | cpt4:77334-26 | 1 | 11
        C1 | 5 | M1 | 2025-03-03 | HCPCS: G6015 | 1 | 11
        """,
    )
    lines = split_of(tmp_path / "out", path).lines
    codes = [("77334", "59", "RT"), ("G6015", "", ""), ("77336", "", ""), ("77334", "26", ""), ("G6015", "", "")]
    assert [(line["procedure_code"], line["modifier_1"], line["modifier_2"]) for line in lines] == codes
    rows = [as_meant({"procedure_code": written}) for written in ("CPT 77336", "cpt4:77334-26", "HCPCS: G6015")]
    assert [(row["procedure_code"], row.get("modifier_1", "")) for row in rows] == [
        ("77336", ""), ("77334", "26"), ("G6015", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("measure", ["Unit Type", "UOM", "UNIT_OF_MEASURE", "Unit Basis Code"])
def test_units_are_read_with_what_their_column_says_they_count(tmp_path: Path, measure: str) -> None:
    path = table(
        tmp_path / "claims.csv",
        f"""
        claim_id | line_number | member_id | dos | cpt | qty | {measure} | place_of_service
        C1 | 1 | M1 | 2025-03-03 | 77334 | 2 | UN | 11
        C1 | 2 | M1 | 2025-03-03 | 77336 | 15 | MJ | 11
        C1 | 3 | M1 | 2025-03-04 | G6015 | 1 | | 11
        """,
    )
    split = split_of(tmp_path / "out", path)
    assert [(line["procedure_code"], line["units"]) for line in split.lines] == [("77334", 2), ("G6015", 1)]
    assert [one["reason"] for one in split.rejects] == ["units is '15 MJ'; expected units, not minutes"]


@pytest.mark.parametrize(
    ("written", "coverage"),
    [
        ("Medicare Advantage PPO", "medicare"),
        ("Aetna Medicare", "medicare"),
        ("Managed Medicaid - Plan B", "medicaid"),
        ("Commercial HMO", "commercial"),
        ("Medicare Part C", "medicare"),
        ("Medicare Advantage with Part D", "medicare"),
        ("Commercial Superior PPO", "commercial"),
        ("Novitas Solutions JH", "medicare"),
        ("FIRST COAST SERVICE OPTIONS", "medicare"),
        ("Palmetto GBA Railroad", "medicare"),
        ("WPS Health Plan", ""),
        ("Medicare Supplement", ""),
        ("Medicare Select", ""),
        ("Example Med Supp Plan G", ""),
        ("MEDIGAP PLAN N", ""),
        ("Medicare Plan G", ""),
        ("Medicare Part D", ""),
        ("MEDICARE PDP", ""),
        ("Medicare Rx", ""),
        ("Medicare prescription drug plan", ""),
        ("Medicare crossover", ""),
        ("Medicare pending", ""),
        ("Pre-Medicare retirees", ""),
        ("Medicare-Medicaid Plan", ""),
        ("Non-Medicare", ""),
    ],
)
def test_a_coverage_named_among_other_words_is_understood(written: str, coverage: str) -> None:
    found, unknown = translated([written], coverages_by([written]))
    assert found.get(written, "") == coverage
    assert bool(unknown) == (not coverage)


def test_an_extract_of_one_program_is_of_its_coverage() -> None:
    assert coverage_of_extract(["BENE_ID", "NCH_CLM_TYPE_CD"]) == "medicare"
    assert coverage_of_extract(["DESYNPUF_ID", "LINE_NCH_PMT_AMT"]) == "medicare"
    assert coverage_of_extract(["CUR_CLM_UNIQ_ID", "CLM_TYPE_CD"]) == "medicare"
    assert coverage_of_extract(["MSIS_ID", "CLM_TYPE_CD"]) == "medicaid"
    assert coverage_of_extract(["member_id", "claim_id"]) == ""


_CARRIER = "BENE_ID CLM_ID LINE_NUM LINE_1ST_EXPNS_DT HCPCS_CD LINE_SRVC_CNT LINE_PLACE_OF_SRVC_CD PRF_PHYSN_NPI"
_OF_CARRIER = "88 C1 1 2025-03-03 G6015 1 11 1999999984"


def test_lines_under_the_names_of_medicares_research_files_are_medicares_unless_a_column_says_whose() -> None:
    assert 'line_of_business = {constant = "medicare"}' in _mapping(_CARRIER, _OF_CARRIER)
    said = _mapping(f"{_CARRIER} LOB", f"{_OF_CARRIER} Commercial")
    assert 'line_of_business = {column = "LOB", values = {Commercial = "commercial"}}' in said
    one_name = _mapping(
        _CARRIER.replace("LINE_1ST_EXPNS_DT", "DOS").replace("LINE_PLACE_OF_SRVC_CD", "POS"), _OF_CARRIER
    )
    assert "\nline_of_business" not in one_name


_OF_STATES = (
    "MSIS_IDENT_NUM ICN_ORIG ICN_ADJ LINE_NUM_ORIG BGN_DT_OF_SRVC PRCDR_CD OT_RX_CLM_QTY_ACTL POS_CD BILLED_AMT"
)


def test_the_names_of_a_states_reports_to_medicaid_are_known_and_adjustments_in_them_are_asked_about() -> None:
    rows = ["88 C1 . 1 2025-03-03 77301 1 11 2400", "88 C2 . 1 2025-03-04 77300 4 11 400"]
    text = propose(_OF_STATES.split(), [row.replace(".", "").split(" ") for row in rows]).text
    for said in ('claim_id = "ICN_ORIG"', 'member_id = "MSIS_IDENT_NUM"', 'units = "OT_RX_CLM_QTY_ACTL"', '"medicaid"'):
        assert said in text
    adjusted = _proposed(_OF_STATES, rows[0].replace(".", "C9"), rows[1].replace(".", "C8"))
    assert "no column is known to hold claim_id" in adjusted.doubts


def test_the_payer_beside_medicare_does_not_take_its_coverage_from_an_extract_of_medicare() -> None:
    text = _mapping(
        "CUR_CLM_UNIQ_ID CLM_LINE_NUM BENE_MBI_ID CLM_TYPE_CD CLM_LINE_FROM_DT CLM_LINE_HCPCS_CD CLM_LINE_SRVC_UNIT_QTY"
        " CLM_LINE_PRMRY_PYR_CD RNDRG_PRVDR_NPI_NUM",
        "88 1 1EG4TE5MK70 71 2025-03-03 G6015 1 A 1999999984",
    )
    assert 'line_of_business = {constant = "medicare"}' in text
    assert 'claim_id = "CUR_CLM_UNIQ_ID"' in text
    assert '\nrendering_npi = "RNDRG_PRVDR_NPI_NUM"\n' in text
    assert "\n# billing_npi =" in text


def test_the_revenue_code_is_that_of_the_line_and_not_the_reason_or_group_beside_it() -> None:
    names = "BENE_ID CLM_ID CLM_LINE_NUM {} HCPCS_CD REV_CNTR_DT REV_CNTR_UNIT_CNT"
    outpatient = names.format("REV_CNTR REV_CNTR_1ST_ANSI_CD REV_CNTR_APC_HIPPS_CD").split()
    assert (
        'revenue_code = "REV_CNTR"'
        in propose(outpatient, [["B1", "C1", "1", "0333", "", "", "77386", "2025-03-03", "1"]]).text
    )
    feed = names.format("CLM_LINE_PROD_REV_CTR_CD CLM_REV_APC_HIPPS_CD").split()
    assert (
        'revenue_code = "CLM_LINE_PROD_REV_CTR_CD"'
        in propose(feed, [["B1", "C1", "1", "0333", "", "77386", "2025-03-03", "1"]]).text
    )


def test_of_two_columns_that_mean_the_same_the_filled_one_is_read() -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "Allowed Amount", "Allowed"]
    assert 'allowed_amount = "Allowed"' in propose(names, [[*_LINE, "", "520"]] * 2).text


def test_what_a_system_of_oncology_forecasts_is_no_charge_and_its_billing_code_no_claim() -> None:
    names = [
        "PatientId",
        "FromDateOfService",
        "ProcedureCode",
        "Unit",
        "ForecastTechnicalCharges",
        "AccountBillingCode",
    ]
    found = propose(names, [["7", "2025-03-03", "G6015", "1", "520", "AB1"]] * 2)
    assert "\n# charge_amount =" in found.text
    assert "no column is known to hold claim_id" in found.doubts


def test_a_last_day_alone_is_offered_and_asked_about() -> None:
    found = _proposed(
        "DESY_SORT_KEY CLAIM_NO LINE_NUM CLM_THRU_DT LINE_LAST_EXPNS_DT NCH_CLM_TYPE_CD HCPCS_CD LINE_SRVC_CNT",
        "7 C1 1 20250307 20250303 71 G6015 1",
    )
    assert found.doubts == (
        "service_date: LINE_LAST_EXPNS_DT holds the last day of a service, and no column its first",
    )
    assert 'service_date = {column = "LINE_LAST_EXPNS_DT", date_format = "%Y%m%d"}' in found.text
    assert "\n# last_service_date =" in found.text


@pytest.mark.parametrize(
    ("names", "row"),
    [
        ("claimnbr clmlinenbr mbrnbr srvcfromdt srvcthrudt hcpcscd mod1 srvcunits chrgamt rndrngnpi clmtype",
         "C1 1 7 2025-03-03 2025-03-03 77334 59 1 520 1999999984 P"),
        ("CLAIMNUM LINENUM PATIENTNO DOSFROM DOSTO SERVCODE MODCODE SERVUNITS BILLEDAMT RENDPROVNPI FORMTYPE",
         "C1 1 7 2025-03-03 2025-03-03 77334 59 1 520 1999999984 1500"),
    ],
)  # fmt: skip
def test_names_run_together_from_known_words_are_understood(names: str, row: str) -> None:
    found = _proposed(names, row)
    assert found.doubts == ()
    claim, line, member, first, last, code, modifier, units, charge, rendering, _ = names.split()
    taken = found.text.splitlines()
    for ours, column in (
        ("claim_id", claim), ("line_number", line), ("member_id", member), ("service_date", first),
        ("last_service_date", last), ("procedure_code", code), ("modifier_1", modifier), ("units", units),
        ("charge_amount", charge), ("rendering_npi", rendering),
    ):  # fmt: skip
        assert f'{ours} = "{column}"' in taken


@pytest.mark.parametrize("name", ["location", "surname", "nocharge", "timestamp", "departmentid", "station"])
def test_a_word_is_not_parted_into_words_that_mean_a_column(name: str) -> None:
    assert columns_by_meaning([name]) == {}


def test_references_to_diagnoses_are_no_diagnoses() -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "DIAGNOSISREF1", "DIAGNOSISREF2"]
    assert "columns = []" in propose(names, [[*_LINE, "1", ""]] * 2).text


def test_professional_and_facility_are_told_apart_by_their_letters() -> None:
    names = "ENROLID MSCLMID SVCDATE PROC1 QTY FACPROF"
    text = _mapping(names, "7 C1 2025-03-03 G6015 1 P", "7 C2 2025-03-03 77386 1 F")
    assert 'setting = {column = "FACPROF", values = {P = "professional", F = "institutional"}}' in text


@pytest.mark.parametrize("column", ["Secondary Payer", "Payer 2", "Prior Insurance", "2nd Insurance", "Other Payer"])
def test_the_coverage_is_that_of_the_first_payer_alone(column: str) -> None:
    alone = propose(["claim", "member", "dos", "cpt", "units", "pos", column], [[*_LINE, "Medicare"]] * 2)
    assert "\n# line_of_business =" in alone.text
    names = ["claim", "member", "dos", "cpt", "units", "pos", "Payer 1", column]
    beside = propose(names, [[*_LINE, "Aetna", "Medicare"]] * 2)
    assert "medicare" not in beside.text


def test_the_coverage_may_be_that_of_a_carrier() -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "Secondary Carrier", "Primary Carrier"]
    text = propose(names, [[*_LINE, "AARP", "MEDICARE FL"]] * 2).text
    assert 'line_of_business = {column = "Primary Carrier", values = {"MEDICARE FL" = "medicare"}}' in text


def test_the_number_of_a_transaction_is_no_state() -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "transactionid", "Transaction #", "Transaction Type"]
    doubts = propose(names, [[*_LINE, "7001", "1", "CHARGE"], [*_LINE, "7002", "2", "CHARGE"]]).doubts
    assert not [doubt for doubt in doubts if "holds" in doubt]


@pytest.mark.parametrize("column", ["Denied Units", "Denied Charge", "Reversal Amount", "Denied Days"])
def test_a_number_of_what_was_denied_is_no_state(column: str) -> None:
    rows = [[*_LINE, "0"], [*_LINE, "1"]]
    assert "[[leave_out]]\n" not in propose(["claim", "member", "dos", "cpt", "units", "pos", column], rows).text


def test_the_diagnosis_of_a_referral_is_none_of_the_claim() -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "Referral Dx", "Dx 1"]
    assert 'columns = ["Dx 1"]' in propose(names, [[*_LINE, "R97.20", "C61"]]).text


@pytest.mark.parametrize(
    ("member", "person"),
    [("SUBSC_ID", "MBR_SFX"), ("SBSB_ID", "PERSON_CODE"), ("CARD", "MBR_SFX"), ("CARD", "PAT_SEQ")],
)
def test_the_place_of_a_person_on_a_members_number_is_no_members_number(member: str, person: str) -> None:
    columns = ("CLM_NO", "LN", member, person, "SVC_BEG_DT", "PROC_CD", "MODFR_1", "MODFR_2", "SVC_CNT", "POS_CD")
    rows = [["1", "1", "S100", "01", "20250224", "77334", "59", "", "1", "11"]]
    proposed = propose(columns, rows)
    asked = ("no column is known to hold member_id",)
    assert proposed.doubts == (asked if member == "CARD" else ())
    named = {line for line in proposed.text.splitlines() if line.startswith(("member_id", "modifier_1"))}
    assert named == {'modifier_1 = "MODFR_1"', *([] if member == "CARD" else [f'member_id = "{member}"'])}


def test_who_performed_a_service_did_not_bill_it() -> None:
    text = _mapping("ICN ACNT HIC DOS Proc NOS POS Perf_Prov", "9 A1 88 2025-03-03 G6015 1 11 1999999976")
    assert 'rendering_npi = "Perf_Prov"' in text
    assert "\nbilling_npi" not in text
