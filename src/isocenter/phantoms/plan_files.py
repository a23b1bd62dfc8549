"""Writes the phantom's plan, treatment records and registration as DICOM files."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import (
    RTBeamsTreatmentRecordStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SpatialRegistrationStorage,
)

from isocenter.phantoms.dicom_parts import (
    NOON,
    FileOrigin,
    day,
    decimal,
    decimals,
    item,
    new_object,
    origin_of,
    reference,
    save,
    set_many_decimals,
)
from isocenter.phantoms.recipe import Recipe
from isocenter.terms.imaging import Beam, Compensator, ControlPoint, Registration, TreatmentPlan
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord

DOSE_RATE_MU_PER_MIN = "600"
COMPENSATOR_TRAY_MM = 650.0


def write_plan(origin: FileOrigin, plan: TreatmentPlan, folder: Path, name: str = "RP.dcm") -> Path:
    """The plan: prescriptions, one fraction group, beams, set-up and approval."""
    made_on = plan.plan_date or origin.made_on
    file = new_object(origin, RTPlanStorage, plan.sop_instance_uid, "RTPLAN", made_on)
    file.FrameOfReferenceUID, file.PositionReferenceIndicator = plan.frame_of_reference_uid, ""
    file.RTPlanLabel, file.RTPlanDate, file.RTPlanTime = plan.label, day(made_on), NOON
    file.RTPlanGeometry, file.PlanIntent = "PATIENT", "CURATIVE"
    file.ApprovalStatus = plan.approval
    if plan.approved_on is not None:
        file.ReviewDate, file.ReviewTime, file.ReviewerName = day(plan.approved_on), NOON, plan.reviewer
    file.DoseReferenceSequence = [_dose_reference(plan, i) for i in range(len(plan.prescriptions))]
    setup = item(PatientSetupNumber=1, PatientPosition=origin.patient_position, SetupTechnique="ISOCENTRIC")
    file.PatientSetupSequence = [setup]
    file.FractionGroupSequence = [_fraction_group(plan)]
    file.BeamSequence = [_beam(origin, beam) for beam in plan.beams]
    file.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, plan.structure_set_uid)]
    return save(file, folder / name)


def _dose_reference(plan: TreatmentPlan, index: int) -> Dataset:
    wanted = plan.prescriptions[index]
    row = item(
        DoseReferenceNumber=index + 1,
        DoseReferenceStructureType=wanted.refers_to,
        DoseReferenceType=wanted.kind,
        DoseReferenceDescription=wanted.description,
    )
    if wanted.structure_number is not None:
        row.ReferencedROINumber = wanted.structure_number
    if wanted.target_dose_gy is not None:
        row.TargetPrescriptionDose = decimal(wanted.target_dose_gy)
    if wanted.organ_maximum_gy is not None:
        row.OrganAtRiskMaximumDose = decimal(wanted.organ_maximum_gy)
    return row


def _fraction_group(plan: TreatmentPlan) -> Dataset:
    beams = []
    for beam in plan.beams:
        row = item(ReferencedBeamNumber=beam.number)
        if beam.beam_dose_gy is not None:
            row.BeamDose = decimal(beam.beam_dose_gy)
        if beam.monitor_units is not None:
            row.BeamMeterset = decimal(beam.monitor_units)
        if beam.dose_point_mm is not None:
            row.BeamDoseSpecificationPoint = [decimal(mm) for mm in beam.dose_point_mm]
        beams.append(row)
    return item(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=plan.fractions,
        NumberOfBeams=len(beams),
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=beams,
    )


def _beam(origin: FileOrigin, beam: Beam) -> Dataset:
    row = item(
        BeamNumber=beam.number,
        BeamName=beam.name,
        BeamType=beam.beam_type,
        RadiationType=beam.radiation,
        TreatmentDeliveryType=beam.delivery_type,
        TreatmentMachineName=beam.machine,
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance=decimal(beam.source_axis_distance_mm),
        PrimaryFluenceModeSequence=[item(FluenceMode="STANDARD")],
        BeamLimitingDeviceSequence=_devices(beam),
        ReferencedPatientSetupNumber=1,
        NumberOfWedges=len(beam.wedge_types),
        NumberOfCompensators=len(beam.compensators),
        NumberOfBoli=0,
        NumberOfBlocks=0,
        FinalCumulativeMetersetWeight="1" if beam.monitor_units else "0",
        NumberOfControlPoints=len(beam.control_points),
        ControlPointSequence=_control_points(origin, beam),
    )
    if beam.wedge_types:
        row.WedgeSequence = [_wedge(number, kind) for number, kind in enumerate(beam.wedge_types, start=1)]
        row.ControlPointSequence[0].WedgePositionSequence = [
            item(ReferencedWedgeNumber=number, WedgePosition="IN") for number in range(1, len(beam.wedge_types) + 1)
        ]
    if beam.compensators:
        row.CompensatorSequence = [_compensator(c) for c in beam.compensators]
    return row


def _devices(beam: Beam) -> list[Dataset]:
    devices = _devices_delivered(beam)
    if beam.leaf_boundaries_mm is not None:
        devices[-1].LeafPositionBoundaries = decimals(beam.leaf_boundaries_mm)
    return devices


def _devices_delivered(beam: Beam) -> list[Dataset]:
    """The devices of a beam and their pairs, the leaves last and without their boundaries."""
    first = beam.control_points[0]
    pairs = {"ASYMX": 1} if first.jaws_x_mm is not None else {}
    if first.jaws_y_mm is not None:
        pairs["ASYMY"] = 1
    if beam.leaf_boundaries_mm is not None:
        pairs[f"MLC{beam.leaf_axis}"] = len(beam.leaf_boundaries_mm) - 1
    return [item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=count) for kind, count in pairs.items()]


def _control_points(origin: FileOrigin, beam: Beam) -> list[Dataset]:
    """The first one in full, the others with what changes."""
    rows: list[Dataset] = []
    before: ControlPoint | None = None
    for index, point in enumerate(beam.control_points):
        row = item(ControlPointIndex=index, CumulativeMetersetWeight=decimal(point.cumulative_weight))
        if before is None:
            row.NominalBeamEnergy = decimal(beam.energy_mv or 0.0)
            row.DoseRateSet = DOSE_RATE_MU_PER_MIN
            row.BeamLimitingDeviceAngle, row.BeamLimitingDeviceRotationDirection = (
                decimal(point.collimator_deg),
                "NONE",
            )
            row.PatientSupportAngle, row.PatientSupportRotationDirection = decimal(point.couch_deg), "NONE"
            row.TableTopEccentricAngle, row.TableTopEccentricRotationDirection = "0", "NONE"
            row.TableTopVerticalPosition = row.TableTopLongitudinalPosition = row.TableTopLateralPosition = None
            row.IsocenterPosition = [decimal(c) for c in beam.isocenter_mm or ()]
        if before is None or (point.gantry_deg, point.rotation) != (before.gantry_deg, before.rotation):
            row.GantryAngle = decimal(point.gantry_deg + origin.gantry_noise_deg)
            row.GantryRotationDirection = point.rotation
        if positions := _positions(beam, point, before):
            row.BeamLimitingDevicePositionSequence = positions
        rows.append(row)
        before = point
    return rows


def _positions(beam: Beam, point: ControlPoint, before: ControlPoint | None) -> list[Dataset]:
    rows = []
    held_x, held_y = (before.jaws_x_mm, before.jaws_y_mm) if before else (None, None)
    for kind, jaws, held_jaws in (("ASYMX", point.jaws_x_mm, held_x), ("ASYMY", point.jaws_y_mm, held_y)):
        if jaws is not None and jaws != held_jaws:
            rows.append(item(RTBeamLimitingDeviceType=kind, LeafJawPositions=[decimal(j) for j in jaws]))
    leaves = point.leaves_mm
    held = before.leaves_mm if before else None
    if leaves is not None and (held is None or not np.array_equal(leaves, held)):
        row = item(RTBeamLimitingDeviceType=f"MLC{beam.leaf_axis}")
        set_many_decimals(row, "LeafJawPositions", leaves, 1)
        rows.append(row)
    return rows


def _wedge(number: int, kind: str) -> Dataset:
    """A wedge of 60 degrees; which way its thin end points is not written."""
    return item(
        WedgeNumber=number, WedgeType=kind, WedgeID=f"W{number}", WedgeAngle=60, WedgeFactor=None, WedgeOrientation=None
    )


def _compensator(compensator: Compensator) -> Dataset:
    """The plate with what it lets through; without rows it is named and not described."""
    row = item(
        CompensatorNumber=compensator.number,
        CompensatorID=compensator.identifier,
        CompensatorType="STANDARD",
        MaterialID=compensator.material or "BRASS",
        SourceToCompensatorTrayDistance=decimal(COMPENSATOR_TRAY_MM),
        CompensatorRows=compensator.rows,
        CompensatorColumns=compensator.columns,
    )
    if compensator.transmission is None or compensator.thickness_mm is None:
        row.CompensatorPixelSpacing = row.CompensatorPosition = row.CompensatorTransmissionData = None
        return row
    row.CompensatorPixelSpacing = [decimal(mm) for mm in compensator.pixel_mm or ()]
    row.CompensatorPosition = [decimal(mm) for mm in compensator.corner_mm or ()]
    set_many_decimals(row, "CompensatorTransmissionData", compensator.transmission, 5)
    set_many_decimals(row, "CompensatorThicknessData", compensator.thickness_mm, 2)
    return row


def write_records(
    recipe: Recipe, records: tuple[TreatmentRecord, ...], plan: TreatmentPlan, folder: Path
) -> tuple[Path, ...]:
    """One file a session."""
    return tuple(_write_record(recipe, r, plan, folder / f"RT_{i:03d}.dcm") for i, r in enumerate(records, start=1))


def _write_record(recipe: Recipe, record: TreatmentRecord, plan: TreatmentPlan, path: Path) -> Path:
    uid, treated_on = record.sop_instance_uid, record.treated_on or recipe.start
    file = new_object(origin_of(recipe), RTBeamsTreatmentRecordStorage, uid, "RTRECORD", treated_on)
    file.TreatmentDate, file.TreatmentTime = day(treated_on), NOON
    file.ReferencedRTPlanSequence = [reference(RTPlanStorage, record.plan_uid)]
    setup = item(PatientSetupNumber=1, PatientPosition=recipe.quirks.patient_position)
    if record.table_shift_mm is not None:
        lateral, longitudinal, vertical = (decimal(shift) for shift in record.table_shift_mm)
        setup.TableTopVerticalSetupDisplacement = vertical
        setup.TableTopLongitudinalSetupDisplacement = longitudinal
        setup.TableTopLateralSetupDisplacement = lateral
    file.PatientSetupSequence = [setup]
    file.TreatmentMachineSequence = [
        item(
            TreatmentMachineName=plan.treatment_beams[0].machine,
            Manufacturer="",
            InstitutionName="",
            ManufacturerModelName="",
            DeviceSerialNumber="",
        )
    ]
    file.ReferencedFractionGroupNumber = 1
    file.NumberOfFractionsPlanned = plan.fractions
    file.PrimaryDosimeterUnit = "MU"
    planned = {beam.number: beam for beam in plan.beams}
    file.TreatmentSessionBeamSequence = [_delivered(record, beam, planned[beam.beam_number]) for beam in record.beams]
    return save(file, path)


def _delivered(record: TreatmentRecord, beam: DeliveredBeam, planned: Beam) -> Dataset:
    specified_mu, delivered_mu = beam.specified_mu or 0.0, beam.delivered_mu or 0.0
    return item(
        ReferencedBeamNumber=beam.beam_number,
        BeamName=beam.beam_name,
        BeamType=planned.beam_type,
        RadiationType=planned.radiation,
        TreatmentDeliveryType="TREATMENT",
        CurrentFractionNumber=record.fraction_number,
        TreatmentTerminationStatus=beam.termination,
        TreatmentVerificationStatus=beam.verification,
        SpecifiedPrimaryMeterset=decimal(specified_mu),
        DeliveredPrimaryMeterset=decimal(delivered_mu),
        SourceAxisDistance=decimal(planned.source_axis_distance_mm),
        NumberOfWedges=0,
        NumberOfCompensators=len(planned.compensators),
        NumberOfBoli=0,
        NumberOfBlocks=0,
        BeamLimitingDeviceLeafPairsSequence=_devices_delivered(planned),
        NumberOfControlPoints=2,
        ControlPointDeliverySequence=[
            _point_delivered(record, planned, 0, 0.0, 0.0),
            _point_delivered(record, planned, len(planned.control_points) - 1, specified_mu, delivered_mu),
        ],
    )


def _point_delivered(
    record: TreatmentRecord,
    beam: Beam,
    index: int,
    specified_mu: float,
    delivered_mu: float,
) -> Dataset:
    point = beam.control_points[index]
    row = item(
        ReferencedControlPointIndex=index,
        TreatmentControlPointDate=day(record.treated_on),
        TreatmentControlPointTime=NOON,
        SpecifiedMeterset=decimal(specified_mu),
        DeliveredMeterset=decimal(delivered_mu),
        DoseRateSet=DOSE_RATE_MU_PER_MIN,
        DoseRateDelivered=DOSE_RATE_MU_PER_MIN,
        NominalBeamEnergy=decimal(beam.energy_mv or 0.0),
        NominalBeamEnergyUnit="MV",
        GantryAngle=decimal(point.gantry_deg),
        GantryRotationDirection=point.rotation,
        BeamLimitingDeviceAngle=decimal(point.collimator_deg),
        BeamLimitingDeviceRotationDirection="NONE",
        PatientSupportAngle=decimal(point.couch_deg),
        PatientSupportRotationDirection="NONE",
        TableTopEccentricAngle="0",
        TableTopEccentricRotationDirection="NONE",
        TableTopVerticalPosition="0",
        TableTopLongitudinalPosition="0",
        TableTopLateralPosition="0",
    )
    if index == 0:
        row.BeamLimitingDevicePositionSequence = _positions(beam, point, None)
    return row


def write_registration(recipe: Recipe, registration: Registration, path: Path) -> Path:
    """The rigid registration of an earlier frame of reference with this one."""
    file = new_object(origin_of(recipe), SpatialRegistrationStorage, recipe.uid("registration"), "REG", recipe.start)
    file.FrameOfReferenceUID, file.PositionReferenceIndicator = registration.target_frame_uid, ""
    file.ContentDate, file.ContentTime = day(recipe.start), NOON
    file.ContentLabel, file.ContentDescription, file.ContentCreatorName = "REGISTRATION", "", ""
    file.RegistrationSequence = [
        _registered(registration.target_frame_uid, np.eye(4)),
        _registered(registration.source_frame_uid, registration.matrix),
    ]
    return save(file, path)


def _registered(frame_uid: str, matrix: np.ndarray) -> Dataset:
    transformation = item(
        FrameOfReferenceTransformationMatrixType="RIGID",
        FrameOfReferenceTransformationMatrix=decimals(matrix),
    )
    steps = item(MatrixSequence=[transformation], RegistrationTypeCodeSequence=[])
    return item(FrameOfReferenceUID=frame_uid, MatrixRegistrationSequence=[steps])
