"""One beam of a plan: its machine, its devices, and its control points with every state carried forward."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.elements import items, number, numbers, raw_text, text, whole
from isocenter.terms.imaging import Beam, Compensator, ControlPoint

FloatArray = NDArray[np.float64]


class Meterset(NamedTuple):
    """What a fraction group says of one beam."""

    monitor_units: float | None = None
    dose_gy: float | None = None


class LeafBank(NamedTuple):
    """The multileaf collimator of a beam: its type in the file, its axis and its leaf boundaries in mm."""

    kind: str
    axis: str
    boundaries_mm: FloatArray


def beam_of(item: Dataset, metersets: dict[int, Meterset]) -> tuple[Beam, list[str]]:
    """One item of the beam sequence, and remarks on what in it is odd."""
    beam_number = whole(item, "BeamNumber")
    if beam_number is None:
        raise UnreadableInput("The beam has no number.")
    bank, remarks = _leaf_bank(item)
    points, more = _control_points(item, bank)
    first = items(item, "ControlPointSequence")[:1]
    meterset = metersets.get(beam_number, Meterset())
    energy = number(first[0], "NominalBeamEnergy") if first else None
    isocenter = numbers(first[0], "IsocenterPosition") if first else np.empty(0)
    compensators, missing = _compensators(item)
    beam = Beam(
        number=beam_number,
        name=text(item, "BeamName"),
        delivery_type=text(item, "TreatmentDeliveryType") or "TREATMENT",
        beam_type=text(item, "BeamType"),
        radiation=text(item, "RadiationType"),
        energy_mv=None if energy is None else round(energy, 3),
        machine=text(item, "TreatmentMachineName"),
        source_axis_distance_mm=number(item, "SourceAxisDistance") or 1000.0,
        monitor_units=meterset.monitor_units,
        beam_dose_gy=meterset.dose_gy,
        isocenter_mm=(float(isocenter[0]), float(isocenter[1]), float(isocenter[2])) if len(isocenter) == 3 else None,
        leaf_boundaries_mm=bank.boundaries_mm if bank else None,
        leaf_axis=bank.axis if bank else "",
        wedges=whole(item, "NumberOfWedges") or 0,
        blocks=whole(item, "NumberOfBlocks") or 0,
        compensators=compensators,
        control_points=points,
    )
    return beam, remarks + more + missing


def _leaf_bank(item: Dataset) -> tuple[LeafBank | None, list[str]]:
    devices = items(item, "BeamLimitingDeviceSequence")
    leaves = [device for device in devices if raw_text(device, "RTBeamLimitingDeviceType").startswith(b"MLC")]
    if not leaves:
        return None, []
    kinds = [text(device, "RTBeamLimitingDeviceType") for device in leaves]
    remarks = []
    if len(leaves) > 1:
        remarks.append(f"The beam has {len(leaves)} leaf banks ({', '.join(kinds)}); only {kinds[0]} is read.")
    axis = kinds[0][3:4]
    boundaries_mm = numbers(leaves[0], "LeafPositionBoundaries")
    if axis not in ("X", "Y") or len(boundaries_mm) < 2 or (np.diff(boundaries_mm) <= 0).any():
        remarks.append(f"The leaf boundaries of {kinds[0]} are missing or do not ascend; its leaves are left out.")
        return None, remarks
    return LeafBank(kinds[0], axis, boundaries_mm), remarks


def _control_points(item: Dataset, bank: LeafBank | None) -> tuple[tuple[ControlPoint, ...], list[str]]:
    """Control points whose weights run from 0 to 1; what one does not repeat holds from the one before."""
    sequence = items(item, "ControlPointSequence")
    stated = whole(item, "NumberOfControlPoints")
    remarks = []
    if stated is not None and stated != len(sequence):
        remarks.append(f"The beam says {stated} control points and holds {len(sequence)}.")
    if not sequence:
        return (), remarks
    weights = [number(point, "CumulativeMetersetWeight") for point in sequence]
    total = number(item, "FinalCumulativeMetersetWeight") or weights[-1] or 1.0
    if number(sequence[0], "GantryAngle") is None:
        remarks.append("The beam does not say its gantry angle; 0 degrees is shown.")
    state = ControlPoint(cumulative_weight=0.0, gantry_deg=0.0)
    points = []
    for point, weight in zip(sequence, weights, strict=True):
        share = state.cumulative_weight if weight is None else weight / total
        state = replace(_next_state(state, point, bank), cumulative_weight=share)
        points.append(state)
    shares = np.array([point.cumulative_weight for point in points])
    if (np.diff(shares) < 0).any() or not 0 <= shares[0] <= shares[-1] <= 1.0 + 1e-6:
        remarks.append("The cumulative meterset weights do not rise from 0 to their final value.")
    return tuple(points), remarks


def _next_state(state: ControlPoint, point: Dataset, bank: LeafBank | None) -> ControlPoint:
    jaws_x_mm, jaws_y_mm, leaves_mm = state.jaws_x_mm, state.jaws_y_mm, state.leaves_mm
    for device in items(point, "BeamLimitingDevicePositionSequence"):
        kind = text(device, "RTBeamLimitingDeviceType")
        if kind in ("X", "ASYMX"):
            jaws_x_mm = _pair(device)
        elif kind in ("Y", "ASYMY"):
            jaws_y_mm = _pair(device)
        elif bank and kind == bank.kind:
            leaves_mm = numbers(device, "LeafJawPositions", 2 * (len(bank.boundaries_mm) - 1)).reshape(2, -1)
    return ControlPoint(
        cumulative_weight=state.cumulative_weight,
        gantry_deg=_angle(point, "GantryAngle", state.gantry_deg),
        rotation=text(point, "GantryRotationDirection") or state.rotation,
        collimator_deg=_angle(point, "BeamLimitingDeviceAngle", state.collimator_deg),
        couch_deg=_angle(point, "PatientSupportAngle", state.couch_deg),
        jaws_x_mm=jaws_x_mm,
        jaws_y_mm=jaws_y_mm,
        leaves_mm=leaves_mm,
    )


def _pair(device: Dataset) -> tuple[float, float]:
    first, second = numbers(device, "LeafJawPositions", 2)
    return float(first), float(second)


def _angle(point: Dataset, keyword: str, before_deg: float) -> float:
    """To a tenth of a degree, in [0, 360): planning systems write noise such as 7e-10."""
    value = number(point, keyword)
    return before_deg if value is None else round(value, 1) % 360.0


def _compensators(item: Dataset) -> tuple[tuple[Compensator, ...], list[str]]:
    compensators = tuple(
        Compensator(
            number=whole(part, "CompensatorNumber") or position,
            identifier=text(part, "CompensatorID"),
            rows=whole(part, "CompensatorRows") or 0,
            columns=whole(part, "CompensatorColumns") or 0,
            has_thickness=bool(raw_text(part, "CompensatorThicknessData")),
            has_transmission=bool(raw_text(part, "CompensatorTransmissionData")),
        )
        for position, part in enumerate(items(item, "CompensatorSequence"), start=1)
    )
    stated = whole(item, "NumberOfCompensators") or 0
    if stated > len(compensators):
        return compensators, [f"The beam says {stated} compensators and describes {len(compensators)}."]
    return compensators, []
