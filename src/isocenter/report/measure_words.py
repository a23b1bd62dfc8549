"""The measures of a plan in words: `distance 38.8 mm (known to 1.1 mm)`, not the names that rules read."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from isocenter.report.quantities import quantity
from isocenter.terms.measures import is_measure_of_dose
from isocenter.terms.plans import PlanMeasure

# Where a unit is a share, the words after it say of what.
WORDS = {
    "components": ("separate parts", ""),
    "part_volume_cc": ("volume", ""),
    "solidity": ("share of its convex hull", ""),
    "slice_solidity": ("share of the convex hulls of its slices", ""),
    "width_along_portals_mm": ("width seen from the portals", ""),
    "distance_mm": ("distance", ""),
    "distance_resolution_mm": ("distance known to", ""),
    "overlap_cc": ("overlap", ""),
    "overlap_percent": ("overlap", "of the structure"),
    "overlap_of_target_percent": ("overlap", "of the target"),
    "share_in_concavity_percent": ("in the target's concavity", "of the structure"),
    "share_in_slice_concavity_percent": ("in the concavities of the target's slices", "of the structure"),
    "volume_in_concavity_cc": ("in the target's concavity", ""),
    "required_dose_fall_gy_per_mm": ("dose fall needed between them", ""),
    "margin_left_mm": ("margin left", ""),
    "margin_right_mm": ("right", ""),
    "margin_anterior_mm": ("anterior", ""),
    "margin_posterior_mm": ("posterior", ""),
    "margin_superior_mm": ("superior", ""),
    "margin_inferior_mm": ("inferior", ""),
    "margin_least_mm": ("least margin", ""),
    "margin_mean_mm": ("mean margin", ""),
    "prior_distance_mm": ("distance to the volume irradiated before", ""),
    "prior_overlap_cc": ("overlap with the volume irradiated before", ""),
    "prior_overlap_percent": ("overlap with the volume irradiated before", "of the target"),
    "prior_portal_distance_mm": ("distance from the portals to the volume irradiated before", ""),
    "prior_seen_by_portal_percent": ("volume irradiated before that the portals see", ""),
    "summed_eqd2_maximum_gy": ("maximum of both courses in 2 Gy fractions", ""),
    "summed_eqd2_d003cc_gy": ("D0.03cc of both courses in 2 Gy fractions", ""),
    "dose_grid_spacing_mm": ("spacing of the dose grid", ""),
    "dose_at_grid_edge_gy": ("highest dose where the grid ends", ""),
    "intensity_spread": ("spread of intensity", ""),
    "prescribed_eqd2_gy": ("prescribed dose in 2 Gy fractions", ""),
    "stored_end_cap_slices": ("slices beyond the ends in the planning system's curves", ""),
    "stored_volume_difference_percent": ("volume against the planning system's", ""),
    "stored_curve_difference_percent": ("curve against the planning system's", "at most"),
}
_CHANGE = "verified_change_of_"
_NEARBY = re.compile(r"surface_within_([\d.]+)mm_percent")
_NAMED_BY_FIELD = {"intensity_spread"}


def in_words(measure: PlanMeasure) -> str:
    """A measure with what it is, its number and unit."""
    number = quantity(measure.value, measure.unit)
    if nearby := _NEARBY.fullmatch(measure.measure):
        return f"within {nearby[1]} mm {number} of its surface"
    if measure.measure.startswith(_CHANGE):
        return f"{measure.measure.removeprefix(_CHANGE)} changed by {number}"
    what, of = WORDS.get(measure.measure, (measure.measure, ""))
    return " ".join(filter(None, (what, number, of)))


def about_in_words(measure: PlanMeasure) -> str:
    """What a measure is about: the plan, a field, a structure, or a structure beside another."""
    if not measure.structure and measure.part and measure.measure in _NAMED_BY_FIELD:
        return f"field {measure.part}"
    return measure.about


def measures_in_lines(measures: Sequence[PlanMeasure]) -> Iterator[str]:
    """A line for each thing measured; a target and a structure that lie apart have their distance alone."""
    for about, group in groupby(measures, key=about_in_words):
        rows = list(group)
        if rows[0].beside:
            rows = [row for row in rows if round(row.value, 2) or row.measure == "distance_mm"]
        yield f"{about}: {'; '.join(map(in_words, rows))}"


def is_worded(name: str) -> bool:
    """Whether a measure of this name is said in words."""
    return name in WORDS or is_measure_of_dose(name.removeprefix(_CHANGE)) or bool(_NEARBY.fullmatch(name))
