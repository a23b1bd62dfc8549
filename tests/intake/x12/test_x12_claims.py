"""The 837 reader gives back what was billed; one wrong thing loses what hangs on it and nothing else."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.x12_samples import HOSPITAL, PROFESSIONAL, SAMPLES, Reader, by_id, changed, lines_in, problems_in
from tests.intake.x12_writer import delimit

from isocenter.intake.x12_837 import ClaimDiagnosis, ClaimFile, ClaimKeys, read
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine

_FIRST_CLAIM, _SECOND_CLAIM = [place for place, one in enumerate(PROFESSIONAL) if one.startswith("CLM*")][:2]


def test_a_professional_claim_comes_back_line_by_line():
    found = by_id(list(read(SAMPLES / "professional.837")))
    assert list(found) == ["P1001-1", "P1001-2", "P1001-3", "P1001-4", "P1002-1", "P1003-1", "P1004-1"]
    assert found["P1001-2"] == ClaimLine(
        claim_line_id="P1001-2",
        claim_id="P1001",
        line_number=2,
        course_id="",
        member_id="1EG4TE5MK72",
        service_date=date(2025, 1, 10),
        procedure_code="77334",
        units=4,
        modifier_1="59",
        place_of_service="22",
        setting="professional",
        rendering_npi="1558444216",
        billing_npi="1234567893",
        supervising_npi="1003000126",
        line_of_business="medicare",
        charge_amount=402.0,
        patient_account_number="P1001",
        submitter_id="SENDER",
        diagnosis_pointer_1=1,
        patient="subscriber",
        written_at="2025-03-01 09:00",
    )
    assert (found["P1001-3"].modifier_1, found["P1001-3"].modifier_2) == ("26", "XU")


def test_a_hospital_claim_has_a_bill_type_and_revenue_codes_and_no_place_of_service():
    line = by_id(list(read(SAMPLES / "hospital.837")))["H2001-1"]
    assert (line.setting, line.bill_type, line.revenue_code) == ("institutional", "131", "0333")
    assert (line.place_of_service, line.line_of_business) == ("", "medicare")


def test_diagnoses_bear_their_dot_and_the_principal_one_is_first():
    found = [row for row in read(SAMPLES / "hospital.837") if isinstance(row, ClaimDiagnosis)]
    assert [row[:3] for row in found] == [("H2001", "C09.9", 1), ("H2001", "C77.0", 2), ("H2001", "Z92.3", 3)]
    assert {row.member_id for row in found} == {by_id(list(read(SAMPLES / "hospital.837")))["H2001-1"].member_id}


def test_a_provider_of_one_line_does_not_leak_into_the_next_line():
    found = by_id(list(read(SAMPLES / "professional.837")))
    assert [found[f"P1001-{n}"].rendering_npi for n in (1, 2, 3)] == [
        "1245319599",
        "1558444216",
        "1245319599",
    ]
    assert [found[f"P1001-{n}"].supervising_npi for n in (3, 4)] == ["1003000126", "1558444216"]


def test_a_provider_of_one_claim_does_not_leak_into_the_next_claim():
    line = by_id(list(read(SAMPLES / "professional.837")))["P1002-1"]
    assert (line.rendering_npi, line.supervising_npi) == (line.billing_npi, "")


def test_a_hospital_line_without_rendering_provider_was_rendered_by_the_attending_one():
    found = by_id(list(read(SAMPLES / "hospital.837")))
    assert [found[f"H2001-{n}"].rendering_npi for n in (1, 2, 4)] == [
        "1245319599",
        "1003000126",
        "1245319599",
    ]


def test_the_place_of_a_line_overrides_that_of_its_claim():
    found = by_id(list(read(SAMPLES / "professional.837")))
    assert (found["P1001-1"].place_of_service, found["P1001-2"].place_of_service) == ("11", "22")


def test_another_payer_of_the_claim_changes_neither_member_nor_line_of_business():
    line = by_id(list(read(SAMPLES / "professional.837")))["P1001-1"]
    assert (line.member_id, line.line_of_business) == ("1EG4TE5MK72", "medicare")


def test_a_dependent_is_known_by_the_number_of_the_subscriber_and_what_is_its_own():
    line = by_id(list(read(SAMPLES / "professional.837")))["P1002-1"]
    assert (line.member_id, line.patient) == ("K200", "born 2010-01-01, S.")


@pytest.mark.parametrize(
    ("old", "new", "patient"),
    [
        ("DMG*D8*20100101*M", "DMG*D8*20110405*M", "born 2011-04-05, S."),
        ("PAT*19", "PAT*01", "born 2010-01-01"),
        ("DMG*D8*20100101*M", "DMG*D8*20101301*M", "SAM"),
        ("NM1*QC*1*EXAMPLE*SAM", "NM1*QC*1*EXAMPLE", "born 2010-01-01"),
        ("NM1*QC*1*EXAMPLE*SAM", "NM1*QC*1*EXAMPLE*SAM****MI*K200", "born 2010-01-01, S."),
        ("NM1*QC*1*EXAMPLE*SAM", "NM1*QC*1*EXAMPLE*SAM****MI*K201", "subscriber"),
    ],
)
def test_dependents_are_distinguished_by_birth_and_name(rows: Reader, old: str, new: str, patient: str):
    found = by_id(rows(changed(PROFESSIONAL, old, new)))
    assert found["P1002-1"].patient == patient
    assert {found[name].patient for name in ("P1001-1", "P1003-1")} == {"subscriber"}


def test_a_dependent_with_a_number_of_its_own_is_known_by_that(rows: Reader):
    found = rows(changed(PROFESSIONAL, "NM1*QC*1*EXAMPLE*SAM", "NM1*QC*1*EXAMPLE*SAM****MI*K201"))
    assert by_id(found)["P1002-1"].member_id == "K201"


def test_replacements_and_voids_bear_their_frequency_and_the_original():
    found = by_id(list(read(SAMPLES / "professional.837")))
    assert [(found[i].claim_frequency, found[i].original_claim_id) for i in ("P1003-1", "P1004-1")] == [
        ("7", "PAYER55"),
        ("8", "PAYER56"),
    ]


def test_a_revenue_line_without_a_procedure_is_counted_and_given_no_code():
    found = list(read(SAMPLES / "hospital.837"))
    assert "H2001-3" not in by_id(found)
    *_, revenue, undated = problems_in(found)
    assert revenue.place == undated.place == "whole file"
    assert revenue.sentence.startswith("lines with a revenue code and no procedure (SV202 is empty): 1, the first is")
    assert undated.sentence.startswith("lines without a date of service (DTP*472): 1, the first is claim H2001 line 4")


def test_a_hospital_line_without_a_date_is_of_the_first_day_of_the_statement():
    found = list(read(SAMPLES / "hospital.837"))
    assert by_id(found)["H2001-4"].service_date == date(2025, 2, 3)
    assert by_id(found)["H2001-4"].last_service_date == date(2025, 2, 7)


def test_a_line_from_one_day_through_another_bears_both():
    line = by_id(list(read(SAMPLES / "professional.837")))["P1001-3"]
    assert (line.service_date, line.last_service_date) == (date(2025, 1, 13), date(2025, 1, 17))


@pytest.mark.parametrize(
    ("written", "pointers"),
    [("1", (1, None)), ("2:1", (2, 1)), ("", (None, None)), ("B:A", (2, 1)), ("13", (None, None))],
)
def test_a_line_says_which_diagnoses_of_its_claim_it_is_for(
    rows: Reader, written: str, pointers: tuple[int | None, ...]
):
    line = by_id(rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", f"SV1*HC:77263*611*UN*1***{written}")))[
        "P1002-1"
    ]
    assert (line.diagnosis_pointer_1, line.diagnosis_pointer_2) == pointers


def test_a_pointer_past_the_diagnoses_of_its_claim_is_named(rows: Reader) -> None:
    found = rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", "SV1*HC:77263*611*UN*1***1:9"))
    (problem,) = problems_in(found)
    assert "a line points to diagnosis 9, and the claim lists" in problem.sentence
    assert len(lines_in(found)) == len(lines_in(rows(delimit(PROFESSIONAL))))


def test_a_diagnosis_that_cannot_be_read_keeps_its_place_on_the_claim(rows: Reader):
    found = rows(changed(PROFESSIONAL, "HI*ABK:C61", "HI*ABK:C61*ABF:?*ABF:C50.911"))
    diagnoses = [row for row in found if isinstance(row, ClaimDiagnosis) and row.claim_id == "P1002"]
    assert [(row.icd10, row.position) for row in diagnoses] == [("C61", 1), ("C50.911", 3)]


@pytest.mark.parametrize(("filing", "business"), [("HM", ""), ("ZZ", ""), ("BL", "commercial"), ("CH", "other")])
def test_a_filing_code_that_says_nothing_of_the_coverage_leaves_it_open(rows: Reader, filing: str, business: str):
    found = rows(changed(PROFESSIONAL, "SBR*P********CI", f"SBR*P********{filing}"))
    assert by_id(found)["P1002-1"].line_of_business == business
    said = [problem for problem in problems_in(found) if "does not say whose coverage" in problem.sentence]
    assert len(said) == (business == "")


def test_a_test_interchange_is_named(rows: Reader):
    found = rows(delimit([PROFESSIONAL[0].replace("*P*:", "*T*:"), *PROFESSIONAL[1:]]))
    assert "marked as a test" in problems_in(found)[0].sentence
    assert len(lines_in(found)) == 7


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_the_reader_counts_the_service_lines_that_it_met(tmp_path: Path, before: bytes):
    path = tmp_path / "claims.837"
    path.write_bytes(before + changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", "SV1*HC:77263*611*MJ*15***1"))
    file = ClaimFile(path)
    found = list(file)
    assert (file.service_lines, len(lines_in(found))) == (7, 6)
    assert sum(isinstance(problem, LostLine) for problem in found) == 1


@pytest.mark.parametrize(("filing", "business"), [("MA", "medicare"), ("16", "medicare"), ("MC", "medicaid")])
def test_the_filing_indicator_gives_the_line_of_business(rows: Reader, filing: str, business: str):
    found = rows(changed(PROFESSIONAL, "SBR*P********CI", f"SBR*P********{filing}"))
    assert by_id(found)["P1002-1"].line_of_business == business


@pytest.mark.parametrize(
    ("payer", "business"),
    [
        ("EXAMPLE MEDICARE SUPPLEMENT", ""),
        ("MEDIGAP OF EXAMPLE", ""),
        ("EXAMPLE MEDICARE PART D", ""),
        ("EXAMPLE MEDICARE ADVANTAGE", "medicare"),
        ("EXAMPLE MEDICARE PART B", "medicare"),
        ("", "medicare"),
    ],
)
def test_a_supplement_to_medicare_that_is_filed_as_medicare_stays_open(rows: Reader, payer: str, business: str):
    filed = changed(PROFESSIONAL, "SBR*P********CI", "SBR*P********MB")
    before, level, after = filed.partition(b"SBR*P********MB")
    found = rows(before + level + after.replace(b"NM1*PR*2*EXAMPLE PLAN", f"NM1*PR*2*{payer}".encode(), 1))
    assert by_id(found)["P1002-1"].line_of_business == business
    said = [one for one in problems_in(found) if "is not Medicare's own coverage" in one.sentence]
    assert len(said) == (business == "")


@pytest.mark.parametrize(
    ("payer", "business"),
    [
        ("EXAMPLE MEDICARE", ""),
        ("EXAMPLE MEDICARE ADVANTAGE", ""),
        ("EXAMPLE MEDICARE SUPPLEMENT", "commercial"),
        ("NON-MEDICARE EXAMPLE PLAN", "commercial"),
        ("EXAMPLE PLAN", "commercial"),
    ],
)
def test_a_plan_of_medicare_that_is_filed_as_commercial_stays_open(rows: Reader, payer: str, business: str):
    before, level, after = delimit(PROFESSIONAL).partition(b"SBR*P********CI")
    found = rows(before + level + after.replace(b"NM1*PR*2*EXAMPLE PLAN", f"NM1*PR*2*{payer}".encode(), 1))
    assert by_id(found)["P1002-1"].line_of_business == business
    said = [one for one in problems_in(found) if "which may be a plan of Medicare" in one.sentence]
    assert len(said) == (business == "")


_OF_SECOND_PAYER = "NM1*PR*2*SECOND EXAMPLE PLAN*****PI*88001"


def test_another_payer_of_a_claim_leaves_its_coverage_as_it_is(rows: Reader):
    found = rows(changed(PROFESSIONAL, _OF_SECOND_PAYER, _OF_SECOND_PAYER.replace("PLAN", "MEDIGAP PLAN")))
    assert {line.line_of_business for line in lines_in(found) if line.claim_id == "P1001"} == {"medicare"}


def test_without_a_filing_indicator_the_line_of_business_stays_empty(rows: Reader):
    found = rows(changed(PROFESSIONAL, "SBR*P********CI", "SBR*P"))
    assert by_id(found)["P1002-1"].line_of_business == ""


# One thing wrong: it is named, what hangs on it is lost, and nothing else

WRONG_SERVICE_LINES = [
    ("SV1*HC:77263*611*UN*1.5***1", "'1.5' units"),
    ("SV1*HC:77263*611*UN*-1***1", "'-1' units"),
    ("SV1*HC:77263*611*UN*0***1", "'0' units"),
    ("SV1*HC:77263*611*UN*two***1", "'two' units"),
    ("SV1*HC:77263*611*UN*²***1", "'²' units"),
    ("SV1*HC:77263*611*UN****1", "'' units"),
    ("SV1*HC:77263*611*MJ*15***1", "'MJ'; units (UN) are expected"),
    ("SV1*ER:77263*611*UN*1***1", "under 'ER'; HC"),
    ("SV1*IV:77263*611*UN*1***1", "under 'IV'; HC"),
    ("SV1*WK:77263*611*UN*1***1", "under 'WK'; HC"),
    ("SV1*HC*611*UN*1***1", "procedure ''; a HCPCS code"),
    ("SV1*HC:7726*611*UN*1***1", "procedure '7726'"),
    ("SV1", "procedure '' under ''; HC"),
    ("SV2*0333*HC:77263*611*UN*1", "one SV1 a line is expected"),
    ("N3*A STREET", "claim P1002 line 1 ends without SV1"),
]


@pytest.mark.parametrize(("segment", "sentence"), WRONG_SERVICE_LINES)
def test_a_wrong_service_loses_its_line_and_no_other(rows: Reader, segment: str, sentence: str):
    found = rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", segment))
    assert any(sentence in problem.sentence for problem in problems_in(found))
    assert len(lines_in(found)) == 6
    assert "P1002-1" not in by_id(found)


@pytest.mark.parametrize(
    ("segment", "sentence"),
    [
        ("DTP*472*D8*20240230", "D8 '20240230', which is not a date"),
        ("DTP*472*RD8*20240203-20240201", "which is not a date"),
        ("DTP*472*D8", "D8 '', which is not a date"),
        ("DTP*472*TM*1200", "which is not a date"),
        ("DTP*435*D8*20240203", "ends without a service date (DTP*472); the line is not kept"),
    ],
)
def test_a_professional_line_without_a_day_is_not_kept(rows: Reader, segment: str, sentence: str):
    found = rows(changed(PROFESSIONAL, "DTP*472*D8*20250120", segment))
    assert any(sentence in problem.sentence for problem in problems_in(found))
    assert "P1002-1" not in by_id(found)
    assert len(lines_in(found)) == 6


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("CLM*P1002*611***22:B:1*Y*A*Y*Y", "CLM**611***22:B:1", "CLM has no claim number"),
        ("NM1*IL*1*EXAMPLE*PAT****MI*K200", "NM1*IL*1*EXAMPLE*PAT", "claim P1002 has no member number"),
        ("CLM*P1002*611***22:B:1*Y*A*Y*Y", "K3*NOTE", "LX is outside a claim"),
        ("NM1*IL*1*EXAMPLE*PAT****MI*K200", "NM1*IL*1*EXAM*PLE*PAT****MI*K200", "NM1*IL gives 'MI', a kind of number"),
    ],
)
def test_a_claim_that_cannot_be_read_does_not_lose_the_others(rows: Reader, old: str, new: str, sentence: str):
    found = rows(changed(PROFESSIONAL, old, new))
    assert any(sentence in problem.sentence for problem in problems_in(found))
    assert {line.claim_id for line in lines_in(found)} == {"P1001", "P1003", "P1004"}
    assert not [row for row in found if isinstance(row, ClaimDiagnosis) and row.icd10 == "C61"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "HI*ABK:C61",
            "HI*BK:185",
            "under BK, the qualifier of ICD-9-CM, which was in use to 2015-09-30",
        ),
        (
            "HI*ABK:C61",
            "HI*BF:185",
            "under BF, the qualifier of ICD-9-CM, which was in use to 2015-09-30",
        ),
        ("HI*ABK:C61", "HI*XX:C61", "a code under 'XX'"),
        ("HI*ABK:C61", "HI*ABK:61C", "'61C'; an ICD-10-CM code"),
        ("SV1*HC:77263*611*UN*1***1", "SV1*HC:77263:263*611*UN*1***1", "modifier '263'"),
        ("SV1*HC:77263*611*UN*1***1", "SV1*HC:77263**UN*1***1", "the charge ''"),
        ("SV1*HC:77263*611*UN*1***1", "SV1*HC:77263*nan*UN*1***1", "the charge 'nan'"),
        ("CLM*P1002*611***22:B:1*Y*A*Y*Y", "CLM*P1002*611***22:B:7", "does not give the payer's number of it (REF*F8)"),
        ("CLM*P1002*611***22:B:1*Y*A*Y*Y", "CLM*P1002*611***22:A:1", "CLM05-2 is 'A'; 'B' is expected"),
        ("HL*4*3*23*0", "HL*4*2*23*0", "HL 4 names '2' as the level above it; '3'"),
        ("PAT*19", "QQQ*19", "'QQQ*19' is not a segment of an 837 claim"),
    ],
)
def test_an_odd_detail_is_named_and_the_line_kept(rows: Reader, old: str, new: str, sentence: str):
    found = rows(changed(PROFESSIONAL, old, new))
    assert any(sentence in problem.sentence for problem in problems_in(found))
    assert len(lines_in(found)) == 7


def test_a_problem_names_the_file_and_the_segment(rows: Reader, tmp_path: Path):
    found = rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", "SV1*ER:77263*611*UN*1***1"))
    number = PROFESSIONAL.index("SV1*HC:77263*611*UN*1***1") + 1
    assert (str(tmp_path / "claims.837"), f"segment {number}") in [p[:2] for p in problems_in(found)]


def test_whole_numbers_with_decimals_and_lower_case_codes_are_read(rows: Reader):
    found = rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", "SV1*hc:g6015:xu* 611 *UN*2.0***1"))
    line = by_id(found)["P1002-1"]
    assert (line.procedure_code, line.modifier_1, line.units, line.charge_amount) == ("G6015", "XU", 2, 611.0)


def test_doubled_line_numbers_are_named_and_every_line_keeps_an_id_of_its_own(rows: Reader):
    found = rows(changed(PROFESSIONAL, "LX*3", "LX*2"))
    (sentence,) = (problem.sentence for problem in problems_in(found))
    assert sentence.startswith(
        "line numbers (LX) that repeat, decrease or are not numbers: 1, the first is LX*2 of claim"
    )
    assert len(by_id(found)) == len(lines_in(found)) == 7


def test_line_numbers_that_fall_are_named_once_with_their_count(rows: Reader):
    falling = [f"LX*{5 - int(one[3:])}" if one.startswith("LX*") else one for one in PROFESSIONAL[:_SECOND_CLAIM]]
    found = rows(delimit([*falling, *PROFESSIONAL[_SECOND_CLAIM:]]))
    (sentence,) = (problem.sentence for problem in problems_in(found))
    assert "not numbers: 3, the first is LX*3 of claim P1001 (segment " in sentence
    assert [line.line_number for line in lines_in(found)][:4] == [4, 5, 6, 7]


def test_a_claim_that_charges_more_than_its_lines_is_named(rows: Reader):
    charged = sum(line.charge_amount or 0 for line in lines_in(rows(delimit(PROFESSIONAL)))[:4])
    claim = PROFESSIONAL[_FIRST_CLAIM].split("*")
    assert float(claim[2]) == charged
    more = "*".join([*claim[:2], f"{charged + 402:g}", *claim[3:]])
    found = rows(changed(PROFESSIONAL, PROFESSIONAL[_FIRST_CLAIM], more))
    (sentence,) = (problem.sentence for problem in problems_in(found))
    assert f": 1, the first is claim P1001 (CLM02 is {charged + 402:.2f}, its lines charge {charged:.2f})" in sentence
    assert len(lines_in(found)) == 7


@pytest.mark.parametrize("total", ["", "0.3", "many"])
def test_a_total_that_is_rounded_or_not_given_is_passed_over(rows: Reader, total: str):
    claim = PROFESSIONAL[_FIRST_CLAIM].split("*")
    total = f"{float(claim[2]) + float(total):g}" if total == "0.3" else total
    found = rows(changed(PROFESSIONAL, PROFESSIONAL[_FIRST_CLAIM], "*".join([*claim[:2], total, *claim[3:]])))
    assert problems_in(found) == []


@pytest.mark.parametrize(
    ("revenue_code", "bill", "is_lost"),
    [("0333", "13:A:1", True), ("0333", "12:A:1", True), ("0333", "11:A:1", False), ("0250", "13:A:1", False)],
)
def test_radiation_without_a_procedure_is_lost_unless_the_bill_is_of_an_inpatient(
    tmp_path: Path, revenue_code: str, bill: str, is_lost: bool
):
    place = next(place for place, one in enumerate(HOSPITAL) if one.startswith("LX*"))
    unnamed = ["LX*900", f"SV2*{revenue_code}**12.5*UN*3", HOSPITAL[place + 2]]
    segments = [one.replace("13:A:1", bill) for one in (*HOSPITAL[:place], *unnamed, *HOSPITAL[place:])]
    file = tmp_path / "hospital.837"
    file.write_bytes(delimit(segments))
    claims = ClaimFile(file)
    lost = [one for one in claims if isinstance(one, LostLine) and "procedure_code" in one.sentence]
    assert ["line 900: procedure_code is missing beside revenue code 0333" in one.sentence for one in lost] == [
        True
    ] * is_lost
    assert all(one.member_id and not one.procedure_code for one in lost)
    assert claims.revenue_lines == 1 + (not is_lost)


def test_revenue_without_a_procedure_counts_for_the_total_of_its_claim(rows: Reader):
    claim = next(one for one in HOSPITAL if one.startswith("CLM*"))
    line = next(place for place, one in enumerate(HOSPITAL) if one.startswith("LX*"))
    more = claim.split("*")
    more[2] = f"{float(more[2]) + 12.5:g}"
    alone = ["LX*900", "SV2*0250**12.5*UN*3", HOSPITAL[line + 2]]
    segments = [*HOSPITAL[:line], *alone, *HOSPITAL[line:]]
    found = rows(delimit(["*".join(more) if one == claim else one for one in segments]))
    assert not any("CLM02" in problem.sentence for problem in problems_in(found))


def test_a_line_that_was_not_read_says_nothing_of_the_total(rows: Reader):
    found = rows(changed(PROFESSIONAL, "SV1*HC:77263*611*UN*1***1", "SV1*ER:77263*611*UN*1***1"))
    assert not any("CLM02" in problem.sentence for problem in problems_in(found))


def test_a_replacement_under_the_number_of_its_original_has_line_ids_of_its_own(rows: Reader):
    segments = [s.replace("CLM*P1003", "CLM*P1002") for s in PROFESSIONAL]
    found = by_id(rows(delimit(segments)))
    assert found["P1002-1"].claim_frequency == "1"
    replacement = found["P1002#2-1"]
    assert (replacement.claim_id, replacement.claim_frequency) == ("P1002#2", "7")
    assert replacement.patient_account_number == "P1002"


def test_a_number_that_comes_again_is_another_claim_and_every_line_of_it_is_read(rows: Reader):
    found = rows(delimit([s.replace("CLM*P1002", "CLM*P1001") for s in PROFESSIONAL]))
    lines = lines_in(found)
    assert len({line.claim_line_id for line in lines}) == len(lines) == 7
    again = next(line for line in lines if line.claim_id == "P1001#2")
    assert (again.member_id, again.patient_account_number) == ("K200", "P1001")
    diagnoses = [row for row in found if isinstance(row, ClaimDiagnosis) and row.claim_id == "P1001#2"]
    assert [row.icd10 for row in diagnoses] == ["C61"]


def test_claims_of_files_that_are_read_together_never_share_a_key():
    keys = ClaimKeys()
    first, second = (list(read(SAMPLES / "professional.837", keys)) for _ in range(2))
    assert not {line.claim_id for line in lines_in(first)} & {line.claim_id for line in lines_in(second)}


@given(st.lists(st.sampled_from(["A", "A#2", "A#2#2", "B"])))
def test_keys_of_claims_are_distinct_whatever_the_numbers(numbers: list[str]):
    keys = ClaimKeys()
    given_out = [keys.next_key(number) for number in numbers]
    assert len(set(given_out)) == len(numbers)


def test_as_many_units_as_days_need_no_word(rows: Reader):
    content = changed(PROFESSIONAL, "DTP*472*RD8*20250113-20250117", "DTP*472*RD8*20250113-20250113")
    assert problems_in(rows(content)) == []
