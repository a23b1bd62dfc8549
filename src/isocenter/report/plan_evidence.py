"""What a plan shows, gathered for a page: scorecards, portals, structures, geometry, delivery and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isocenter.report.pictures import ShownPicture, shown
from isocenter.report.quantities import number_of
from isocenter.report.scorecard import PublishedLimits, Scorecard, scorecards
from isocenter.report.words import counted
from isocenter.terms.courses import Fraction, ImageGuidance
from isocenter.terms.plans import Plan, PlanField, PlanMeasure, Structure, Verification
from isocenter.terms.review import Picture

_ROLE_SOURCES = {"name": "by its name", "dicom type": "by its DICOM type", "given": "given in the case"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What treatment records show: fractions and image-guided set-ups."""

    fractions: tuple[Fraction, ...]
    guided: tuple[ImageGuidance, ...]

    @property
    def beyond_tolerance(self) -> int:
        """How many set-up shifts exceed their tolerance."""
        return sum(
            row.shift_mm is not None and row.tolerance_mm is not None and row.shift_mm > row.tolerance_mm
            for row in self.guided
        )

    @property
    def tolerances(self) -> str:
        """How many shifts exceed their tolerance, and of how many none is stated."""
        compared = sum(row.shift_mm is not None and row.tolerance_mm is not None for row in self.guided)
        if not compared:
            return "no tolerance is stated for their shifts"
        beyond = f"{self.beyond_tolerance} of {counted(compared, 'shift')} beyond tolerance"
        rest = len(self.guided) - compared
        return f"{beyond}; {counted(rest, 'set-up')} without a shift or a tolerance" if rest else beyond


@dataclass(frozen=True, slots=True)
class PlanEvidence:
    """Everything that the pages of a review and of `isocenter measure` show of the plans of a course."""

    plans: tuple[Plan, ...]
    fields: tuple[PlanField, ...]
    structures: tuple[Structure, ...]
    geometry: tuple[PlanMeasure, ...]  # measures that no scorecard shows
    scorecards: tuple[Scorecard, ...]
    verifications: tuple[Verification, ...]
    delivery: Delivery
    pictures: tuple[ShownPicture, ...]

    @property
    def is_there(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.plans or self.structures or self.pictures)

    def plan_name(self, plan_id: str) -> str:
        """The label of a plan, or its number among several without one."""
        for place, plan in enumerate(self.plans, start=1):
            if plan.plan_id == plan_id:
                return plan.label or f"plan {place}"
        return ""


def plan_evidence(
    facts: Mapping[str, Sequence[Any]], pictures: Sequence[Picture], published: PublishedLimits
) -> PlanEvidence:
    """The evidence of the plans, from rows of the fact tables by the tables' names."""
    cards = scorecards(facts, published)
    carded = {
        (card.plan.plan_id, structure.name, measure)
        for card in cards
        for structure in (*card.targets, *card.critical)
        for measure in structure.values
    } | {(card.plan.plan_id, goal.structure, goal.measure) for card in cards for goal in card.goals}
    measures: Sequence[PlanMeasure] = facts.get("plan_measures", ())
    return PlanEvidence(
        plans=tuple(facts.get("plans", ())),
        fields=tuple(facts.get("plan_fields", ())),
        structures=_listed_once(facts.get("structures", ())),
        geometry=tuple(m for m in measures if m.beside or m.part or (m.plan_id, m.structure, m.measure) not in carded),
        scorecards=cards,
        verifications=tuple(facts.get("verifications", ())),
        delivery=Delivery(tuple(facts.get("fractions", ())), tuple(facts.get("image_guidance", ()))),
        pictures=shown(pictures),
    )


def _listed_once(structures: Sequence[Structure]) -> tuple[Structure, ...]:
    """Structures that several plans share in all that is shown of them, once."""
    seen = {row._replace(plan_id="", structure_number=0): row for row in reversed(structures)}
    return tuple(reversed(seen.values()))


def role_source(structure: Structure) -> str:
    """How the part that a structure plays was found."""
    return _ROLE_SOURCES.get(structure.role_source, structure.role_source)


def measured(measure: PlanMeasure) -> str:
    """A measure as the table of geometry holds it: its number and unit."""
    return f"{number_of(measure.value, measure.unit)} {measure.unit}".strip()
