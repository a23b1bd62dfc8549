"""Writes the phantom's CT, structure set and dose as DICOM files."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import CTImageStorage, RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from isocenter.phantoms.dicom_parts import (
    NOON,
    ORIENTATIONS,
    FileOrigin,
    day,
    decimal,
    decimals,
    item,
    laid_out,
    new_object,
    origin_of,
    reference,
    save,
    set_many_decimals,
    set_pixels,
)
from isocenter.phantoms.images import DOSE_QUANTUM_GY
from isocenter.phantoms.recipe import Recipe
from isocenter.phantoms.shapes import FloatArray
from isocenter.terms.imaging import (
    ContouredStructure,
    CtImage,
    DoseGrid,
    StoredDvh,
    StructureSet,
    TreatmentPlan,
    VerifyingDose,
)

INTERCEPT_HU = -1024
MOST_QUANTA = 65_000  # of 16 bits, with room for rounding
STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"
DESCRIPTIONS = {"measurement": "Reconstructed from measurement", "independent_calculation": "Independent calculation"}


def write_ct(recipe: Recipe, ct: CtImage, folder: Path) -> tuple[Path, ...]:
    """One file a slice, from foot to head or, reversed, from head to foot."""
    order = range(len(ct.z_mm))
    pixels, corner = laid_out((ct.hu - INTERCEPT_HU).astype(np.uint16), ct.x_mm, ct.y_mm, ct.patient_position)
    paths = []
    for number, index in enumerate(reversed(order) if recipe.quirks.reversed_slices else order, start=1):
        slice_ = new_object(origin_of(recipe), CTImageStorage, recipe.uid("ct", index), "CT", recipe.scanned_on)
        slice_.InstanceNumber = number
        slice_.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        slice_.AcquisitionNumber, slice_.KVP, slice_.Laterality = 1, "120", ""
        slice_.RescaleIntercept, slice_.RescaleSlope, slice_.RescaleType = str(INTERCEPT_HU), "1", "HU"
        slice_.PatientPosition = ct.patient_position
        corner_mm = (*corner, float(ct.z_mm[index]))
        _place(slice_, recipe.quirks.patient_position, corner_mm, (recipe.pixel, recipe.pixel, recipe.slice))
        slice_.FrameOfReferenceUID, slice_.PositionReferenceIndicator = ct.frame_of_reference_uid, ""
        set_pixels(slice_, pixels[index], recipe.quirks.transfer_syntax == "explicit_big")
        paths.append(save(slice_, folder / f"CT_{number:03d}.dcm"))
    return tuple(paths)


def _place(
    image: Dataset, position: str, corner_mm: tuple[float, float, float], spacing_mm: tuple[float, float, float]
) -> None:
    """Where an image lies: its first pixel, its directions, and the spacing of its rows, columns and slices."""
    image.ImagePositionPatient = [decimal(round(c, 3)) for c in corner_mm]
    image.ImageOrientationPatient = [str(c) for c in ORIENTATIONS[position]]
    image.PixelSpacing = [decimal(mm) for mm in spacing_mm[:2]]
    image.SliceThickness = decimal(spacing_mm[2])


def write_structures(recipe: Recipe, structures: StructureSet, ct: CtImage, folder: Path) -> Path:
    """The structure set, each contour tied to its CT slice."""
    made_on = recipe.scanned_on
    uid = structures.sop_instance_uid
    file = new_object(origin_of(recipe), RTStructureSetStorage, uid, "RTSTRUCT", made_on)
    file.FrameOfReferenceUID, file.PositionReferenceIndicator = structures.frame_of_reference_uid, ""
    file.StructureSetLabel, file.StructureSetDate, file.StructureSetTime = (
        structures.label,
        day(made_on),
        NOON,
    )
    file.ApprovalStatus = structures.approval
    if structures.approval != "UNAPPROVED":
        file.ReviewDate, file.ReviewTime, file.ReviewerName = day(made_on), NOON, recipe.plan_style.reviewer
    images = [reference(CTImageStorage, image) for image in structures.referenced_image_uids]
    series = item(SeriesInstanceUID=ct.series_uid, ContourImageSequence=images)
    study = reference(STUDY_CLASS, file.StudyInstanceUID, RTReferencedSeriesSequence=[series])
    frame_uid = structures.frame_of_reference_uid
    file.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=frame_uid, RTReferencedStudySequence=[study])]
    file.StructureSetROISequence = [
        item(
            ROINumber=s.number,
            ReferencedFrameOfReferenceUID=frame_uid,
            ROIName=s.name,
            ROIGenerationAlgorithm="MANUAL",
        )
        for s in structures.structures
    ]
    slice_at = dict(zip(ct.z_mm.tolist(), structures.referenced_image_uids, strict=True))
    file.ROIContourSequence = [
        _drawn(structure, slice_at, recipe.quirks.reversed_slices) for structure in structures.structures
    ]
    file.RTROIObservationsSequence = [
        item(
            ObservationNumber=i,
            ReferencedROINumber=s.number,
            RTROIInterpretedType=s.interpreted_type,
            ROIInterpreter="",
        )
        for i, s in enumerate(structures.structures, start=1)
    ]
    return save(file, folder / "RS.dcm")


def _drawn(structure: ContouredStructure, slice_at: dict[float, str], head_first: bool) -> Dataset:
    levels = [str(level) for level in bytes.fromhex(structure.display_color.removeprefix("#"))]
    roi = item(ReferencedROINumber=structure.number, ROIDisplayColor="\\".join(levels))
    contours = []
    for z_mm, points in sorted(structure.contours, key=lambda c: c[0], reverse=head_first):
        contour = Dataset()
        if z_mm in slice_at:
            contour.ContourImageSequence = [reference(CTImageStorage, slice_at[z_mm])]
        contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
        set_many_decimals(contour, "ContourData", np.column_stack([points, np.full(len(points), z_mm)]), 3)
        contours.append(contour)
    if contours:
        roi.ContourSequence = contours
    return roi


def write_doses(
    recipe: Recipe, dose: DoseGrid, structures: StructureSet, plan: TreatmentPlan, folder: Path
) -> tuple[Path, ...]:
    """One dose file for the plan, or one for each beam, or one for each plane."""
    quanta = np.rint(dose.dose_gy / DOSE_QUANTUM_GY[recipe.quirks.dose_bits]).astype(np.uint32)
    parts: list[tuple[FloatArray | np.ndarray, tuple[int, ...], FloatArray]] = [(quanta, (), dose.z_mm)]
    if dose.summation == "BEAM":
        parts = [(share, (number,), dose.z_mm) for number, share in _beam_shares(quanta, plan)]
    if recipe.quirks.single_frame_dose:
        parts = [(q[[k]], beams, z[[k]]) for q, beams, z in parts for k in range(len(z))]
    paths = []
    for number, (part, beams, z_mm) in enumerate(parts):
        file = _dose_file(recipe, dose, plan, recipe.uid("dose", number), beams)
        _set_planes(file, recipe, dose, part, z_mm)
        if number == 0 and dose.stored_dvhs:
            file.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, structures.sop_instance_uid)]
            file.DVHSequence = [_stored_dvh(dvh) for dvh in dose.stored_dvhs]
        paths.append(save(file, folder / (f"RD_{number + 1:03d}.dcm" if len(parts) > 1 else "RD.dcm")))
    return tuple(paths)


def write_plan_dose(origin: FileOrigin, dose: DoseGrid, plan: TreatmentPlan, path: Path) -> Path:
    """A plan's dose on an even grid in 16 bits, scaled so that its greatest value fills them."""
    file = new_object(origin, RTDoseStorage, dose.sop_instance_uid, "RTDOSE", plan.plan_date or origin.made_on)
    file.DoseUnits, file.DoseType, file.DoseSummationType = "GY", "PHYSICAL", dose.summation
    file.ReferencedRTPlanSequence = [reference(RTPlanStorage, plan.sop_instance_uid)]
    scaling = max(float(dose.dose_gy.max()), 1e-6) / MOST_QUANTA
    file.DoseGridScaling = decimal(scaling)
    orientation = ORIENTATIONS[origin.patient_position]
    towards_head = int(np.cross(orientation[:3], orientation[3:])[2])
    quanta = np.rint(dose.dose_gy / float(file.DoseGridScaling)).astype(np.uint16)[::towards_head]
    pixels, corner = laid_out(quanta, dose.x_mm, dose.y_mm, origin.patient_position)
    z_mm = dose.z_mm[::towards_head]
    rows_mm, columns_mm, slices_mm = (float(axis[1] - axis[0]) for axis in (dose.y_mm, dose.x_mm, dose.z_mm))
    _place(file, origin.patient_position, (*corner, float(z_mm[0])), (rows_mm, columns_mm, slices_mm))
    file.FrameOfReferenceUID, file.PositionReferenceIndicator = dose.frame_of_reference_uid, ""
    file.NumberOfFrames, file.FrameIncrementPointer = len(z_mm), 0x3004000C
    file.GridFrameOffsetVector = decimals(np.round((z_mm - z_mm[0]) * towards_head, 3))
    set_pixels(file, pixels, origin.transfer_syntax == "explicit_big")
    return save(file, path)


def write_verifying_dose(recipe: Recipe, dose: VerifyingDose, plan: TreatmentPlan, folder: Path) -> Path:
    """The verifying dose as a dose of the whole plan whose series says how it came about."""
    grid = dose.dose
    file = _dose_file(recipe, grid, plan, grid.sop_instance_uid, ())
    file.SeriesDescription = DESCRIPTIONS[dose.kind]
    file.SeriesInstanceUID = recipe.uid("verifying series")
    quanta = np.rint(grid.dose_gy / DOSE_QUANTUM_GY[recipe.quirks.dose_bits]).astype(np.uint32)
    _set_planes(file, recipe, grid, quanta, grid.z_mm)
    path = folder / dose.path
    path.parent.mkdir(exist_ok=True)
    return save(file, path)


def _beam_shares(quanta: np.ndarray, plan: TreatmentPlan) -> list[tuple[int, np.ndarray]]:
    """The dose of each beam, as its share of the fraction's dose; the last one takes the rounding."""
    doses_gy = [beam.beam_dose_gy or 0.0 for beam in plan.treatment_beams]
    shares = [(quanta * (dose / sum(doses_gy))).astype(np.uint32) for dose in doses_gy[:-1]]
    last = quanta - np.sum(shares, axis=0, dtype=np.uint32) if shares else quanta
    return [(b.number, share) for b, share in zip(plan.treatment_beams, [*shares, last], strict=True)]


def _dose_file(recipe: Recipe, dose: DoseGrid, plan: TreatmentPlan, uid: str, beams: tuple[int, ...]) -> FileDataset:
    file = new_object(origin_of(recipe), RTDoseStorage, uid, "RTDOSE", plan.plan_date or recipe.start)
    file.DoseUnits, file.DoseType = recipe.quirks.dose_units, "PHYSICAL"
    file.DoseSummationType = dose.summation
    to_plan = reference(RTPlanStorage, plan.sop_instance_uid)
    if dose.summation != "PLAN":
        group = item(ReferencedFractionGroupNumber=1)
        if beams:
            group.ReferencedBeamSequence = [item(ReferencedBeamNumber=number) for number in beams]
        to_plan.ReferencedFractionGroupSequence = [group]
    file.ReferencedRTPlanSequence = [to_plan]
    scaling = DOSE_QUANTUM_GY[recipe.quirks.dose_bits]
    if recipe.quirks.dose_units == "RELATIVE":
        scaling /= max(recipe.phantom.prescription_gy.values())
    file.DoseGridScaling = decimal(scaling)
    return file


def _set_planes(file: Dataset, recipe: Recipe, dose: DoseGrid, quanta: np.ndarray, z_mm: FloatArray) -> None:
    """Pixels and places of the dose planes, in the order in which the file holds them."""
    orientation = ORIENTATIONS[recipe.quirks.patient_position]
    towards_head = int(np.cross(orientation[:3], orientation[3:])[2])
    step = towards_head * (-1 if recipe.quirks.reversed_slices else 1)
    pixels, corner = laid_out(quanta[::step], dose.x_mm, dose.y_mm, recipe.quirks.patient_position)
    z_mm = z_mm[::step]
    corner_mm = (*corner, float(z_mm[0]))
    _place(file, recipe.quirks.patient_position, corner_mm, (recipe.pixel, recipe.pixel, recipe.slice))
    file.FrameOfReferenceUID, file.PositionReferenceIndicator = dose.frame_of_reference_uid, ""
    if len(z_mm) > 1:
        offsets = z_mm if recipe.quirks.absolute_frame_offsets else (z_mm - z_mm[0]) * towards_head
        file.NumberOfFrames, file.FrameIncrementPointer = len(z_mm), 0x3004000C
        file.GridFrameOffsetVector = decimals(np.round(offsets, 3))
    else:
        pixels = pixels[0]
    bits = np.uint16 if recipe.quirks.dose_bits == 16 else np.uint32
    set_pixels(file, pixels.astype(bits), recipe.quirks.transfer_syntax == "explicit_big")


def _stored_dvh(dvh: StoredDvh) -> Dataset:
    pairs = np.column_stack([np.diff(dvh.dose_gy), dvh.volume_cc[:-1]])
    stored = item(
        DVHType="CUMULATIVE",
        DoseUnits="GY",
        DoseType="PHYSICAL",
        DVHDoseScaling="1",
        DVHVolumeUnits="CM3",
        DVHNumberOfBins=len(pairs),
        DVHReferencedROISequence=[item(ReferencedROINumber=dvh.structure_number, DVHROIContributionType="INCLUDED")],
        DVHMinimumDose=decimal(dvh.stated_minimum or 0.0),
        DVHMaximumDose=decimal(dvh.stated_maximum or 0.0),
        DVHMeanDose=decimal(dvh.stated_mean or 0.0),
    )
    set_many_decimals(stored, "DVHData", pairs, 4)
    return stored
