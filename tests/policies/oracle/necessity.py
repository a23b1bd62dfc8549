"""Which of the five conditions a signed statement documents, in plain Python; what plans show is not weighed here."""

from tests.policies.oracle.world import MET, NOT_APPLICABLE, PHYSICIANS, Rows, World

OPEN = "open"  # whatever a rule answers beside met and not applicable
_CONDITIONS = {
    "the_target_lies_close_to_critical_structures": "condition_proximity",
    "narrow_margins_protect_adjacent_structures": "condition_narrow_margins",
    "an_adjacent_area_was_irradiated_before": "condition_prior_irradiation",
    "critical_tissue_lies_in_or_around_the_target_shape": "condition_concavity",
    "the_dose_goes_beyond_the_usual": "condition_dose_escalation",
}
DOCUMENTS = frozenset(_CONDITIONS)  # rules of which it is known only that what nobody documents is not judged


def documented(world: World, course: str) -> set[str]:
    """The conditions that dated and signed statements of the treating physician name."""
    dated = {entry.document_id for entry in world.tables["signatures"] if entry.role in PHYSICIANS and entry.signed_on}
    return {
        element
        for document in world.documents[course]
        if document.kind == "necessity_statement" and document.document_id in dated
        for element in world.stated[document.document_id]
        if element in _CONDITIONS.values()
    }


def a_condition_is_documented(world: World) -> Rows:
    for course in world.courses:
        if world.is_looked_at(course):
            yield course, MET if documented(world, course) else OPEN, None


def conditions_nobody_documents(world: World) -> dict[tuple[str, str], str]:
    """Rule and course where no statement names the rule's condition: not applicable."""
    return {
        (rule, course): NOT_APPLICABLE
        for rule, condition in _CONDITIONS.items()
        for course in world.courses
        if world.is_looked_at(course) and condition not in documented(world, course)
    }


RULES = (a_condition_is_documented,)
