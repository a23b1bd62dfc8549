"""A plan, its treatment fields and their modulation as rows of the fact tables."""

from isocenter.evidence.fields.field_technique import NO_LEAVES, FieldModulation
from isocenter.evidence.fields.technique import Technique, describe_technique
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.plans import Plan, PlanField, PlanMeasure


def plan_rows(plan: TreatmentPlan, course_id: str, technique: Technique | None = None) -> tuple[Plan, list[PlanField]]:
    """The plan and its treatment fields as rows of the fact tables; technique where it was described already.

    A beam of which nothing is known has a row that states its number and name alone.
    """
    technique = technique or describe_technique(plan)
    is_without = plan.modality == "brachytherapy" or technique.has_no_gantry
    is_counted = (bool(technique.fields) and not plan.unknown_beams) or is_without
    row = Plan(
        plan_id=plan.sop_instance_uid or plan.label,
        course_id=course_id,
        label=plan.label,
        plan_date=plan.plan_date,
        approval=plan.approval,
        reviewer=plan.reviewer,
        approved_on=plan.approved_on,
        fractions=plan.fractions,
        prescribed_dose_gy=plan.prescribed_dose_gy,
        technique=technique.technique,
        is_imrt=technique.is_imrt,
        technique_reason=technique.reason,
        gantry_stops=technique.gantry_stops if is_counted else None,
        arcs=technique.arcs if is_counted else None,
        origin="computed" if plan.is_computed else "clinic",
    )
    rows = [
        _field_row(row.plan_id, beam, modulation)
        for beam, modulation in zip(plan.treatment_beams, technique.fields, strict=True)
    ]
    return row, rows + [PlanField(row.plan_id, beam.number, beam.name) for beam in plan.unknown_beams]


def _field_row(plan_id: str, beam: Beam, modulation: FieldModulation) -> PlanField:
    first = beam.control_points[0] if beam.control_points else None
    last = beam.control_points[-1] if beam.control_points else None
    return PlanField(
        plan_id=plan_id,
        field_number=beam.number,
        name=beam.name,
        modality=beam.radiation,
        energy_mv=beam.energy_mv,
        is_arc=modulation.is_arc,
        gantry_start_deg=first.gantry_deg if first else None,
        gantry_stop_deg=last.gantry_deg if last else None,
        rotation=first.rotation if first else "",
        collimator_deg=first.collimator_deg if first else None,
        couch_deg=first.couch_deg if first else None,
        control_points=len(beam.control_points),
        segments=modulation.segments,
        monitor_units=beam.monitor_units,
        modulation="" if modulation.doubt in NO_LEAVES and not beam.wedges else _modulated_by(beam),
        compensator_documented=_is_compensator_documented(beam),
    )


def _modulated_by(beam: Beam) -> str:
    if beam.compensators:
        return "compensator"
    if any(point.leaves_mm is not None or point.open_fractions is not None for point in beam.control_points):
        return "mlc"
    return "wedge" if beam.wedges else "none"


def _is_compensator_documented(beam: Beam) -> bool | None:
    """Whether every compensator of the field carries its design; None where it has none."""
    if not beam.compensators:
        return None
    return all(part.has_thickness or part.has_transmission for part in beam.compensators)


def modulation_measures(plan_id: str, technique: Technique) -> list[PlanMeasure]:
    """The spread of intensity of each static or helical field, and the widest of known technique as the plan's."""
    stated = [field for field in technique.fields if field.intensity_spread is not None]
    known = [field.intensity_spread or 0.0 for field in stated if field.technique != "unknown"]
    spreads = [(f"{field.field_number}", field.intensity_spread or 0.0) for field in stated]
    widest = [("", max(known))] if known else []
    return [PlanMeasure(plan_id, "", "", part, "intensity_spread", spread) for part, spread in [*spreads, *widest]]
