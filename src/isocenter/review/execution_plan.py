"""What a review runs, planned in one place for one case, a batch and Spark: rules, definitions, open questions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import NotAssessed


@dataclass(frozen=True, slots=True)
class PolicyRun:
    """What one policy runs."""

    rulebook: Rulebook
    rules: tuple[Rule, ...]
    comparing_rules: tuple[Rule, ...]  # these hold courses against each other, at the end
    asked: tuple[Rule, ...]  # on necessity, without the chart that they judge: a request that no rule could make

    @property
    def run(self) -> tuple[Rule, ...]:
        """Every rule that can be assessed."""
        return (*self.rules, *self.comparing_rules)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What the rules read and affect, each after those it reads."""
        return self.rulebook.definitions_for(self.run, self.affected)

    @property
    def affected(self) -> tuple[str, ...]:
        """The definitions whose lines inherit findings about their course."""
        return tuple(sorted({rule.affects for rule in (*self.run, *self.asked) if rule.affects}))


@dataclass(frozen=True, slots=True)
class ExecutionPlan:
    """What all policies run, and which rules cannot be assessed."""

    policies: tuple[PolicyRun, ...]
    not_assessed: tuple[NotAssessed, ...]
    necessity_waits: bool = False  # rules on necessity wait for a chart, asked about or not


def plan_execution(
    rulebooks: Sequence[Rulebook], supplied: Collection[str], *, for_screening: bool = False
) -> ExecutionPlan:
    """Plan what runs on facts of which the `supplied` tables are there.

    A screening leaves out the rules that could only ask the same of every subject, see Rule.shown_by, and asks
    nothing about necessity: without charts every course would end in the same request.
    """
    not_assessed = tuple(
        NotAssessed(rule.policy, rule.name, missing)
        for rulebook in rulebooks
        for rule in rulebook.rules
        if (missing := tuple(table for table in _needed(rule, for_screening) if table not in supplied))
    )
    left_out = {(entry.policy, entry.rule) for entry in not_assessed}
    waiting = {
        (rule.policy, rule.name)
        for rulebook in rulebooks
        for rule in rulebook.rules
        if "documents" not in supplied and _is_open(rule, left_out)
    }
    asked = set() if for_screening else waiting
    policies = tuple(_plan_policy(rulebook, left_out, asked) for rulebook in rulebooks)
    return ExecutionPlan(policies, not_assessed, bool(waiting))


def _needed(rule: Rule, for_screening: bool) -> tuple[str, ...]:
    return (*rule.needs, *rule.shown_by) if for_screening else rule.needs


def _plan_policy(
    rulebook: Rulebook, left_out: Collection[tuple[str, str]], asked: Collection[tuple[str, str]]
) -> PolicyRun:
    run = [rule for rule in rulebook.rules if (rule.policy, rule.name) not in left_out]
    return PolicyRun(
        rulebook=rulebook,
        rules=tuple(rule for rule in run if not rule.compares),
        comparing_rules=tuple(rule for rule in run if rule.compares),
        asked=tuple(rule for rule in rulebook.rules if (rule.policy, rule.name) in asked),
    )


def _is_open(rule: Rule, left_out: Collection[tuple[str, str]]) -> bool:
    """Whether a rule on necessity waits for a chart."""
    is_left_out = (rule.policy, rule.name) in left_out
    return is_left_out and rule.role is GroupRole.NECESSITY and rule.judges == "course" and "documents" in rule.needs
