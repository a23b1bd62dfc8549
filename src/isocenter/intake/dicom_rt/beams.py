"""One beam of a plan: its machine, its devices, and its control points with every state carried forward."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.accessories import accessories_of, fluence_mode_of, is_tilted, ssd_of
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.decimals import parse_decimals
from isocenter.intake.dicom_rt.elements import items, number, numbers, numbers_in, raw_items, raw_text, text, whole
from isocenter.terms.imaging import Beam, Compensator, ControlPoint
from isocenter.terms.limits import POSITION_MM

FloatArray = NDArray[np.float64]


_TOMOTHERAPY = 0x300D  # the group of private elements
_POSITIONS = ("RTBeamLimitingDeviceType", "LeafJawPositions")
_HIGHEST_METERSET, _HIGHEST_BEAM_DOSE_GY = 1e5, 200.0
_MOST_IMAGING_MU = 10.0
_WEIGHT_ROUNDING = 0.01  # of the final cumulative meterset weight
_WEIGHT_NOISE = 1e-4  # by which a weight that stays the same may fall in decimals
_UNKNOWN_WEIGHTS = (
    "The cumulative meterset weights do not rise from 0 to their final value, so how much is given through each "
    "aperture is not known; export the plan again."
)
_LATE_LEAVES = (
    "The first control point does not say where the leaves are, so the aperture up to the next one that does is not "
    "known; export the plan again."
)


class Meterset(NamedTuple):
    """What a fraction group says of one beam; value in the unit that the beam states."""

    value: float | None = None
    dose_gy: float | None = None
    point_mm: tuple[float, float, float] | None = None


class LeafBank(NamedTuple):
    """The multileaf collimator of a beam: its types in the file, its axis and its leaf boundaries in mm.

    Two banks over each other (`MLCX1`, `MLCX2`) are one collimator with the boundaries of both.
    """

    kinds: tuple[str, ...]
    axis: str
    boundaries_mm: FloatArray
    each_mm: tuple[FloatArray, ...]

    def merged(self, tips_mm: dict[str, FloatArray]) -> FloatArray | None:
        """Leaf tips (2, n) on the common boundaries: a place is open where every bank leaves it open."""
        middle_mm = (self.boundaries_mm[1:] + self.boundaries_mm[:-1]) / 2
        low_mm, high_mm = np.full(len(middle_mm), -np.inf), np.full(len(middle_mm), np.inf)
        for kind, boundaries_mm in zip(self.kinds, self.each_mm, strict=True):
            if kind not in tips_mm:
                continue
            pair = np.clip(np.searchsorted(boundaries_mm, middle_mm) - 1, 0, len(boundaries_mm) - 2)
            is_covered = (middle_mm > boundaries_mm[0]) & (middle_mm < boundaries_mm[-1])
            low_mm = np.where(is_covered, np.maximum(low_mm, tips_mm[kind][0, pair]), low_mm)
            high_mm = np.where(is_covered, np.minimum(high_mm, tips_mm[kind][1, pair]), high_mm)
        return np.array([low_mm, np.maximum(low_mm, high_mm)]) if np.isfinite(low_mm).all() else None


def beam_of(
    item: Dataset, metersets: dict[int, Meterset], points_keyword: str = "ControlPointSequence"
) -> tuple[Beam, list[str]]:
    """One item of the beam sequence, and remarks on what in it is odd."""
    beam_number = whole(item, "BeamNumber")
    if beam_number is None:
        raise UnreadableInput("The beam has no number.")
    bank, remarks = _leaf_bank(item)  # a remark for each collimator that is left out
    points, more = _control_points(item, bank, points_keyword)
    first = items(item, points_keyword)[:1]
    meterset = metersets.get(beam_number, Meterset())
    energy = number(first[0], "NominalBeamEnergy") if first else None
    isocenter = numbers(first[0], "IsocenterPosition") if first else np.empty(0)
    compensators, missing = _compensators(item)
    late = bool(points) and points[0].leaves_mm is None and any(point.leaves_mm is not None for point in points)
    monitor_units, minutes, beam_dose_gy, odd = _dosed(item, meterset)
    accessories = accessories_of(item, points_keyword)
    wedges = [one for one in accessories if one.kind == "wedge"]
    wedges_out = sum(one.is_out for one in wedges)
    beam = Beam(
        number=beam_number,
        name=text(item, "BeamName"),
        delivery_type=text(item, "TreatmentDeliveryType") or "TREATMENT",
        beam_type=text(item, "BeamType"),
        radiation=text(item, "RadiationType"),
        energy_mv=None if energy is None else round(energy, 3),
        machine=text(item, "TreatmentMachineName"),
        source_axis_distance_mm=number(item, "SourceAxisDistance") or 1000.0,
        monitor_units=monitor_units,
        minutes=minutes,
        beam_dose_gy=beam_dose_gy,
        dose_point_mm=meterset.point_mm if beam_dose_gy is not None else None,
        isocenter_mm=(float(isocenter[0]), float(isocenter[1]), float(isocenter[2])) if len(isocenter) == 3 else None,
        leaf_boundaries_mm=bank.boundaries_mm if bank else None,
        leaf_axis=bank.axis if bank else "",
        has_unread_leaves=bool(remarks) or late,
        wedges=max(whole(item, "NumberOfWedges") or 0, len(wedges)) - wedges_out,
        wedge_types=tuple(one.type for one in wedges if not one.is_out),
        blocks=max(whole(item, "NumberOfBlocks") or 0, sum(one.kind == "block" for one in accessories)),
        compensators=compensators,
        control_points=points,
        accessories=accessories,
        fluence_mode=fluence_mode_of(item),
        is_tilted=is_tilted(item, points_keyword),
        ssd_mm=ssd_of(first),
    )
    beam = replace(beam, gives_no_dose=_gives_no_dose(beam))
    if beam.is_treatment and late:
        odd = [*odd, _LATE_LEAVES]
    if beam.is_treatment and _are_unknown_weights(item, points_keyword, points):
        beam = replace(beam, has_unknown_weights=True)
        odd = [*odd, _UNKNOWN_WEIGHTS]
    return beam, remarks + more + missing + odd


def _are_unknown_weights(item: Dataset, points_keyword: str, points: tuple[ControlPoint, ...]) -> bool:
    """Whether a cumulative weight is missing, falls by more than rounding, or does not end at the final one."""
    if not points:
        return False
    shares = np.array([point.cumulative_weight for point in points])
    if (
        bool((np.diff(shares) < -_WEIGHT_NOISE).any())
        or abs(shares[0]) > _WEIGHT_ROUNDING
        or abs(shares[-1] - 1) > _WEIGHT_ROUNDING
    ):
        return True
    return any(number(point, "CumulativeMetersetWeight") is None for point in items(item, points_keyword))


def _dosed(item: Dataset, meterset: Meterset) -> tuple[float | None, float | None, float | None, list[str]]:
    """Monitor units, minutes and dose in Gy that a fraction gives through the beam; what cannot be right is None."""
    remarks = []
    value, dose_gy, _ = meterset
    if value is not None and not 0 <= value <= _HIGHEST_METERSET:
        remarks.append(f"The meterset of the beam is {value:g}, which cannot be right; it is not used.")
        value = None
    if dose_gy is not None and not 0 <= dose_gy <= _HIGHEST_BEAM_DOSE_GY:
        remarks.append(f"The dose of the beam is {dose_gy:g} Gy a fraction, which cannot be right; it is not used.")
        dose_gy = None
    is_time = text(item, "PrimaryDosimeterUnit") == "MINUTE"
    return (None if is_time else value), (value if is_time else None), dose_gy, remarks


def _gives_no_dose(beam: Beam) -> bool:
    """Whether a beam marked as treatment has no meterset or no energy, or is by its name an image of few units."""
    meterset = beam.monitor_units or beam.minutes
    if not beam.is_treatment:
        return False
    return not meterset or beam.energy_mv == 0 or (meterset <= _MOST_IMAGING_MU and beam.is_named_an_image)


def _leaf_bank(item: Dataset) -> tuple[LeafBank | None, list[str]]:
    """The collimator that the leaves of a beam make together; banks that travel another way are left out."""
    banks: dict[str, FloatArray] = {}
    remarks = []
    for device in items(item, "BeamLimitingDeviceSequence"):
        if not raw_text(device, "RTBeamLimitingDeviceType").startswith(b"MLC"):
            continue
        kind = text(device, "RTBeamLimitingDeviceType")
        boundaries_mm = numbers(device, "LeafPositionBoundaries")
        if kind[3:4] not in ("X", "Y") or len(boundaries_mm) < 2 or (np.diff(boundaries_mm) <= 0).any():
            remarks.append(f"The leaf boundaries of {kind} are missing or do not ascend; its leaves are left out.")
        elif banks and next(iter(banks))[3] != kind[3]:
            first = next(iter(banks))
            remarks.append(f"The leaves of {kind} travel across those of {first}; only {first} is read.")
        else:
            POSITION_MM.refuse_beyond(float(np.abs(boundaries_mm).max()), kind)
            banks[kind] = boundaries_mm
    if not banks:
        return None, remarks
    together_mm = np.unique(np.concatenate(list(banks.values())))
    return LeafBank(tuple(banks), next(iter(banks))[3], together_mm, tuple(banks.values())), remarks


def _control_points(
    item: Dataset, bank: LeafBank | None, points_keyword: str
) -> tuple[tuple[ControlPoint, ...], list[str]]:
    """Control points whose weights run from 0 to 1; what one does not repeat holds from the one before."""
    sequence = items(item, points_keyword)
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
    tips_mm: dict[str, FloatArray] = {}
    points = []
    for point, weight in zip(sequence, weights, strict=True):
        share = state.cumulative_weight if weight is None else weight / total
        state = replace(_next_state(state, point, bank, tips_mm), cumulative_weight=share)
        points.append(state)
    return tuple(points), remarks


def _next_state(
    state: ControlPoint, point: Dataset, bank: LeafBank | None, tips_mm: dict[str, FloatArray]
) -> ControlPoint:
    """The state of the machine at a control point; tips_mm holds each leaf bank's tips from one to the next."""
    jaws_x_mm, jaws_y_mm, leaves_mm = state.jaws_x_mm, state.jaws_y_mm, state.leaves_mm
    for raw_kind, positions in raw_items(point, "BeamLimitingDevicePositionSequence", _POSITIONS):
        kind = raw_kind.decode("latin-1")
        if kind in ("X", "ASYMX"):
            jaws_x_mm = _pair(positions, kind)
        elif kind in ("Y", "ASYMY"):
            jaws_y_mm = _pair(positions, kind)
        elif bank and kind in bank.kinds:
            pairs = len(bank.each_mm[bank.kinds.index(kind)]) - 1
            tips_mm[kind] = _positions_mm(positions, kind, 2 * pairs).reshape(2, -1)
            leaves_mm = tips_mm[kind] if len(bank.kinds) == 1 else bank.merged(tips_mm)
    return ControlPoint(
        cumulative_weight=state.cumulative_weight,
        gantry_deg=_angle(point, "GantryAngle", state.gantry_deg),
        rotation=text(point, "GantryRotationDirection") or state.rotation,
        collimator_deg=_angle(point, "BeamLimitingDeviceAngle", state.collimator_deg),
        couch_deg=_angle(point, "PatientSupportAngle", state.couch_deg),
        jaws_x_mm=jaws_x_mm,
        jaws_y_mm=jaws_y_mm,
        leaves_mm=leaves_mm,
        open_fractions=_open_fractions(point),
    )


def _open_fractions(point: Dataset) -> FloatArray | None:
    """How long each binary leaf of a TomoTherapy projection is open, as a share, shape (n,).

    Source: the private element (300D,10A7) that Hi-Art and later systems write under the creator TOMO_HA_01.
    """
    creators = (tag for tag in point.tags() if tag >> 16 == _TOMOTHERAPY and 0x10 <= tag & 0xFFFF <= 0xFF)
    block = next((tag for tag in creators if point.raw(tag).strip(b" \0") == b"TOMO_HA_01"), None)
    if block is None:
        return None
    shares = parse_decimals(point.raw(_TOMOTHERAPY << 16 | (block & 0xFF) << 8 | 0xA7).strip(b" \0"))
    return shares if len(shares) and np.isfinite(shares).all() and (np.abs(shares) <= 1.0).all() else None


def _pair(positions: bytes, kind: str) -> tuple[float, float]:
    first, second = _positions_mm(positions, kind, 2)
    return float(first), float(second)


def _positions_mm(positions: bytes, kind: str, count: int) -> FloatArray:
    """Positions of leaves or jaws in mm; a field wider than any room is refused before it is measured."""
    positions_mm = numbers_in(positions, "LeafJawPositions", count)
    POSITION_MM.refuse_beyond(float(np.abs(positions_mm).max()), kind)
    return positions_mm


def _angle(point: Dataset, keyword: str, before_deg: float) -> float:
    """To a tenth of a degree, in [0, 360): planning systems write noise such as 7e-10."""
    value = number(point, keyword)
    return before_deg if value is None else round(value, 1) % 360.0


def _compensator(part: Dataset, position: int) -> Compensator:
    rows, columns = whole(part, "CompensatorRows") or 0, whole(part, "CompensatorColumns") or 0
    return Compensator(
        number=whole(part, "CompensatorNumber") or position,
        identifier=text(part, "CompensatorID"),
        rows=rows,
        columns=columns,
        has_thickness=bool(raw_text(part, "CompensatorThicknessData")),
        has_transmission=bool(raw_text(part, "CompensatorTransmissionData")),
        material=text(part, "MaterialID"),
        pixel_mm=_both_numbers(part, "CompensatorPixelSpacing"),
        corner_mm=_both_numbers(part, "CompensatorPosition"),
        thickness_mm=_plate(part, "CompensatorThicknessData", rows, columns),
        transmission=_plate(part, "CompensatorTransmissionData", rows, columns),
    )


def _both_numbers(part: Dataset, keyword: str) -> tuple[float, float] | None:
    """Two numbers; None where the element does not hold just these."""
    raw = raw_text(part, keyword)
    values = parse_decimals(raw) if raw else np.empty(0)
    return (float(values[0]), float(values[1])) if len(values) == 2 and np.isfinite(values).all() else None


def _plate(part: Dataset, keyword: str, rows: int, columns: int) -> FloatArray | None:
    """A value for each pixel of a plate; None where the file holds another number of them, or one that is none."""
    raw = raw_text(part, keyword)
    values = parse_decimals(raw) if raw else np.empty(0)
    is_whole = 0 < len(values) == rows * columns and bool((values >= 0).all())
    return values.reshape(rows, columns) if is_whole else None


def _compensators(item: Dataset) -> tuple[tuple[Compensator, ...], list[str]]:
    compensators = tuple(
        _compensator(part, position) for position, part in enumerate(items(item, "CompensatorSequence"), start=1)
    )
    stated = whole(item, "NumberOfCompensators") or 0
    if stated > len(compensators):
        undescribed = tuple(Compensator(position) for position in range(len(compensators) + 1, min(stated, 99) + 1))
        return compensators + undescribed, [f"The beam says {stated} compensators and describes {len(compensators)}."]
    return compensators, []
