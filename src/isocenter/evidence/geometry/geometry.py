"""What the contours say about the coverage conditions: nearness, margins, concavity; start here.

Each target is taken apart into its separate parts first: a hull around several lesions, or the least distance
of many to one organ, would say nothing about any of them. Nothing here judges.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from isocenter.evidence.bodies.solids import LONE_SLICE_MM, Samples, Solid, make_solid, sample_wall, split_parts
from isocenter.evidence.doses.dvh import stack_volume_cc
from isocenter.evidence.geometry.concavity import HulledPart, Sharing, measure_sharing, measure_surface_within
from isocenter.evidence.geometry.distance import Nearness, PointMm, measure_nearness
from isocenter.evidence.geometry.margins import Margins, measure_margins
from isocenter.terms.imaging import ContouredStructure
from isocenter.terms.plans import PlanMeasure

REACH_MM = 10.0
WALL_SAMPLE_MM = 2.0
THREADS = 2


@dataclass(frozen=True, slots=True)
class PartShape:
    """The shape of one separate part of a target (part 1 is the largest)."""

    target: str
    part: int
    volume_cc: float
    slice_solidity: float
    space_solidity: float


@dataclass(frozen=True, slots=True)
class PairGeometry:
    """How one part of a target and one critical structure lie to each other."""

    target: str
    part: int
    structure: str
    distance_mm: float
    resolution_mm: float
    target_point_mm: PointMm
    structure_point_mm: PointMm
    overlap_cc: float
    overlap_of_structure_percent: float
    overlap_of_target_percent: float
    in_slice_concavity_cc: float
    in_slice_concavity_percent: float
    in_space_concavity_cc: float
    in_space_concavity_percent: float
    surface_within_reach_percent: float
    reach_mm: float


@dataclass(frozen=True, slots=True)
class TargetGeometry:
    """One target: the shape of its parts, and each part beside each critical structure."""

    target: str
    parts: tuple[PartShape, ...]
    pairs: tuple[PairGeometry, ...]


def measure_geometry(
    targets: Iterable[ContouredStructure],
    critical_structures: Iterable[ContouredStructure],
    reach_mm: float = REACH_MM,
    lone_slice_mm: float = LONE_SLICE_MM,
) -> tuple[TargetGeometry, ...]:
    """Measure every target against every critical structure; structures without contours give no rows.

    reach_mm: a target's surface counts as beside a structure within this distance.
    lone_slice_mm: the thickness of a structure that was drawn on one slice only.
    """
    structures = _solids(critical_structures, lone_slice_mm)
    with ThreadPoolExecutor(THREADS) as pool:
        return tuple(_measure_target(target, structures, reach_mm, pool) for target in _solids(targets, lone_slice_mm))


def measure_expansion(
    inner: ContouredStructure, outer: ContouredStructure, lone_slice_mm: float = LONE_SLICE_MM
) -> tuple[Margins, ...]:
    """The margins of a target around the one inside it (CTV, PTV), by part; none where either is empty."""
    solids = _solids((inner, outer), lone_slice_mm)
    return measure_margins(*solids) if len(solids) == 2 else ()


def _solids(structures: Iterable[ContouredStructure], lone_slice_mm: float) -> list[Solid]:
    made = (make_solid(structure, lone_slice_mm) for structure in structures)
    return [solid for solid in made if solid is not None]


def _measure_target(
    target: Solid, structures: Sequence[Solid], reach_mm: float, pool: ThreadPoolExecutor
) -> TargetGeometry:
    parts = [HulledPart(part) for part in split_parts(target)]
    shapes = tuple(
        PartShape(target.name, number, stack_volume_cc(part.solid.stack), part.slice_solidity, part.space_solidity)
        for number, part in enumerate(parts, start=1)
    )
    walls = [sample_wall(part.solid, WALL_SAMPLE_MM) for part in parts]
    tasks = [(number, structure) for number in range(len(parts)) for structure in structures]

    def measure(task: tuple[int, Solid]) -> PairGeometry:
        number, structure = task
        return _measure_pair(parts[number], number + 1, walls[number], structure, reach_mm)

    return TargetGeometry(target.name, shapes, tuple(pool.map(measure, tasks)))


def _measure_pair(part: HulledPart, number: int, wall: Samples, structure: Solid, reach_mm: float) -> PairGeometry:
    sharing = measure_sharing(part, structure)
    nearness = measure_nearness(part.solid, structure, sharing.shared_point_mm)
    return _combine(part.solid, number, structure, sharing, nearness, wall, reach_mm)


def _combine(
    part: Solid,
    number: int,
    structure: Solid,
    sharing: Sharing,
    nearness: Nearness,
    wall: Samples,
    reach_mm: float,
) -> PairGeometry:
    whole_cc = structure.volume_cc
    return PairGeometry(
        target=part.name,
        part=number,
        structure=structure.name,
        distance_mm=nearness.distance_mm,
        resolution_mm=nearness.resolution_mm,
        target_point_mm=nearness.target_point_mm,
        structure_point_mm=nearness.structure_point_mm,
        overlap_cc=sharing.overlap_cc,
        overlap_of_structure_percent=_percent(sharing.overlap_cc, whole_cc),
        overlap_of_target_percent=_percent(sharing.overlap_cc, part.volume_cc),
        in_slice_concavity_cc=sharing.in_slice_concavity_cc,
        in_slice_concavity_percent=_percent(sharing.in_slice_concavity_cc, whole_cc),
        in_space_concavity_cc=sharing.in_space_concavity_cc,
        in_space_concavity_percent=_percent(sharing.in_space_concavity_cc, whole_cc),
        surface_within_reach_percent=measure_surface_within(wall, structure, reach_mm),
        reach_mm=reach_mm,
    )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole > 0 else 0.0


def geometry_measures(plan_id: str, geometry: Iterable[TargetGeometry]) -> list[PlanMeasure]:
    """The rows of plan_measures for each component of each target, and between it and each critical structure."""
    rows: list[PlanMeasure] = []
    for target in geometry:
        for shape in target.parts:
            component = component_name(shape.part, len(target.parts))
            rows += [
                PlanMeasure(plan_id, target.target, "", component, "part_volume_cc", shape.volume_cc, "cc"),
                PlanMeasure(plan_id, target.target, "", component, "slice_solidity", shape.slice_solidity),
                PlanMeasure(plan_id, target.target, "", component, "solidity", shape.space_solidity),
            ]
        for pair in target.pairs:
            rows += _pair_measures(plan_id, component_name(pair.part, len(target.parts)), pair)
    return rows


def _pair_measures(plan_id: str, component: str, pair: PairGeometry) -> list[PlanMeasure]:
    values = [
        ("distance_mm", pair.distance_mm, "mm"),
        ("distance_resolution_mm", pair.resolution_mm, "mm"),
        ("overlap_cc", pair.overlap_cc, "cc"),
        ("overlap_percent", pair.overlap_of_structure_percent, "%"),
        ("overlap_of_target_percent", pair.overlap_of_target_percent, "%"),
        ("share_in_slice_concavity_percent", pair.in_slice_concavity_percent, "%"),
        ("share_in_concavity_percent", pair.in_space_concavity_percent, "%"),
        ("volume_in_concavity_cc", pair.in_space_concavity_cc, "cc"),
        (f"surface_within_{pair.reach_mm:g}mm_percent", pair.surface_within_reach_percent, "%"),
    ]
    return [
        PlanMeasure(plan_id, pair.target, pair.structure, component, measure, value, unit)
        for measure, value, unit in values
    ]


def margin_measures(plan_id: str, margins: Sequence[Margins]) -> list[PlanMeasure]:
    """The rows of plan_measures from a clinical to a planning target: a margin each way, the least, the mean."""
    ways = ("left", "right", "anterior", "posterior", "superior", "inferior", "least", "mean")
    return [
        PlanMeasure(
            plan_id,
            found.inner,
            found.outer,
            component_name(found.part, len(margins)),
            f"margin_{way}_mm",
            getattr(found, f"{way}_mm"),
            "mm",
        )
        for found in margins
        for way in ways
    ]


def component_name(number: int, components: int) -> str:
    """Names one of several separate components of a target; '' where the target is one piece."""
    return f"component {number}" if components > 1 else ""
