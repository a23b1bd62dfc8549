"""Rewrites known_queries.json for the queries that the program itself brings: python -m isocenter.rulebook."""

from importlib.resources import files
from pathlib import Path

from isocenter.rulebook import query
from isocenter.rulebook.rulebook import load_policy, policy_names


def bundled_queries() -> list[str]:
    """The queries of all rules and definitions of the bundled policies, and those that add up their findings."""
    rulebooks = [load_policy(name) for name in policy_names()]
    made = [definition.query for rulebook in rulebooks for definition in rulebook.definitions]
    return [*made, *(rule.query for rulebook in rulebooks for rule in rulebook.rules), *_queries_of_a_batch()]


def _queries_of_a_batch() -> list[str]:
    """The queries from lines to courses and from findings to recommendations, whose columns a batch asks for."""
    package = files("isocenter")  # as texts: what runs them is built on the rulebook
    adding_up = sorted((package / "review" / "sql").iterdir(), key=lambda file: file.name)
    found = [package / "facts" / "courses_of_lines.sql", *adding_up]
    return [file.read_text(encoding="utf-8") for file in found]


def main() -> None:
    """Write the file beside the module that reads it."""
    (Path(query.__file__).parent / query.FILE).write_text(query.known_as_json(bundled_queries()), encoding="utf-8")


if __name__ == "__main__":
    main()
