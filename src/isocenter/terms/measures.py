"""The names of the measures of a plan, in one place: evidence writes no others, and rules read no others."""

import re

MEASURES = frozenset(
    {
        # of a target, or a part of it
        "components", "part_volume_cc", "solidity", "slice_solidity", "width_along_portals_mm",
        # of a target beside a critical structure
        "distance_mm", "distance_resolution_mm", "overlap_cc", "overlap_percent", "overlap_of_target_percent",
        "share_in_concavity_percent", "share_in_slice_concavity_percent", "volume_in_concavity_cc",
        "required_dose_fall_gy_per_mm",
        # of a clinical target within its planning target
        "margin_left_mm", "margin_right_mm", "margin_anterior_mm", "margin_posterior_mm", "margin_superior_mm",
        "margin_inferior_mm", "margin_least_mm", "margin_mean_mm",
        # of a target beside a volume that was irradiated before, and of the sum of both doses
        "prior_distance_mm", "prior_overlap_cc", "prior_overlap_percent", "prior_portal_distance_mm",
        "prior_seen_by_portal_percent", "summed_eqd2_maximum_gy", "summed_eqd2_d003cc_gy",
        # of the plan
        "dose_grid_spacing_mm", "intensity_spread", "prescribed_eqd2_gy", "stored_end_cap_slices",
        # of a structure that the dose does not reach as a whole
        "dose_at_grid_edge_gy",
        # of a structure: the planning system's own curve beside ours
        "stored_volume_difference_percent", "stored_curve_difference_percent",
    }
)  # fmt: skip
# Dose-volume metrics of a structure, and how far they move from the planned to a measured or recalculated dose.
_METRIC = re.compile(r"D\d+(\.\d+)?(%|cc)|V\d+(\.\d+)?(%|Gy|cGy)|mean|max|min|HI|CI|GI")
_CHANGE = "verified_change_of_"
_NEARBY = re.compile(r"surface_within_\d+(\.\d+)?mm_percent")


def is_measure_of_dose(name: str) -> bool:
    """Whether a measure is a metric of dose and volume, such as D95%, V20Gy, mean or CI."""
    return bool(_METRIC.fullmatch(name))


def is_measure(name: str) -> bool:
    """Whether evidence may write a measure of this name."""
    if name in MEASURES:
        return True
    return bool(_METRIC.fullmatch(name.removeprefix(_CHANGE)) or _NEARBY.fullmatch(name))
