"""Days of birth, numbers of persons and moments of writing are read alike by Python and by DuckDB."""

import duckdb
import pytest

from isocenter.intake.bulk.persons_and_moments import moment_of, moment_sql, person_of, person_sql


def _in_duckdb(expression: str, text: str) -> str:
    found = duckdb.execute(f"select {expression} from (select ? as given)", [text]).fetchone()
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("3/15/1950", "born 1950-03-15"),
        ("19500315", "born 1950-03-15"),
        ("1950-03-15 00:00:00", "born 1950-03-15"),
        ("001", "person 1"),
        ("subscriber", "subscriber"),
        # Nobody says of which century; no day is written in fewer digits than eight.
        ("03/15/50", "03/15/50"),
        ("50-03-15", "50-03-15"),
        ("950315", "950315"),
        ("1950315", "1950315"),
        ("2011105", "2011105"),
        ("99999999", "99999999"),
    ],
)
def test_a_person_is_named_by_a_whole_day_of_birth_or_as_written(text: str, person: str) -> None:
    assert (person_of(text), _in_duckdb(person_sql("given"), text)) == (person, person)


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("2025-03-18T09:30:00.123", "", "2025-03-18 09:30"),
        ("3/18/2025 9:30:15 PM", "", "2025-03-18 21:30"),
        ("03/18/2025 12:05 AM", "", "2025-03-18 00:05"),
        ("18/03/2025 09:30", "%d/%m/%Y", "2025-03-18 09:30"),
        ("04/03/2025", "%d/%m/%Y", "2025-03-04"),
        ("250318", "%y%m%d", "2025-03-18"),
        ("20250318", "%Y%m%d", "2025-03-18"),
        ("250318", "", ""),
        ("2025318", "%Y%m%d", ""),
        ("03/18/25", "", ""),
        ("0025-03-18", "", ""),
        ("2025-02-30", "", ""),
    ],
)
def test_a_moment_has_a_whole_day_or_is_none(text: str, form: str, moment: str) -> None:
    assert (moment_of(text, form), _in_duckdb(moment_sql("given", form), text)) == (moment, moment)
