"""The plans that are kept are those that the syntax trees give, and hold for queries and tables of that text alone."""

import subprocess
import sys
from pathlib import Path

from isocenter.engines.rows import known
from isocenter.review.__main__ import queries_of_a_review


def test_the_file_holds_the_plans_that_the_syntax_trees_give() -> None:
    written = (Path(known.__file__).parent / known.FILE).read_text(encoding="utf-8")
    assert written == known.known_as_json(queries_of_a_review()), "run: python -m isocenter.review"


def test_a_plan_is_looked_up_for_tables_of_the_same_columns_alone() -> None:
    query, tables = queries_of_a_review()[0]
    found = known._looked_up(query, tables)
    assert found is not None
    assert found.reads.keys() <= tables.keys()
    name = next(iter(found.reads))
    other = {**tables, name: (*tables[name], ("one_more", "text"))}
    assert known._looked_up(query, other) is None
    assert known._looked_up(f"{query} ", tables) is None


def test_a_review_of_claims_by_bundled_policies_parses_no_query() -> None:
    claims = Path(__file__).parents[2] / "examples" / "hospital_course" / "professional.837"
    code = (
        "import sys, isocenter; isocenter.review_case(sys.argv[1], isocenter.Reviewer(['imrt', 'imrt_hospital']));"
        " assert 'sqlglot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(claims)], check=True)
