"""A policy folder is read once, and again whenever what it is read from changed."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.errors import BrokenRule
from isocenter.rulebook import rulebook
from isocenter.rulebook.rulebook import Rulebook, load_policy
from tests.rulebook.folders import ABOUT, rule, write_policy


def test_an_unchanged_folder_is_read_once(tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "small", {"coding/one.sql": rule()})
    assert load_policy(str(folder)) is load_policy(str(folder))
    assert load_policy("imrt") is load_policy("imrt")


def test_a_file_that_is_changed_added_or_removed_is_seen_at_once(tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "small", {"coding/one.sql": rule("'met'")})
    load_policy(str(folder))
    (folder / "coding/one.sql").write_text(rule("'nix'"))  # as long as before
    assert "'nix'" in load_policy(str(folder)).rule("one").query
    (folder / "coding/two.sql").write_text(rule())
    assert load_policy(str(folder)).rule("two")
    (folder / "coding/two.sql").unlink()
    assert "two" not in {one.name for one in load_policy(str(folder)).rules}
    (folder / "coding/one.sql").write_text("select nothing")
    with pytest.raises(BrokenRule):
        load_policy(str(folder))


def test_a_change_in_the_policy_that_is_extended_is_seen(tmp_path: Path) -> None:
    write_policy(tmp_path / "base", {"coding/one.sql": rule("'met'")})
    about = ABOUT.replace('"small"', '"own"') + 'extends = "../base"\n'
    own = write_policy(tmp_path / "own", {"policy.toml": about})
    assert "'met'" in load_policy(str(own)).rule("one").query
    (tmp_path / "base/coding/one.sql").write_text(rule("'not_met'"))
    assert "'not_met'" in load_policy(str(own)).rule("one").query


def test_a_folder_that_is_changed_while_it_is_read_is_refused_and_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_policy(tmp_path / "small", {"coding/one.sql": rule("'met'")})
    load = rulebook._load

    def loaded(*given: Any) -> Rulebook:
        found = load(*given)
        (folder / "coding/one.sql").write_text(rule("'not_met'"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(rulebook, "_load", loaded)
        with pytest.raises(BrokenRule, match="small: the policy changed while it was being read; run again"):
            load_policy(str(folder))
    assert "'not_met'" in load_policy(str(folder)).rule("one").query
