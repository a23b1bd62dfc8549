"""Writes known_queries.json anew, for the queries of the bundled policies: python -m isocenter.rulebook."""

from pathlib import Path

from isocenter.rulebook import query
from isocenter.rulebook.rulebook import load_policy, policy_names


def bundled_queries() -> list[str]:
    """The queries of all rules and definitions of the bundled policies."""
    rulebooks = [load_policy(name) for name in policy_names()]
    made = [definition.query for rulebook in rulebooks for definition in rulebook.definitions]
    return [*made, *(rule.query for rulebook in rulebooks for rule in rulebook.rules)]


def main() -> None:
    """Write the file beside the module that reads it."""
    (Path(query.__file__).parent / query.FILE).write_text(query.known_as_json(bundled_queries()), encoding="utf-8")


if __name__ == "__main__":
    main()
