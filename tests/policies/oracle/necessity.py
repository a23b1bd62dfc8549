"""Which of the five conditions a signed statement documents, and what becomes of each beside what plans show of it."""

from re import escape, search

from tests.policies.oracle.evidence import CONTRADICTS, SUPPORTS, evidence
from tests.policies.oracle.sites import regions, site_of, table, tumors
from tests.policies.oracle.sites import the_site_is_supported as _by_site
from tests.policies.oracle.world import MET, NOT_APPLICABLE, NOT_DOCUMENTED, NOT_MET, PHYSICIANS, Rows, World

CONDITIONS = {
    "the_target_lies_close_to_critical_structures": "condition_proximity",
    "narrow_margins_protect_adjacent_structures": "condition_narrow_margins",
    "an_adjacent_area_was_irradiated_before": "condition_prior_irradiation",
    "critical_tissue_lies_in_or_around_the_target_shape": "condition_concavity",
    "the_dose_goes_beyond_the_usual": "condition_dose_escalation",
}


def _statements(world: World, course: str) -> list[str]:
    """Statements with a dated signature of a physician."""
    dated = {entry.document_id for entry in world.tables["signatures"] if entry.role in PHYSICIANS and entry.signed_on}
    return [
        document.document_id
        for document in world.documents[course]
        if document.kind == "necessity_statement" and document.document_id in dated
    ]


def documented(world: World, course: str) -> set[str]:
    """The conditions that dated and signed statements of the treating physician name."""
    named = {element for statement in _statements(world, course) for element in world.stated[statement]}
    return named & set(CONDITIONS.values())


def a_condition_is_documented(world: World) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        shown = evidence(world, course)
        is_contradicted = set(shown.values()) == {CONTRADICTS} and "condition_proximity" in shown
        if documented(world, course):
            yield course, MET, None
        else:
            yield course, NOT_MET if _statements(world, course) and is_contradicted else NOT_DOCUMENTED, None


def names_organs_elsewhere(world: World, course: str) -> bool:
    """Whether the statements name organs at stake, and no organ that lies by the site or a tumor of the course."""
    of_site = regions(site_of(world, course))
    treated = of_site.union(*(regions(one.site) for one in tumors(world, course)))
    said = [
        (element, row["region"])
        for statement in _statements(world, course)
        for element, detail in world.details[statement]
        for row in table("organ_regions")
        if search(rf"(^|[ _(/-]){escape(row['word'])}", detail.lower())
    ]
    at_stake = {*CONDITIONS.values(), "critical_structures_addressed"} & {element for element, _ in said}
    return bool(of_site and at_stake) and not treated & {region for _, region in said}


def weighed(world: World) -> dict[tuple[str, str], tuple[str, str]]:
    """For each rule of a condition and each course: the outcome, and the evidence beside it."""
    found = {}
    for course in filter(world.is_looked_at, world.courses):
        named, shown = documented(world, course), evidence(world, course)
        holding = {condition for condition in named if shown.get(condition) != CONTRADICTS}
        if names_organs_elsewhere(world, course):
            holding &= {"condition_prior_irradiation", "condition_dose_escalation"}
        for rule, condition in CONDITIONS.items():
            beside = NOT_MET if condition in named and not holding else NOT_APPLICABLE
            outcome = MET if condition in holding else beside
            one = shown.get(condition, "")
            found[rule, course] = (outcome, one if condition in named or one == SUPPORTS else "")
    return found


def the_site_is_supported(world: World) -> Rows:
    again = [
        course for course in world.courses if evidence(world, course).get("condition_prior_irradiation") == SUPPORTS
    ]
    yield from _by_site(world, again)


RULES = (a_condition_is_documented, the_site_is_supported)
