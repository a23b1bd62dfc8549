"""The coding, supervision and utilization demands of the IMRT policy in plain Python, apart from the SQL.

`answers(tables)` takes lists of rows by table name and gives {rule: {subject: (outcome, units_allowed)}};
units_allowed is None where a rule does not cut. One module a group of rules; each lists its rules in RULES.
"""

from typing import Any

from tests.policies.oracle import coding_of_plans, coding_of_treatment, supervision, utilization
from tests.policies.oracle.world import World

Answer = tuple[str, int | None]
Answers = dict[str, dict[str, Answer]]

_RULES = (*coding_of_plans.RULES, *coding_of_treatment.RULES, *supervision.RULES, *utilization.RULES)


def answers(tables: dict[str, list[Any]]) -> Answers:
    """What each rule says of each subject; rules that say nothing are there with no subject."""
    world = World(tables)
    found: Answers = {rule.__name__: {} for rule in _RULES}
    for rule in _RULES:
        for subject, outcome, units_allowed in rule(world):
            assert subject not in found[rule.__name__], f"{rule.__name__} answers {subject} twice"
            found[rule.__name__][subject] = (outcome, units_allowed)
    return found
