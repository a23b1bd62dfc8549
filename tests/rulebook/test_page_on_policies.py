"""The page on writing a policy shows what the tool reads: its examples load, and every key of a header is explained."""

import re
import tomllib
from pathlib import Path

import pytest

from isocenter.rulebook import rule
from isocenter.rulebook.policy import parse_policy
from isocenter.rulebook.query import parts_of
from isocenter.rulebook.readings import chosen_readings, read_readings

_PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
_TOML = re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)


@pytest.mark.parametrize("text", [text for text in _TOML if "title =" in text])
def test_the_examples_of_policy_toml_are_read(text: str) -> None:
    assert parse_policy(tomllib.loads(text)).name


def test_the_examples_of_readings_are_read(tmp_path: Path) -> None:
    stated, chosen = (text for text in _TOML if "title =" not in text)
    (tmp_path / "readings.toml").write_text(stated, encoding="utf-8")
    assert [reading.value for reading in read_readings(tmp_path / "readings.toml", "p")] == [5, 8]
    assert {(one.policy, one.name) for one in chosen_readings(tomllib.loads(chosen))} == {
        ("", "most_fractions"),
        ("imrt", "course_gap_days"),
    }


def test_the_join_of_a_dated_reading_is_read_as_one() -> None:
    (join,) = (text for text in re.findall(r"```sql\n(.*?)```", _PAGE, re.DOTALL) if text.startswith("inner join"))
    assert parts_of(f"select claim_lines.claim_line_id from claim_lines {join}").readings == {"most_fractions"}


def test_every_key_of_a_rule_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", _PAGE.split("## A rule")[1].split("## Dates")[0], re.MULTILINE)
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert explained >= {*rule._RULE_KEYS, *rule._OPTIONAL_KEYS}
