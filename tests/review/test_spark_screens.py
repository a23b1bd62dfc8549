"""A whole screening whose rules run in Spark asks what the screening in DuckDB asks."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.review import spark_session
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening.run import screen
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of
from tests.screening.two_tumors import asked, claims_of_two_tumors

pytestmark = pytest.mark.spark


def test_lines_that_name_neither_of_two_tumors_are_asked_about(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shared_session(memory: str, folder: Path, *, is_short: bool, daemon: str) -> Any:
        assert (memory, is_short, bool(daemon)) == ("2000MB", True, True)
        assert folder.is_relative_to(tmp_path)
        return spark

    monkeypatch.setattr(spark_session, "open_session", shared_session)
    monkeypatch.setattr(spark, "stop", lambda: None)  # other tests go on in it
    claims, policies = claims_of_two_tumors(tmp_path / "claims"), (_those_that_ask(tmp_path / "policy"),)
    in_duckdb = settings_of(tmp_path / "duckdb", claims, policies=policies)
    in_spark = settings_of(tmp_path / "spark", claims, policies=policies, engine="spark", memory_bytes=2_000_000_000)
    answers = []
    for settings in (in_duckdb, in_spark):
        screen(settings)
        answers.append(asked(rows_of(settings.out, "findings/*.parquet")))
    assert answers[0] == answers[1]
    assert len(answers[0]) == 11


def _those_that_ask(folder: Path) -> str:
    """A policy of the two rules that ask: Spark plans each rule longer than it runs it on so few lines."""
    asking = {"one_delivery_level_a_day", "one_management_unit_per_five_fractions", "the_policy_applies"}
    others = [f"{rule.group}/{rule.name}" for rule in load_policy("imrt").rules if rule.name not in asking]
    folder.mkdir()
    (folder / "policy.toml").write_text(
        'name = "those_that_ask"\ntitle = "Two rules"\nline_of_business = "medicare"\nvalid_from = 2016-01-01\n'
        f'extends = "imrt"\nleaves_out = {others}\n'
    )
    return str(folder)
