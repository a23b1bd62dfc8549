"""What a plan was made for, by what its file states: to treat a patient, to check something, or for research."""

import re

from isocenter.terms.imaging import TreatmentPlan

_VERIFIES = re.compile(
    r"(?<![a-z])(verif(?!ied)\w*|qa|pt_?qa|dqa|phantom(?! ?(?:limb|pain))|delta ?4|arccheck|mapcheck|octavius)"
    r"(?![a-z])",
    re.I,
)
# Labels run words together: "PhantomQA", "QAplan", "LUNGQA". No site or organ ends in "qa", but "SEQA" is sequence A.
_BETWEEN_WORDS_OF_LABEL = re.compile(
    r"_|(?<=[a-z])(?=[A-Z])|(?<=\bQA)(?=[A-Z])|(?<=QA)(?=[a-z])|(?<=[A-Za-z])(?<!(?i:se))(?=(?i:qa)(?![A-Za-z]))"
)


def is_for_verification(plan: TreatmentPlan) -> bool:
    """Whether the plan verifies another: it says so, is labeled so, or lies on a device instead of a patient."""
    if plan.verifies_another or plan.intent == "VERIFICATION" or plan.geometry == "TREATMENT_DEVICE":
        return True
    # "ArcCHECK" is one name, and "PhantomQA" two words.
    labels = plan.label.replace("_", " "), _BETWEEN_WORDS_OF_LABEL.sub(" ", plan.label)
    return any(_VERIFIES.search(label) for label in labels)


def is_for_a_phantom(plan: TreatmentPlan) -> bool:
    """Whether the plan checks something and its patient is a phantom, by the geometry or the name that it states."""
    patient = plan.patient
    named = f"{patient.number} {patient.family_name} {patient.given_name}".replace("_", " ")
    is_phantom = plan.geometry == "TREATMENT_DEVICE" or _VERIFIES.search(named) is not None
    return is_phantom and (is_for_verification(plan) or is_for_machine(plan))


def is_for_machine(plan: TreatmentPlan) -> bool:
    """Whether its intent (PlanIntent, DICOM C.8.8.9) is to check or to service a machine."""
    return plan.intent in ("MACHINE_QA", "SERVICE")


def is_for_research(plan: TreatmentPlan) -> bool:
    """Whether its intent is research."""
    return plan.intent == "RESEARCH"
