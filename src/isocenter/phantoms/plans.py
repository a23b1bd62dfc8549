"""The phantom's plan: beams, metersets and prescriptions that agree with its dose and with each other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from isocenter.phantoms.aperture import (
    LEAF_BOUNDARIES_MM,
    View,
    open_leaves,
    sweep,
    turning_leaves,
    view,
)
from isocenter.phantoms.images import all_points, structure_of
from isocenter.phantoms.knobs import Technique
from isocenter.phantoms.recipe import Recipe
from isocenter.phantoms.shapes import FloatArray
from isocenter.terms.imaging import (
    Beam,
    Compensator,
    ControlPoint,
    DosePrescription,
    FractionGroup,
    StructureSet,
    TreatmentPlan,
)

# Monitor units for each centigray on the target: 1.3 for an open field at depth, more for narrow windows.
MU_PER_CGY: dict[Technique, float] = {
    "open": 1.3,
    "conformal": 1.35,
    "field_in_field": 1.45,
    "compensator": 2.0,
    "step_and_shoot": 2.6,
    "vmat": 2.8,
    "sliding_window": 3.4,
}
MACHINE, MAKER = "PHANTOMLINAC", "Isocenter phantoms"
SWEEP_POINTS, STEPS, ARC_STEP_DEG = 16, 6, 10.0
FIELD_IN_FIELD_SHARES = (0.0, 0.84, 0.84, 0.93, 0.93, 1.0)
COMPENSATOR_PIXELS = (24, 20)
SETUP_ANGLES_DEG = (0.0, 90.0)

Shape = tuple[float, str, FloatArray | None]  # gantry as seen from the supine patient, rotation, leaves


def treatment_plan(recipe: Recipe, structures: StructureSet) -> TreatmentPlan:
    """The plan, dated a week before the start."""
    style = recipe.plan_style
    reviewed = style.approval != "UNAPPROVED"
    beams = _beams(recipe, structures)
    return TreatmentPlan(
        recipe.uid("plan"),
        label=recipe.name[:16],
        plan_date=recipe.start - timedelta(days=7),
        approval=style.approval,
        reviewer=style.reviewer if reviewed else "",
        approved_on=recipe.start - timedelta(days=style.reviewed_days_before_start) if reviewed else None,
        fractions=recipe.phantom.fractions,
        beams=beams,
        prescriptions=_prescriptions(recipe, structures),
        frame_of_reference_uid=recipe.uid("frame"),
        structure_set_uid=structures.sop_instance_uid,
        fraction_groups=(FractionGroup(recipe.phantom.fractions, tuple(beam.number for beam in beams)),),
        patient_position=recipe.quirks.patient_position,
        patient=recipe.patient,
        intent="CURATIVE",
        geometry="PATIENT",
        manufacturer=MAKER,
    )


def _prescriptions(recipe: Recipe, structures: StructureSet) -> tuple[DosePrescription, ...]:
    phantom, found = recipe.phantom, []
    for part in phantom.contents:
        number = structure_of(recipe, structures, part).number
        if part.name in phantom.prescription_gy:
            dose_gy = phantom.prescription_gy[part.name]
            found.append(DosePrescription("TARGET", number, part.name, dose_gy, refers_to="VOLUME"))
        elif part.limit_gy is not None and recipe.quirks.more_dose_references:
            limit_gy = part.limit_gy
            found.append(DosePrescription("ORGAN_AT_RISK", number, part.name, None, limit_gy, refers_to="VOLUME"))
    if recipe.quirks.more_dose_references:
        # Real plans hold such points: of type TARGET, and no prescription.
        stray_gy = round(0.808 * max(phantom.prescription_gy.values()), 3)
        found.append(DosePrescription("TARGET", None, "calc point", stray_gy, refers_to="SITE"))
    return tuple(replace(reference, number=number) for number, reference in enumerate(found, start=1))


def _beams(recipe: Recipe, structures: StructureSet) -> tuple[Beam, ...]:
    style, phantom = recipe.plan_style, recipe.phantom
    target = np.vstack(
        [all_points(structure_of(recipe, structures, p)) for p in phantom.parts if p.name in phantom.prescription_gy]
    )
    spared = [p for p in phantom.contents if p.spared_to is not None]
    organs = np.vstack([np.empty((0, 3)), *(all_points(structure_of(recipe, structures, p)) for p in spared)])
    isocenter = np.round((target.min(axis=0) + target.max(axis=0)) / 2, 1)
    doses_gy = _beam_doses(max(phantom.prescription_gy.values()) / phantom.fractions, len(style.gantry_deg))
    beams = []
    for index, gantry_deg in enumerate(style.gantry_deg):
        angles = _arc_angles(gantry_deg, index) if style.technique == "vmat" else (gantry_deg,)
        views = [view(angle, isocenter, target, organs, recipe.slice) for angle in angles]
        points = _control_points(recipe, index, angles, views)
        beams.append(_treatment_beam(recipe, index, isocenter, doses_gy[index], points))
    setup = style.setup_beams * len(SETUP_ANGLES_DEG)
    # Set-up fields come first, though numbered last: metersets must be paired by number.
    return (*(_setup_beam(recipe, len(beams) + 1 + i, isocenter, i) for i in range(setup)), *beams)


def _beam_doses(fraction_dose_gy: float, count: int) -> list[float]:
    """Dose of each beam in one fraction; unequal, and summing up to the fraction's dose."""
    weights = 1 + 0.15 * np.cos(3.0 * np.arange(count))
    doses = [round(float(d), 4) for d in fraction_dose_gy * weights / weights.sum()]
    return [*doses[:-1], round(fraction_dose_gy - sum(doses[:-1]), 6)]


def _arc_angles(start_deg: float, index: int) -> Sequence[float]:
    """Gantry angles of an arc of 358 degrees; every second arc runs back."""
    turn = np.linspace(0, 358, int(358 / ARC_STEP_DEG) + 1)
    return [float(round(a, 1)) for a in (start_deg + (turn if index % 2 == 0 else -turn)) % 360]


def _control_points(
    recipe: Recipe, index: int, angles: Sequence[float], views: Sequence[View]
) -> tuple[ControlPoint, ...]:
    """Control points of one treatment beam: weights, angles and leaves by technique."""
    technique, seen = recipe.plan_style.technique, views[0]
    shares: Sequence[float] = (0.0, 1.0)
    leaves: Sequence[FloatArray | None] = (None, None)
    if technique == "vmat":
        shares = [float(s) for s in np.linspace(0, 1, len(views))]
        leaves = [turning_leaves(v, 0.4 * i) for i, v in enumerate(views)]
    elif technique == "sliding_window":
        shares = [float(s) for s in np.linspace(0, 1, SWEEP_POINTS)]
        leaves = list(sweep(seen, np.array(shares)))
    elif technique == "step_and_shoot":
        stops = sweep(seen, (np.arange(STEPS) + 0.5) / STEPS)
        shares = [(i + end) / STEPS for i in range(STEPS) for end in (0, 1)]
        leaves = [stop for stop in stops for _ in (0, 1)]
    elif technique == "field_in_field":
        shares = FIELD_IN_FIELD_SHARES
        leaves = [open_leaves(seen, shrink) for shrink in (0.0, 0.0, 0.25, 0.25, 0.4, 0.4)]
    elif technique == "conformal":
        leaves = [open_leaves(seen)] * 2
    jaws_x, jaws_y = _jaws(views)
    turns = angles if len(angles) == len(shares) else [angles[0]] * len(shares)
    rotation = "NONE" if technique != "vmat" else ("CW", "CC")[index % 2]
    last = len(shares) - 1
    return tuple(
        ControlPoint(
            round(share, 6),
            _machine_angle(recipe, turn),
            "NONE" if i == last else _machine_rotation(recipe, rotation),
            _collimator(recipe, (10.0, 350.0)[index % 2] if technique == "vmat" else 0.0),
            jaws_x_mm=None if recipe.quirks.missing_x_jaws else jaws_x,
            jaws_y_mm=jaws_y,
            leaves_mm=None if leaf is None else np.round(leaf, 1),
        )
        for i, (share, turn, leaf) in enumerate(zip(shares, turns, leaves, strict=True))
    )


def _jaws(views: Sequence[View]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The smallest rectangle around every opening, in mm."""
    low = min(float(np.nanmin(v.target)) for v in views)
    high = max(float(np.nanmax(v.target)) for v in views)
    rows = np.flatnonzero(np.any([v.open_rows for v in views], axis=0))
    bottom, top = LEAF_BOUNDARIES_MM[rows[0]], LEAF_BOUNDARIES_MM[rows[-1] + 1]
    return (round(low, 1), round(high, 1)), (float(bottom), float(top))


def _machine_angle(recipe: Recipe, supine_deg: float) -> float:
    """Gantry angle that looks at the patient from the same side, however the patient lies."""
    turned = {
        "HFS": supine_deg,
        "HFP": supine_deg + 180,
        "FFS": -supine_deg,
        "FFP": 180 - supine_deg,
        "HFDR": supine_deg - 90,
        "HFDL": supine_deg + 90,
    }
    return float(turned[recipe.quirks.patient_position] % 360)


def _machine_rotation(recipe: Recipe, rotation: str) -> str:
    opposite = {"CW": "CC", "CC": "CW", "NONE": "NONE"}
    return opposite[rotation] if recipe.quirks.patient_position.startswith("FF") else rotation


def _collimator(recipe: Recipe, supine_deg: float) -> float:
    return (supine_deg + 180.0) % 360 if recipe.quirks.patient_position.startswith("FF") else supine_deg


def _dish(compensator: Compensator, point: ControlPoint) -> Compensator:
    """The same as a dish of brass over the field, thinner towards its rim."""
    rows, columns = COMPENSATOR_PIXELS
    (left, right), (bottom, top) = point.jaws_x_mm or (-100.0, 100.0), point.jaws_y_mm or (-100.0, 100.0)
    step_mm = max((top - bottom) / rows, (right - left) / columns)
    v, u = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    thickness_mm = np.round(30 * np.clip(1 - (u * u + v * v) / 2, 0, 1), 2)
    return replace(
        compensator,
        rows=rows,
        columns=columns,
        has_thickness=True,
        has_transmission=True,
        pixel_mm=(step_mm, step_mm),
        corner_mm=(left + step_mm / 2, top - step_mm / 2),
        thickness_mm=thickness_mm,
        transmission=np.exp(-0.04 * thickness_mm),
    )


def _treatment_beam(
    recipe: Recipe, index: int, isocenter: FloatArray, dose_gy: float, points: tuple[ControlPoint, ...]
) -> Beam:
    style = recipe.plan_style
    compensator = Compensator(1, f"COMP{index + 1}", material="BRASS")
    if style.compensator_data:
        compensator = _dish(compensator, points[0])
    has_leaves = points[0].leaves_mm is not None
    return Beam(
        index + 1,
        f"ARC {index + 1}" if style.technique == "vmat" else f"G{style.gantry_deg[index]:03.0f}",
        beam_type="DYNAMIC" if style.technique in ("vmat", "sliding_window", "step_and_shoot") else "STATIC",
        energy_mv=style.energy_mv,
        machine=MACHINE,
        monitor_units=round(100 * dose_gy * MU_PER_CGY[style.technique], 1),
        beam_dose_gy=dose_gy,
        isocenter_mm=_as_point(isocenter),
        leaf_boundaries_mm=LEAF_BOUNDARIES_MM if has_leaves else None,
        leaf_axis="X" if has_leaves else "",
        compensators=(compensator,) if style.technique == "compensator" else (),
        control_points=points,
    )


def _setup_beam(recipe: Recipe, number: int, isocenter: FloatArray, index: int) -> Beam:
    gantry_deg = _machine_angle(recipe, SETUP_ANGLES_DEG[index])
    jaws = (-100.0, 100.0)
    points = tuple(
        ControlPoint(0.0, gantry_deg, collimator_deg=_collimator(recipe, 0.0), jaws_x_mm=jaws, jaws_y_mm=jaws)
        for _ in range(2)
    )
    return Beam(
        number,
        f"SETUP {SETUP_ANGLES_DEG[index]:.0f}",
        "SETUP",
        "STATIC",
        energy_mv=6.0,
        machine=MACHINE,
        isocenter_mm=_as_point(isocenter),
        control_points=points,
    )


def _as_point(values: FloatArray) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))
