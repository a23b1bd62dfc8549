"""The phantoms as DICOM files: valid, tied to each other, the same each time, and odd where asked."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from isocenter.phantoms import PHANTOMS, Delivery, PhantomFiles, PlanStyle, Quirks, make_phantom

# Attributes of type 1 and 2 of the module tables (DICOM PS3.3) that a reader or a validator asks for.
GENERAL = (
    "SOPClassUID SOPInstanceUID StudyDate StudyTime AccessionNumber Modality Manufacturer "
    "ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID "
    "SeriesInstanceUID StudyID SeriesNumber"
)
OWN = {
    "CT": "ImageType AcquisitionNumber KVP ImagePositionPatient ImageOrientationPatient PixelSpacing "
    "SliceThickness FrameOfReferenceUID PositionReferenceIndicator RescaleIntercept RescaleSlope "
    "SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit "
    "PixelRepresentation PixelData InstanceNumber PatientPosition",
    "RTSTRUCT": "OperatorsName StructureSetLabel StructureSetDate StructureSetTime StructureSetROISequence "
    "ROIContourSequence RTROIObservationsSequence ApprovalStatus",
    "RTPLAN": "OperatorsName RTPlanLabel RTPlanDate RTPlanTime RTPlanGeometry FractionGroupSequence "
    "BeamSequence PatientSetupSequence FrameOfReferenceUID ApprovalStatus ReferencedStructureSetSequence",
    "RTDOSE": "OperatorsName DoseUnits DoseType DoseSummationType DoseGridScaling ReferencedRTPlanSequence "
    "FrameOfReferenceUID PixelData GridFrameOffsetVector FrameIncrementPointer NumberOfFrames",
    "RTRECORD": "OperatorsName InstanceNumber TreatmentDate TreatmentTime ReferencedRTPlanSequence "
    "TreatmentMachineSequence ReferencedFractionGroupNumber NumberOfFractionsPlanned PrimaryDosimeterUnit "
    "TreatmentSessionBeamSequence",
    "REG": "ContentDate ContentTime ContentLabel ContentCreatorName FrameOfReferenceUID RegistrationSequence "
    "InstanceNumber",
}
FEW = Delivery(fractions=2)
COARSE = {"delivery": FEW, "spacing_mm": 6.0, "slice_mm": 4.0}
NAMES = [name for name, phantom in PHANTOMS.items() if phantom.dose is None or name == "cone_rotated"]


def make(folder: Path, name: str = "c_shape", **knobs: object) -> PhantomFiles:
    return make_phantom(name, folder, **{**COARSE, **knobs})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made_sets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], PhantomFiles]:
    """Each phantom as it is by default but for the number of records, made once."""
    return cache(lambda name: make_phantom(name, tmp_path_factory.mktemp(name), delivery=FEW))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    """A coarse phantom without any quirk."""
    return make(tmp_path_factory.mktemp("plain"))


def read(path: Path) -> Dataset:
    return pydicom.dcmread(path)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_holds_what_its_modules_require(name: str, made_sets: Callable[[str], PhantomFiles]) -> None:
    for path in made_sets(name).all_paths:
        dataset = read(path)
        wanted = f"{GENERAL} {OWN[dataset.Modality]}".split()
        assert [keyword for keyword in wanted if keyword not in dataset] == [], path.name
        assert str(dataset.PatientName).startswith("PHANTOM^")


@pytest.mark.parametrize("name", ["cone_rotated", "lung", "reirradiation"])
def test_no_decimal_string_is_longer_than_sixteen_characters(name: str, tmp_path: Path) -> None:
    made = make(tmp_path, name, quirks=Quirks(stored_dvhs=True, gantry_noise_deg=7.09e-10))
    for path in (made.structures, made.plan, *made.doses, *made.records[:1], *made.registrations):
        with path.open("rb") as opened:
            dataset = pydicom.dcmread(opened)
        for element in dataset.iterall():
            if element.VR == "DS" and element.value is not None:
                values = element.value if element.VM > 1 else [element.value]
                assert max(len(str(value)) for value in values) <= 16, element.keyword


@pytest.mark.parametrize("name", ["c_shape", "reirradiation", "head_and_neck"])
def test_every_reference_leads_to_a_file_of_the_set(name: str, made_sets: Callable[[str], PhantomFiles]) -> None:
    made = made_sets(name)
    studies = {read(path).StudyInstanceUID for path in made.all_paths}
    uids = {read(path).SOPInstanceUID for path in made.all_paths}
    assert len(uids) == len(made.all_paths)
    for path in made.all_paths:
        for element in read(path).iterall():
            if element.keyword == "ReferencedSOPInstanceUID":
                assert element.value in uids | studies, path.name


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize("name", ["c_shape", "lung"])
def test_a_validator_finds_no_error_in_the_files(name: str, made_sets: Callable[[str], PhantomFiles]) -> None:
    made = made_sets(name)
    for path in (made.ct[0], made.structures, made.plan, *made.doses, *made.records[:1]):
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        # Its list of this attribute lacks the standard's own VERIFIED.
        lines = [line for line in (said.stdout + said.stderr).splitlines() if "<VERIFIED>" not in line]
        assert [line for line in lines if line.startswith(("Error", "Abort"))] == [], path.name


def test_all_parts_of_a_set_share_one_frame_of_reference_and_one_study(
    made_sets: Callable[[str], PhantomFiles],
) -> None:
    made = made_sets("c_shape")
    parts = [read(path) for path in (*made.ct, made.structures, made.plan, *made.doses)]
    assert len({part.FrameOfReferenceUID for part in parts}) == 1
    assert len({part.StudyInstanceUID for part in parts}) == 1
    for roi in parts[-3].StructureSetROISequence:
        assert roi.ReferencedFrameOfReferenceUID == parts[0].FrameOfReferenceUID


def test_a_registration_names_the_frames_of_both_courses(
    made_sets: Callable[[str], PhantomFiles],
) -> None:
    made = made_sets("reirradiation")
    registration = read(made.registrations[0])
    frames = [item.FrameOfReferenceUID for item in registration.RegistrationSequence]
    assert frames == [read(made.plan).FrameOfReferenceUID, read(made.earlier[0].plan).FrameOfReferenceUID]
    assert read(made.plan).PatientID == read(made.earlier[0].plan).PatientID


def test_contours_lie_on_the_slices_that_they_name(
    made_sets: Callable[[str], PhantomFiles],
) -> None:
    made = made_sets("c_shape")
    slices = [read(path) for path in made.ct]
    z_of = {ct.SOPInstanceUID: float(ct.ImagePositionPatient[2]) for ct in slices}
    for roi in read(made.structures).ROIContourSequence:
        for contour in roi.ContourSequence:
            named = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
            assert float(contour.ContourData[2]) == pytest.approx(z_of[named], abs=0.01)
            assert contour.NumberOfContourPoints * 3 == len(contour.ContourData)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    knobs = {"quirks": Quirks(stored_dvhs=True, shuffled_numbers=True), "seed": 5}
    once, again = (make(tmp_path / run, "spine", **knobs) for run in ("once", "again"))
    assert [p.read_bytes() for p in once.all_paths] == [p.read_bytes() for p in again.all_paths]


@pytest.mark.parametrize(
    "knobs", [{"seed": 1}, {"start": date(2026, 2, 2)}, {"quirks": Quirks(end_caps=True)}, {"slice_mm": 2.0}]
)
def test_other_arguments_give_other_identifiers(knobs: dict[str, object], tmp_path: Path) -> None:
    plain, other = make(tmp_path / "plain", "sphere"), make(tmp_path / "other", "sphere", **knobs)
    assert read(plain.plan).SOPInstanceUID != read(other.plan).SOPInstanceUID


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_set_is_small(name: str, made_sets: Callable[[str], PhantomFiles]) -> None:
    whole = made_sets(name)
    size = sum(path.stat().st_size for path in whole.all_paths)
    for made in (whole, *whole.earlier):
        size += (made.truth.fractions - len(made.records)) * made.records[0].stat().st_size
    assert size < 1_500_000


def test_without_a_wish_every_planned_fraction_is_recorded(tmp_path: Path) -> None:
    made = make_phantom("sphere", tmp_path)
    assert (
        len(made.records) == made.truth.fractions == read(made.plan).FractionGroupSequence[0].NumberOfFractionsPlanned
    )


@pytest.mark.parametrize(
    ("syntax", "uid"),
    [
        ("explicit_little", "1.2.840.10008.1.2.1"),
        ("implicit_little", "1.2.840.10008.1.2"),
        ("explicit_big", "1.2.840.10008.1.2.2"),
    ],
)
def test_the_transfer_syntax_changes_the_bytes_and_no_value(
    syntax: str, uid: str, tmp_path: Path, plain: PhantomFiles
) -> None:
    made = make(tmp_path / syntax, quirks=Quirks(transfer_syntax=syntax))  # type: ignore[arg-type]
    for path, twin in ((made.doses[0], plain.doses[0]), (made.ct[20], plain.ct[20])):
        assert read(path).file_meta.TransferSyntaxUID == uid
        order = ">u2" if syntax == "explicit_big" else "<u2"
        pixels = np.frombuffer(read(path).PixelData, dtype=order)
        assert (pixels == np.frombuffer(read(twin).PixelData, dtype="<u2")).all()
    contour, twin_contour = (read(files.structures).ROIContourSequence[1].ContourSequence[0] for files in (made, plain))
    assert contour.ContourData == twin_contour.ContourData


@pytest.mark.parametrize(
    ("position", "row", "normal_z"),
    [
        ("HFS", [1, 0, 0], 1),
        ("HFP", [-1, 0, 0], 1),
        ("FFS", [-1, 0, 0], -1),
        ("FFP", [1, 0, 0], -1),
        ("HFDR", [0, 1, 0], 1),
        ("HFDL", [0, -1, 0], 1),
    ],
)
def test_a_patient_position_turns_the_image_and_is_said(
    position: str, row: list[int], normal_z: int, tmp_path: Path
) -> None:
    made = make(tmp_path, quirks=Quirks(patient_position=position))  # type: ignore[arg-type]
    ct, dose = read(made.ct[0]), read(made.doses[0])
    assert ct.PatientPosition == read(made.plan).PatientSetupSequence[0].PatientPosition == position
    for image in (ct, dose):
        orientation = [int(cosine) for cosine in image.ImageOrientationPatient]
        assert orientation[:3] == row
        assert np.cross(orientation[:3], orientation[3:])[2] == normal_z
    offsets_mm = np.array(dose.GridFrameOffsetVector, dtype=float)
    assert (np.diff(offsets_mm) > 0).all()


def test_reversed_slices_run_from_head_to_foot(tmp_path: Path) -> None:
    made = make(tmp_path, quirks=Quirks(reversed_slices=True))
    z_mm = [float(read(path).ImagePositionPatient[2]) for path in made.ct]
    assert z_mm == sorted(z_mm, reverse=True)
    assert np.array(read(made.doses[0]).GridFrameOffsetVector, dtype=float)[1] < 0


def test_absolute_frame_offsets_hold_the_place_itself(tmp_path: Path) -> None:
    dose = read(make(tmp_path, quirks=Quirks(absolute_frame_offsets=True)).doses[0])
    assert dose.GridFrameOffsetVector[0] == dose.ImagePositionPatient[2] != 0


def test_gantry_noise_and_missing_jaws_are_in_the_plan(tmp_path: Path) -> None:
    made = make(tmp_path, quirks=Quirks(gantry_noise_deg=7.09e-10, missing_x_jaws=True))
    beam = read(made.plan).BeamSequence[0]
    assert float(beam.ControlPointSequence[0].GantryAngle) == 7.09e-10
    assert [d.RTBeamLimitingDeviceType for d in beam.BeamLimitingDeviceSequence] == ["ASYMY", "MLCX"]


def test_beam_doses_add_up_to_the_dose_of_the_plan(tmp_path: Path, plain: PhantomFiles) -> None:
    made = make(tmp_path / "beams", quirks=Quirks(dose_summation="BEAM"))
    whole = read(plain.doses[0])
    parts = [read(path) for path in made.doses]
    assert len(parts) == len(read(made.plan).BeamSequence)
    assert {part.DoseSummationType for part in parts} == {"BEAM"}
    group = parts[2].ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence[0]
    assert group.ReferencedBeamSequence[0].ReferencedBeamNumber == 3
    total = sum(part.pixel_array.astype(int) for part in parts)
    assert (total == whole.pixel_array).all()


def test_single_frame_doses_are_one_file_a_plane(tmp_path: Path, plain: PhantomFiles) -> None:
    made = make(tmp_path / "planes", quirks=Quirks(single_frame_dose=True))
    whole = read(plain.doses[0])
    assert len(made.doses) == whole.NumberOfFrames
    plane = read(made.doses[7])
    assert "NumberOfFrames" not in plane
    assert (plane.pixel_array == whole.pixel_array[7]).all()
    assert plane.ImagePositionPatient[2] == whole.ImagePositionPatient[2] + whole.GridFrameOffsetVector[7]


def test_a_relative_dose_is_a_share_of_the_prescription(tmp_path: Path) -> None:
    dose = read(make(tmp_path, quirks=Quirks(dose_units="RELATIVE")).doses[0])
    assert dose.DoseUnits == "RELATIVE"
    assert dose.pixel_array.max() * float(dose.DoseGridScaling) == pytest.approx(1.05, abs=0.01)


def test_a_32_bit_dose_differs_from_a_16_bit_one_by_rounding_alone(tmp_path: Path) -> None:
    fine, coarse = (read(make(tmp_path / str(b), quirks=Quirks(dose_bits=b)).doses[0]) for b in (32, 16))
    assert fine.BitsAllocated == 32
    fine_gy, coarse_gy = (d.pixel_array * float(d.DoseGridScaling) for d in (fine, coarse))
    assert np.abs(fine_gy - coarse_gy).max() <= 0.0011


def test_stored_dvhs_may_state_per_cent_where_they_say_gray(tmp_path: Path) -> None:
    quirks = Quirks(stored_dvhs=True, dvh_statistics_in_percent=True)
    dose = read(make(tmp_path, quirks=quirks).doses[0])
    target = dose.DVHSequence[1]
    assert target.DoseUnits == "GY"
    assert float(target.DVHMaximumDose) > 100
    assert sum(float(width) for width in target.DVHData[::2]) < 60
    assert target.DVHNumberOfBins * 2 == len(target.DVHData)


def test_a_compensator_has_as_many_values_as_pixels(tmp_path: Path) -> None:
    for beam in read(make(tmp_path, "lung").plan).BeamSequence:
        (compensator,) = beam.CompensatorSequence
        pixels = compensator.CompensatorRows * compensator.CompensatorColumns
        assert len(compensator.CompensatorThicknessData) == pixels
        assert len(compensator.CompensatorTransmissionData) == pixels


def test_a_record_names_its_plan_its_beams_and_what_was_delivered(tmp_path: Path) -> None:
    delivery = Delivery(fractions=2, mu_deviation_percent=-3.0)
    made = make(tmp_path, "head_and_neck", delivery=delivery)
    plan, record = read(made.plan), read(made.records[1])
    assert record.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    ordered = {
        row.ReferencedBeamNumber: float(row.BeamMeterset)
        for row in plan.FractionGroupSequence[0].ReferencedBeamSequence
        if "BeamMeterset" in row
    }
    delivered = record.TreatmentSessionBeamSequence
    assert [beam.ReferencedBeamNumber for beam in delivered] == list(ordered)
    for beam in delivered:
        assert beam.CurrentFractionNumber == 2
        ordered_mu = ordered[beam.ReferencedBeamNumber]
        assert float(beam.DeliveredPrimaryMeterset) == pytest.approx(0.97 * ordered_mu, abs=0.001)


def test_an_approved_plan_is_reviewed_before_the_first_fraction(tmp_path: Path) -> None:
    made = make(tmp_path, style=PlanStyle(reviewed_days_before_start=3), start=date(2026, 3, 2))
    plan = read(made.plan)
    assert (plan.ApprovalStatus, plan.ReviewDate) == ("APPROVED", "20260227")
    assert read(made.records[0]).TreatmentDate == "20260302"
