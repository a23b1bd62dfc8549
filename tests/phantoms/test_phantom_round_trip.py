"""What the readers make of a phantom's files is the phantom that was made without files."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.intake.dicom_rt import read_folder
from isocenter.phantoms import PHANTOMS, Delivery, Quirks, make_phantom, phantom_objects
from isocenter.terms.imaging import PlanFolder

FEW = Delivery(fractions=3, partial=(2,))
COARSE = {"delivery": FEW, "spacing_mm": 6.0, "slice_mm": 6.0}
ODDITIES = [
    Quirks(transfer_syntax="implicit_little", odd_names=True, empty_markers=True, shuffled_numbers=True),
    Quirks(transfer_syntax="explicit_big", dose_bits=32, patient_position="HFDL"),
    Quirks(patient_position="HFP", absolute_frame_offsets=True, gantry_noise_deg=7.09e-10),
    Quirks(patient_position="FFS", missing_x_jaws=True),
    Quirks(patient_position="FFP", reversed_slices=True),
    Quirks(patient_position="HFDR", stored_dvhs=True, dvh_statistics_in_percent=True),
    Quirks(end_caps=True, keyhole_contours=True),
    Quirks(reversed_slices=True, more_dose_references=True),
    Quirks(uneven_slices=True, dose_summation="FRACTION"),
]
NAMES = [name for name, phantom in PHANTOMS.items() if phantom.dose is None or name == "cone_rotated"]


def turned_on(quirks: Quirks) -> list[str]:
    return [f.name for f in fields(quirks) if getattr(quirks, f.name) != f.default]


def differences(made: object, found: object, place: str = "") -> list[str]:
    """Where two values differ, by name."""
    if callable(made) or callable(found):
        return differences(made() if callable(made) else made, found() if callable(found) else found, place)
    if isinstance(made, np.ndarray):
        same = np.shape(made) == np.shape(found) and np.allclose(made, np.asarray(found), rtol=1e-6, atol=1e-3)
        return [] if same else [place]
    if is_dataclass(made):
        pairs = [(f.name, getattr(made, f.name), getattr(found, f.name)) for f in fields(made)]
        return [d for name, a, b in pairs for d in differences(a, b, f"{place}.{name}")]
    if isinstance(made, tuple) and isinstance(found, tuple):
        if len(made) != len(found):
            return [f"{place}: {len(made)} became {len(found)}"]
        return [d for i, (a, b) in enumerate(zip(made, found, strict=True)) for d in differences(a, b, f"{place}[{i}]")]
    if isinstance(made, float) and isinstance(found, float):
        return [] if found == pytest.approx(made, rel=1e-6, abs=1e-3) else [f"{place}: {made} became {found}"]
    return [] if made == found else [f"{place}: {made!r} became {found!r}"]


def without_patients_of_parts(folder: PlanFolder) -> PlanFolder:
    """The folder without the patients that its files state one by one, all the same as that of the plan."""
    assert folder.plan is not None
    assert {kind for kind, _ in folder.part_patients} >= {"CT image", "structure set", "dose"}
    assert {whose for _, whose in folder.part_patients} == {folder.plan.patient}
    return replace(folder, part_patients=(), earlier=tuple(map(without_patients_of_parts, folder.earlier)))


@pytest.mark.parametrize("name", NAMES)
def test_every_phantom_reads_back_as_it_was_made(name: str, tmp_path: Path) -> None:
    make_phantom(name, tmp_path, **COARSE)  # type: ignore[arg-type]
    found, _, _ = read_folder(tmp_path)
    assert differences(phantom_objects(name, **COARSE), without_patients_of_parts(found)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("quirks", ODDITIES, ids=lambda quirks: "-".join(turned_on(quirks)))
def test_an_oddity_of_the_export_reads_back_as_it_was_made(quirks: Quirks, tmp_path: Path) -> None:
    knobs = {**COARSE, "quirks": quirks, "seed": 4}
    make_phantom("prostate", tmp_path, **knobs)  # type: ignore[arg-type]
    found, _, _ = read_folder(tmp_path)
    assert differences(phantom_objects("prostate", **knobs), without_patients_of_parts(found)) == []  # type: ignore[arg-type]


def test_doses_of_single_beams_read_back_as_the_dose_of_the_plan(tmp_path: Path) -> None:
    quirks = Quirks(dose_summation="BEAM")
    make_phantom("prostate", tmp_path, delivery=FEW, quirks=quirks)
    found, _, _ = read_folder(tmp_path)
    made = phantom_objects("prostate", delivery=FEW, quirks=quirks)
    assert found.dose is not None
    assert made.dose is not None
    same_labels = replace(found.dose, summation="BEAM", sop_instance_uid=made.dose.sop_instance_uid)
    assert differences(made.dose, same_labels) == []


def test_a_relative_dose_is_refused_in_a_sentence(tmp_path: Path) -> None:
    make_phantom("sphere", tmp_path, delivery=FEW, quirks=Quirks(dose_units="RELATIVE"))
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is None
    assert any("RELATIVE" in problem.sentence for problem in problems)
