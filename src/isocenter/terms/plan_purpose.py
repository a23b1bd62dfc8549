"""What a plan was made for, by what its file states: to treat a patient, to check something, or for research."""

import re

from isocenter.terms.imaging import TreatmentPlan

_VERIFIES = re.compile(r"(?<![a-z])(verif\w*|qa|pt_?qa|dqa|phantom|delta ?4|arccheck|mapcheck|octavius)(?![a-z])", re.I)


def is_for_verification(plan: TreatmentPlan) -> bool:
    """Whether the plan verifies another: it says so, is labeled so, or lies on a device instead of a patient."""
    if plan.verifies_another or plan.intent == "VERIFICATION" or plan.geometry == "TREATMENT_DEVICE":
        return True
    return _VERIFIES.search(plan.label.replace("_", " ")) is not None


def is_for_machine(plan: TreatmentPlan) -> bool:
    """Whether its intent (PlanIntent, DICOM C.8.8.9) is to check or to service a machine."""
    return plan.intent in ("MACHINE_QA", "SERVICE")


def is_for_research(plan: TreatmentPlan) -> bool:
    """Whether its intent is research."""
    return plan.intent == "RESEARCH"
