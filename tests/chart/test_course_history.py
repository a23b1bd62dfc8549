"""Earlier courses, diagnoses, logs of shifts and orders in force, in words and in tables."""

from datetime import date

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.orders.orders import in_force
from isocenter.chart.orders.prescriptions import prescription_of
from isocenter.chart.pages.passages import Sentence, sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.results.diagnoses import diagnoses_in
from isocenter.chart.results.earlier_courses import prior_irradiations_in
from isocenter.chart.results.image_guidance import guidance_in
from isocenter.chart.statements.check import line_of
from tests.chart.reading import POLICY, read

CUES = grammar_of(POLICY / "chart").cues

_BEGINS = date(2024, 2, 1)


def _row(*columns: tuple[str, str], number: int = 3) -> Sentence:
    sentence = next(sentences([line_of(" ".join(value for _, value in columns))]))
    return sentence._replace(row=number, columns=tuple(Column(*column) for column in columns))


def _priors(text: str) -> list[tuple[float | None, int | None, date | int | None]]:
    found = prior_irradiations_in(list(sentences([line_of(text)])), _BEGINS)
    return [(p.dose_gy, p.fractions, p.ended_on or p.ended_year) for p in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He got 45 Gy in 25 sittings to the rectum, done on March 3, 2015.", [(45.0, 25, date(2015, 3, 3))]),
        ("2009: chest wall radiotherapy, 5040 cGy/28 fx, ended 11/2/2009", [(50.4, 28, date(2009, 11, 2))]),
        ("Earlier radiation? yes - pelvis 2013: 25 x 1.8 Gy", [(45.0, 25, 2013)]),
        ("Her mother had 50 Gy in 25 fractions in 2010.", []),
        ("His twin finished radiation of 50 Gy in 25 fractions in 2010.", []),
        ("She never had radiation; 50 Gy in 25 fractions was offered in 2012 and declined.", []),
        ("The trial of 2016 gave 60 Gy in 30 fractions of radiation.", []),
        ("We plan radiation of 60 Gy in 30 fractions from March 2024.", []),
        ("Radiation of 50 Gy in 25 fractions was completed on May 2, 2024.", []),
        ("In 2019 the right hip was considered for 20 Gy in 5 fractions, but it was nailed instead.", []),
        ("Pelvis 30 Gy in 2018 discussed at a visit; no beam was ever given there.", []),
        ("Surgery was considered in 2019 but she had radiation of 20 Gy in 5 fractions instead.", [(20.0, 5, 2019)]),
    ],
)  # fmt: skip
def test_an_earlier_course_has_a_dose_and_ended_before_the_chart_begins(text: str, expected: list[object]) -> None:
    assert _priors(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Diagnosis: carcinoma of the tonsil (C09.9); dysphagia (R13.10)", ["C09.9", "R13.10"]),
        ("Past medical diagnoses: hypertension (I10.0)", []),
        ("He takes B12 and has T12 pain, family history of C50.9", []),
        ("Seen for dysphagia R13.10 by speech therapy", []),
    ],
)
def test_codes_listed_as_diagnoses_count(text: str, expected: list[str]) -> None:
    assert [d.icd10 for d in diagnoses_in(list(sentences([line_of(text)])))] == expected


def test_a_row_of_a_diagnosis_that_is_over_does_not_count() -> None:
    rows = [
        _row(("ICD-10", "C61"), ("Name", "Prostate"), ("State", "Active"), number=1),
        _row(("ICD-10", "C43.59"), ("Name", "Melanoma of trunk"), ("State", "Resolved"), number=2),
        _row(("ICD-10", "N32.81"), ("Name", "Overactive bladder"), ("State", "Active"), number=3),
    ]
    assert [d.icd10 for d in diagnoses_in(rows)] == ["C61", "N32.81"]


@pytest.mark.parametrize(
    ("names", "values", "shift", "tolerance"),
    [
        (("Lat cm", "Vert cm", "Long cm", "Tol mm"), ("0.2", "-0.3", "0.6", "5"), 7.0, 5.0),
        (("Lat", "Vert", "Long", "Limit"), ("0.2", "-0.3", "0.6", "5 mm"), 7.0, 5.0),
        (("Lat", "Vert", "Long", "Limit"), ("2", "-3", "6", "5 mm"), 7.0, 5.0),
        (("Lat mm", "Vert mm", "Long mm", "Limit"), ("0.2", "-0.3", "0.6", "5 mm"), 0.7, 5.0),
        (("VRT", "LNG", "LAT (cm)", "Tol"), ("0.2", "-0.3", "0.6", "5 mm"), 7.0, 5.0),
        (("dX mm", "dY mm", "dZ mm", "Tol"), ("2", "-3", "6", "5 mm"), 7.0, 5.0),
        (("TX (cm)", "TY (cm)", "TZ (cm)", "Tol"), ("0.2", "-0.3", "0.6", "5 mm"), 7.0, 5.0),
        (("dLat", "dLng", "dVrt", "Tol"), ("2 mm", "-3 mm", "6 mm", "5 mm"), 7.0, 5.0),
    ],
)
def test_shifts_are_in_the_unit_of_their_heading(
    names: tuple[str, ...], values: tuple[str, ...], shift: float, tolerance: float
) -> None:
    columns = [("Date", "2/6/2024"), ("Type", "CBCT"), *zip(names, values, strict=True)]
    row = _row(*columns, ("By", "K. Doe RTT"), ("MD review", "(open)"))
    (found,) = guidance_in([row], {}, rows_only=True)
    assert (found.shift_mm, found.tolerance_mm) == (shift, tolerance)
    assert (found.performed_by_role, found.reviewed_by_role, found.reviewed_on) == ("radiation_therapist", "", None)


def test_lengths_under_headings_that_are_not_known_are_no_shift() -> None:
    page = "# IMAGE GUIDANCE LOG\n| Date | Image | {} | {} | {}\n| 2/6/2024 | CBCT | 2 mm | -3 mm | 6 mm"
    grammar = grammar_of(POLICY / "chart")
    shifts = [
        found.shift_mm
        for headings in (("Alpha", "Beta", "Gamma"), ("dX", "dY", "dZ"))
        for found, *_ in read(grammar, page.format(*headings)).guidance
    ]
    assert shifts == [None, 7.0]


def test_a_reviewer_of_images_is_who_is_in_the_column_of_the_review() -> None:
    columns = [("Date", "12/30/2024"), ("Type", "kV"), ("R/L mm", "3"), ("S/I mm", "0"), ("A/P mm", "4")]
    row = _row(*columns, ("By", "P. Roe"), ("MD ok", "A. Bloggs 1/2"))
    (found,) = guidance_in([row], {"bloggs": "radiation_oncologist", "roe": "radiation_therapist"})
    assert (found.performed_by_role, found.reviewed_by_role) == ("radiation_therapist", "radiation_oncologist")
    assert found.reviewed_on == date(2025, 1, 2)


def test_an_order_that_was_stopped_gives_no_dose() -> None:
    some = [
        s
        for line in (
            "Rx 4 status: VOID (replaced 3/2/2024)",
            "PTV_A 60 Gy in 30 fractions",
            "Rx 5 status: approved",
            "PTV_B 54 Gy in 30 fractions",
        )
        for s in sentences([line_of(line)])
    ]
    found = prescription_of(CUES, in_force(some))
    assert found is not None
    assert (found.dose_gy, [t.name for t in found.targets]) == (54.0, ["PTV_B"])


def test_a_row_that_was_struck_gives_no_dose_and_hours_between_fractions_are_no_limit() -> None:
    rows = [
        _row(("Volume", "PTV_C"), ("Dose", "66 Gy"), ("Fx", "33"), ("Note", "QD - void, wrong form"), number=1),
        _row(("Volume", "PTV_D"), ("Dose", "45 Gy"), ("Fx", "30"), ("Note", "BID >= 6 h"), number=2),
    ]
    found = prescription_of(CUES, in_force(rows))
    assert found is not None
    assert (found.dose_gy, found.fractions) == (45.0, 30)


def test_two_targets_in_one_sentence_keep_their_doses() -> None:
    text = "Treat the chest wall (PTV_CW) to 4500 cGy in 25 fractions; then the scar (PTV_SCAR) gets 1000 cGy in 5."
    found = prescription_of(CUES, list(sentences([line_of(text)])))
    assert found is not None
    assert {(t.name, t.dose_gy) for t in found.targets} == {("PTV_CW", 45.0), ("PTV_SCAR", 10.0)}


def test_doses_over_fractions_without_units_count_behind_a_target_or_irradiation() -> None:
    found = prescription_of(CUES, list(sentences([line_of("PTV_E1 50.4 / 28 PTV_E2 58.8 / 28 SIB qd")])))
    assert found is not None
    assert ({(t.name, t.dose_gy) for t in found.targets}, found.fractions) == ({("PTV_E1", 50.4), ("PTV_E2", 58.8)}, 28)
    before = prescription_of(CUES, list(sentences([line_of("62/31 to PTV_E3, 52.7/31 to PTV_E4, daily")])))
    assert before is not None
    assert ([(t.name, t.dose_gy) for t in before.targets], before.fractions) == ([("PTV_E3", 62), ("PTV_E4", 52.7)], 31)
    assert _priors("L calf sarcoma, preop RT 50/25 elsewhere, done 6/2/2017") == [(50.0, 25, date(2017, 6, 2))]
    assert _priors("Follow-up after RT 9/25, seen 6/2/2017") == []


@pytest.mark.parametrize(
    ("value", "role", "on"),
    [
        ("QRS e-sig 2/8/24", "radiation_oncologist", date(2024, 2, 8)),
        ("QRS", "", None),
        ("pend", "", None),
        ("to be signed by QRS 2/8/24", "", None),
    ],
)
def test_initials_review_images_only_when_signed_with_a_day(value: str, role: str, on: date | None) -> None:
    columns = [("date", "2/6/24"), ("mod", "CBCT"), ("x cm", "0.2"), ("y cm", "0.6"), ("z cm", "-0.3"), ("tol", "3 mm")]
    (found,) = guidance_in([_row(*columns, ("MD rev", value))], {})
    assert (found.shift_mm, found.reviewed_by_role, found.reviewed_on) == (7.0, role, on)


def test_how_far_an_organ_moves_is_no_shift_of_a_session() -> None:
    text = "2/6/2024 - The stomach moves 14 mm against bone, so CBCT is needed each day"
    assert list(guidance_in(list(sentences([line_of(text)])), {})) == []


_BOTH_PHASES = {("PTV_A", 44.0), ("PTV_B", 20.0)}


@pytest.mark.parametrize(
    ("texts", "dose", "fractions", "targets"),
    [
        (["Give 180 cGy daily x 28 = 5040 cGy to PTV_P"], 50.4, 28, {("PTV_P", 50.4)}),
        (["60 Gy / 2 Gy per fraction / 30 fractions"], 60.0, 30, {("PTV", 60.0)}),
        (["PTV_A 4400 RAD 22 X 200", "PTV_B PLUS 2000 RAD 10 X 200", "TOTAL 6400 IN 32"], 64.0, 32, _BOTH_PHASES),
        (["PTV_45 to 45 Gy in 5 weeks"], 45.0, None, {("PTV_45", 45.0)}),
    ],
)  # fmt: skip
def test_doses_are_read_with_their_fractions_in_any_order(
    texts: list[str], dose: float, fractions: int | None, targets: set[tuple[str, float]]
) -> None:
    found = prescription_of(CUES, [s for text in texts for s in sentences([line_of(text)])])
    assert found is not None
    assert (found.dose_gy, found.fractions, {(t.name, t.dose_gy) for t in found.targets}) == (dose, fractions, targets)


def test_an_exception_from_no_earlier_irradiation_is_an_earlier_course() -> None:
    text = "No earlier radiotherapy except 8 Gy in 1 fraction to the right femur in 2020."
    assert _priors(text) == [(8.0, 1, 2020)]
    assert _priors("No earlier radiotherapy, 8 Gy in 1 fraction to the femur was not given in 2020.") == []


@pytest.mark.parametrize(
    ("section", "names", "values", "expected"),
    [
        ("Prior radiation", "Site/Dose (Gy)/Fx/Completed", "lung 60 30 7/1/2012", [(60.0, 30, date(2012, 7, 1))]),
        ("Previous courses", "Region/Total cGy/Fractions/End", "pelvis 4500 25 2011", [(45.0, 25, 2011)]),
        ("Prescription", "Target/Dose (Gy)/Fx/Ordered", "PTV_Q 60 30 1/29/2024", []),
    ],
)
def test_rows_of_earlier_courses_are_read_by_their_headings(
    section: str, names: str, values: str, expected: list[object]
) -> None:
    row = _row(*zip(names.split("/"), values.split(), strict=True))._replace(section=section)
    found = prior_irradiations_in([row], _BEGINS)
    assert [(p.dose_gy, p.fractions, p.ended_on or p.ended_year) for p in found] == expected


def test_history_beside_one_code_does_not_hide_the_others() -> None:
    text = "Dx: C34.31, J43.9, Z85.3 (personal history of breast cancer)"
    assert [d.icd10 for d in diagnoses_in(list(sentences([line_of(text)])))] == ["C34.31", "J43.9"]
    assert list(diagnoses_in(list(sentences([line_of("Family history of colon cancer, C18.9")])))) == []


@pytest.mark.parametrize(
    "words",
    [
        "1 mm left, 4 mm inferior, 8 mm anterior",
        "1 mm left, 4 mm caudal, 8 mm up",
        "4 mm down, 1 mm right, 8 mm cranially",
    ],
)
def test_a_shift_in_words_of_three_directions_is_one_vector(words: str) -> None:
    text = f"2/6/2024 CBCT moved {words}; K. Doe RTT"
    (found,) = guidance_in(list(sentences([line_of(text)])), {})
    assert found.shift_mm == 9.0


@pytest.mark.parametrize(
    ("texts", "dose", "fractions"),
    [
        (["PTV_A 58 Gy in 29 fractions.", "Draft of 3/4: 64 Gy / 32 (not signed, deleted)."], 58.0, 29),
        (["4860 cGy, 27 fractions of 180 cGy", "Earlier version: 5040 cGy in 28 fx, annulled 3/4"], 48.6, 27),
        (["44 Gy in 22 fractions.", "Example on the form: 75 Gy in 25 fractions."], 44.0, 22),
        (["Proposed by the resident: 56 Gy in 28 fractions. Ordered: 52 Gy in 26 fractions."], 52.0, 26),
        (["64 Gy in 32 fractions (protocol dose would be 70 Gy in 35 fractions)."], 64.0, 32),
        (["Total 58 Gy in 29 fx; a boost to 64 Gy if the node persists."], 58.0, 29),
        (["The patient preferred 42.4 Gy in 16 fractions, which I order."], 42.4, 16),
        (["The family preferred 30 Gy in 10 fractions; I prescribe 42.4 Gy in 16 fractions."], 42.4, 16),
        (["The family preferred 30 Gy in 10 fractions and we chose 20 Gy in 5 fractions."], 20.0, 5),
        (["42.4 Gy in 16 fractions; her sister had 50 Gy in 25 fractions."], 42.4, 16),
    ],
)
def test_a_dose_that_is_only_mentioned_is_not_ordered(texts: list[str], dose: float, fractions: int) -> None:
    found = prescription_of(CUES, [s for text in texts for s in sentences([line_of(text)])])
    assert found is not None
    assert (found.dose_gy, found.fractions) == (dose, fractions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Radiosurgery of a left meningioma, 14 Gy in a single fraction, on 6/9/2015.", [(14.0, 1, date(2015, 6, 9))]),
        ("R breast xrt 50 gy/25 fx, done 7/2/13. no neck xrt. mom had xray", [(50.0, 25, date(2013, 7, 2))]),
        (
            "Past radiation: hip, 8 Gy in 1 fraction, done 3/1/2020; femur, 20 Gy in 5 fractions, done 4/1/2021",
            [(8.0, 1, date(2020, 3, 1)), (20.0, 5, date(2021, 4, 1))],
        ),
        ("The 45, 40 and 10 Gy lines were viewed with the 1990 field drawn in.", []),
        ("CORD RT 1905 CGY", []),
        ("Su esposa recibió radioterapia, 50 Gy en 25 sesiones, terminada 6/3/2019.", []),
    ],
)
def test_courses_of_jottings_and_lists_are_told_from_lines_of_dose_and_the_family(
    text: str, expected: list[tuple[float, int | None, date | int | None]]
) -> None:
    assert _priors(text) == expected


LOG = """\
# Image guidance log
Cone beam CT before each session. Action level 4 mm.
| Date | Shift X/Y/Z (mm) | Length (mm) | Reviewed
| 02/03/2025 | 2 / -3 / 6 | 7.0 | pending
| 02/04/2025 | 1 / 2 / 2 | 3.0 | pending
"""


def test_a_log_whose_rows_leave_out_method_and_tolerance_has_those_of_the_paper(grammar: Grammar) -> None:
    def rows(page: str) -> list[tuple[str, float | None, float | None]]:
        return [(one.method, one.shift_mm, one.tolerance_mm) for one, *_ in read(grammar, page).guidance]

    assert rows(LOG) == [("ct", 7.0, 4.0), ("ct", 3.0, 4.0)]
    assert rows(LOG.replace(" Action level 4 mm.", "")) == [("ct", 7.0, None), ("ct", 3.0, None)]
    assert rows(LOG.replace("Cone beam CT", "Cone beam CT or a kV pair")) == []
    imager = LOG.replace("Action level 4 mm", "Monthly QA of the imager: tolerance 1 mm. Couch limit 20 cm")
    assert rows(imager) == [("ct", 7.0, None), ("ct", 3.0, None)]


def test_records_of_an_earlier_course_count_beside_what_the_patient_denies_and_with_its_boost() -> None:
    text = (
        "No history of RT per patient, but a record shows left hip radiation 2001: 3000 cGy/10 fx completed 5/4/2001."
    )
    (found,) = prior_irradiations_in(list(sentences([line_of(text)])), date(2025, 1, 1))
    assert (found.dose_gy, found.fractions, found.ended_on) == (30.0, 10, date(2001, 5, 4))
    boosted = "Past RT to the left breast 46 Gy/23 fx + 16 Gy/8 boost, done 8/2013."
    (found,) = prior_irradiations_in(list(sentences([line_of(boosted)])), date(2025, 1, 1))
    assert (found.dose_gy, found.fractions, found.ended_year) == (62.0, 31, 2013)
    elsewhere = "Prior RT 46 Gy/23 fx to the left breast plus 20 Gy/5 fx to the spine, 2013."
    (found,) = prior_irradiations_in(list(sentences([line_of(elsewhere)])), date(2025, 1, 1))
    assert (found.dose_gy, found.fractions) == (46.0, 23)
    denied = "No history of RT, but 30 Gy in 10 fractions was offered in 2001 and declined."
    assert not list(prior_irradiations_in(list(sentences([line_of(denied)])), date(2025, 1, 1)))


def test_the_dose_that_an_organ_had_is_not_that_of_an_earlier_course() -> None:
    for organ in ("The cord has had 40 Gy in 2019.", "The new fields abut those of 1998, when the bladder got 61 Gy."):
        assert not list(prior_irradiations_in(list(sentences([line_of(organ)])), date(2025, 1, 1)))
    treated = "His bladder received 60 Gy in 30 fractions in 1998."
    (found,) = prior_irradiations_in(list(sentences([line_of(treated)])), date(2025, 1, 1))
    assert (found.dose_gy, found.fractions, found.ended_year) == (60.0, 30, 1998)
    (found,) = prior_irradiations_in(
        list(sentences([line_of("In 1998 she had 45 Gy to the same area.")])), date(2025, 1, 1)
    )
    assert (found.dose_gy, found.site) == (45.0, "")


def test_each_line_of_a_log_with_its_day_is_a_set_up_in_the_unit_behind_its_last_part(grammar: Grammar) -> None:
    log = (
        "# Image guidance\n"
        "03/04/2025 CBCT shift vert 0.2 long 0.3 lat 0.6 cm, tolerance 5 mm, therapist KL\n"
        "03/05/2025 CBCT not acquired, panel fault\n"
        "03/06/2025 CBCT shift vert 1 long 2 lat 2 mm, tolerance 5 mm, therapist KL"
    )
    found = [(str(one.guided_on), one.shift_mm, one.tolerance_mm) for one, *_ in read(grammar, log).guidance]
    assert found == [("2025-03-04", 7.0, 5.0), ("2025-03-06", 3.0, 5.0)]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("46 Gy / 23 fx to PTV_Breast and PTV_Nodes.", {"PTV_Breast": 46.0, "PTV_Nodes": 46.0}),
        ("58 Gy / 29 fx to PTV_High and PTV_Low will receive 52 Gy.", {"PTV_High": 58.0, "PTV_Low": 52.0}),
        ("58 Gy / 29 fx to PTV_High and PTV_Low (52 Gy).", {"PTV_High": 58.0, "PTV_Low": 52.0}),
        ("58 Gy / 29 fx to PTV_High and PTV_Low later.", {"PTV_High": 58.0}),
    ],
)
def test_targets_that_are_listed_share_the_dose_before_them_and_not_one_with_its_own(
    text: str, targets: dict[str, float]
) -> None:
    found = prescription_of(CUES, list(sentences([line_of(text)])))
    assert found is not None
    assert {one.name: one.dose_gy for one in found.targets} == targets


def test_a_metric_below_a_heading_of_doses_is_no_dose_of_its_target() -> None:
    columns = (
        Column("Structure", "PTV_A"),
        Column("Dose metric", "D98%"),
        Column("Optimal", ">= 41 Gy"),
        Column("Reached", "42 Gy"),
    )
    (line,) = sentences([line_of("PTV_A D98% >= 41 Gy 42 Gy")])
    assert prescription_of(CUES, [line._replace(row=1, columns=columns)]) is None
