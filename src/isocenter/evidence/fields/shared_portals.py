"""Portals that several fields of one segment each treat: some planning systems export every segment as a field.

The fields that share a gantry, couch and collimator angle, an isocenter and a fraction group are put together, each
with its monitor units, and the intensity of the portal is judged as that of one field.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from isocenter.evidence.fields.intensity import spread_of
from isocenter.evidence.fields.segments import segments_of
from isocenter.terms.imaging import Beam, ControlPoint, TreatmentPlan

LEAST_FIELDS = 3  # of a portal: two are a field and its boost, or the halves of a large field
SURE_FIELDS = 5  # fields around a shielded cord, or cone-downs, are fewer


@dataclass(frozen=True)
class SharedPortal:
    """The keys of the fields of one portal, the spread of intensity that they make together, and how well it is known.

    Without the monitor units of every field (`is_weighted` false) each is taken to give as much as the next.
    """

    fields: tuple[int, ...]
    spread: float
    is_weighted: bool


def shared_portals(plan: TreatmentPlan, fields: Mapping[int, Beam]) -> list[SharedPortal]:
    """The portals that at least three of the fields share; the fields are static, of one segment, without wedge."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for key, beam in fields.items():
        if beam.leaf_boundaries_mm is not None:
            groups[_portal_of(plan, beam)].append(key)
    return [_together(fields, keys) for keys in groups.values() if len(keys) >= LEAST_FIELDS]


def _portal_of(plan: TreatmentPlan, beam: Beam) -> tuple[object, ...]:
    first = beam.control_points[0]
    group = next((number for number, each in enumerate(plan.fraction_groups) if beam.number in each.beams), None)
    angles = (round(first.gantry_deg, 1), round(first.couch_deg, 1), round(first.collimator_deg, 1))
    leaves = (beam.leaf_axis, tuple(beam.leaf_boundaries_mm)) if beam.leaf_boundaries_mm is not None else ()
    return group, angles, beam.isocenter_mm, beam.machine, beam.energy_mv, leaves


def _together(fields: Mapping[int, Beam], keys: Sequence[int]) -> SharedPortal:
    """The fields given one after another as one field."""
    units = [fields[key].monitor_units for key in keys]
    is_weighted = all(units)
    points: list[ControlPoint] = []
    given = 0.0
    for key, unit in zip(keys, units, strict=True):
        shape = fields[key].control_points[0]
        points.append(replace(shape, cumulative_weight=given))
        given += unit or 0.0 if is_weighted else 1.0
        points.append(replace(shape, cumulative_weight=given))
    together = replace(fields[keys[0]], control_points=tuple(points))
    return SharedPortal(tuple(keys), spread_of(together, segments_of(together)).unexplained, is_weighted)
