"""Portals are written as a physicist writes them."""

from datetime import date

import pytest

from isocenter.report.plan_evidence import Delivery
from isocenter.report.portals import angle, beam, gantry, shaped_by
from isocenter.report.words import person_name
from isocenter.terms.courses import ImageGuidance
from isocenter.terms.plans import PlanField


def test_an_angle_of_zero_is_shown_and_one_that_is_not_stated_is_left_blank() -> None:
    assert [angle(degrees) for degrees in (0.0, -0.04, -0.5, 51.0, 179.94, None)] == [
        "0°", "0°", "-0.5°", "51°", "179.9°", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (PlanField("P", 1, modality="PHOTON", energy_mv=6.0, gantry_start_deg=0.0), ("6 MV photons", "0°")),
        (PlanField("P", 2, modality="ELECTRON", energy_mv=9.0, gantry_start_deg=10.0), ("9 MeV electrons", "10°")),
        (
            PlanField("P", 3, is_arc=True, gantry_start_deg=181.0, gantry_stop_deg=179.0, rotation="CW"),
            ("", "181° to 179° clockwise"),
        ),
        (
            PlanField("P", 4, is_arc=False, gantry_start_deg=90.0, gantry_stop_deg=90.0, rotation="NONE"),
            ("", "90°"),
        ),
    ],
)
def test_beam_and_gantry(field: PlanField, said: tuple[str, str]) -> None:
    assert (beam(field), gantry(field)) == said


def test_a_compensator_says_whether_the_plan_describes_it() -> None:
    assert shaped_by(PlanField("P", 1, modulation="mlc")) == "MLC"
    described = PlanField("P", 1, modulation="compensator", compensator_documented=False)
    assert shaped_by(described) == "compensator, not described in the plan"


def test_names_of_dicom_are_written_as_people_say_them() -> None:
    assert person_name("ONCOLOGIST^ADA") == "ADA ONCOLOGIST"
    assert person_name("Roe^Jan^M^Dr.^MD") == "Dr. Jan M Roe MD"
    assert person_name("J. Roe") == "J. Roe"
    assert person_name("Yamada^Tarou=山田^太郎") == "Tarou Yamada"


def test_a_shift_without_a_tolerance_is_not_said_to_keep_it() -> None:
    assert Delivery((), (_shift(2.0, None),)).tolerances == "no tolerance is stated for their shifts"
    some = Delivery((), (_shift(2.0, 3.0), _shift(4.0, 3.0), _shift(2.0, None)))
    assert some.tolerances == "1 of 2 shifts beyond tolerance; 1 set-up without a shift or a tolerance"


def _shift(shift_mm: float, tolerance_mm: float | None) -> ImageGuidance:
    return ImageGuidance("C1", date(2024, 4, 8), "cbct", shift_mm, tolerance_mm)
