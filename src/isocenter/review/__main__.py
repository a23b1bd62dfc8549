"""Rewrites known_plans.json for the queries that a review of one case runs: python -m isocenter.review."""

from collections.abc import Mapping
from pathlib import Path

from isocenter.engines.rows import known
from isocenter.engines.rows.kinds import Columns
from isocenter.facts.case_store import queries_of_facts
from isocenter.review.case_engine import queries_added_up, queries_of
from isocenter.review.policy_tables import columns_of, courses_rulebook
from isocenter.rulebook.rulebook import load_policy, policy_names


def queries_of_a_review() -> list[tuple[str, Mapping[str, Columns]]]:
    """The queries of facts, bundled policies and recommendations, each with the columns of what it may read."""
    rulebooks = [load_policy(name) for name in policy_names()]
    of_policies = [query for rulebook in rulebooks for query in queries_of(rulebook)]
    return [*queries_of_facts(columns_of(courses_rulebook(rulebooks))), *of_policies, *queries_added_up()]


def main() -> None:
    """Write the file beside the module that reads it."""
    text = known.known_as_json(queries_of_a_review())
    (Path(known.__file__).parent / known.FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
