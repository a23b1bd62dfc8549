"""Readings are of one type, within bounds, in force on their days, and set by users in one file for all policies."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.cli import main
from isocenter.errors import BrokenRule, IsocenterError, UnknownName
from isocenter.rulebook.readings import chosen_readings, read_chosen_readings, read_readings, what_is_wrong
from isocenter.rulebook.rulebook import choose_readings, load_policy, with_readings
from isocenter.terms.findings import Reading, ReadingType

EXAMPLE = Path(__file__).parents[2] / "examples" / "left_breast_coding"
WEEK = "fractions_per_management_unit"


@pytest.mark.parametrize("value", ['"five"', "-5", "0", "1e308", "nan", "inf", "true", "2.5", "[5]", "2024-01-01"])
def test_a_value_that_the_reading_cannot_have_is_refused_and_judges_nothing(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = tmp_path / "mine.toml"
    chosen.write_text(f"{WEEK} = {value}\n")
    assert main(["review", str(EXAMPLE), "--readings", str(chosen), "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert WEEK in shown.err
    assert "expected a whole number from 1 to 10 fractions" in shown.err


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("virtual_direct_supervision_from", "2025-12-31", "31.12.2025"),
        ("code_lists_begin", date(2010, 1, 1), "soon"),
        ("solidity_concave", 0.5, 1.5),
        ("course_gap_days", 45, 30),
        (WEEK, 4.0, 4.5),
    ],
)
def test_each_type_has_its_own_values(name: str, good: object, bad: object) -> None:
    rulebook = load_policy("imrt")
    reading = next(reading for reading in rulebook.readings if reading.name == name)
    assert what_is_wrong(reading, good) == ""
    assert what_is_wrong(reading, bad)
    assert what_is_wrong(reading, None)
    set_by_user = with_readings(rulebook, {name: good}, "set in a test")
    assert next(r for r in set_by_user.readings if r.name == name).source == "set in a test"
    with pytest.raises(BrokenRule, match=name):
        with_readings(rulebook, {name: bad}, "set in a test")


def test_a_choice_is_one_of_its_list() -> None:
    with pytest.raises(BrokenRule, match="expected one of billing_npi, rendering_npi"):
        with_readings(load_policy("ncci"), {"same_provider": "anyone"}, "set in a test")


@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.none(), st.dates()))
def test_what_passes_is_within_the_bounds(value: object) -> None:
    reading = Reading("p", "r", 5, "", "", "", ReadingType.NUMBER, 1, 10)
    if what_is_wrong(reading, value) == "":
        assert not isinstance(value, bool)
        assert isinstance(value, int | float)
        assert 1 <= value <= 10


@pytest.mark.parametrize("order", ["imrt_hospital imrt", "imrt imrt_hospital ncci"])
def test_one_file_sets_the_readings_of_every_policy_in_force(order: str, tmp_path: Path) -> None:
    chosen = tmp_path / "mine.toml"
    chosen.write_text(f'planning_window_days = 30\n{WEEK} = 4\nimrt.course_gap_days = 90\n"imrt.remote_mm" = 40\n')
    books = choose_readings([load_policy(name) for name in order.split()], read_chosen_readings(chosen), "set")
    values = {(reading.policy, reading.name): reading.value for book in books for reading in book.readings}
    assert values["imrt_hospital", "planning_window_days"] == 30
    assert values["imrt", WEEK] == 4
    assert values["imrt", "course_gap_days"] == 90
    assert values["imrt", "remote_mm"] == 40


def test_a_reading_that_no_policy_has_or_that_two_have_is_named() -> None:
    books = [load_policy("imrt"), load_policy("ncci")]
    with pytest.raises(UnknownName, match=r"no reading is named 'weeks'; the nearest are .*, .*, .*; `isocenter rules"):
        choose_readings(books, chosen_readings({"weeks": 4}), "set")
    with pytest.raises(UnknownName, match="names a policy that is not applied; applied are imrt, ncci"):
        choose_readings(books, chosen_readings({"sbrt": {"weeks": 4}}), "set")
    with pytest.raises(UnknownName, match=r"policy ncci has no reading .*; imrt has it"):
        choose_readings(books, chosen_readings({f"ncci.{WEEK}": 4}), "set")


@pytest.mark.parametrize("written", ["course_gap_day", "course_gaps_days", "course-gap-days", "imrt.coursegap_days"])
def test_a_misspelled_reading_is_answered_with_the_one_that_was_meant(written: str) -> None:
    with pytest.raises(UnknownName) as said:
        choose_readings([load_policy("imrt"), load_policy("ncci")], chosen_readings({written: 4}), "set")
    assert str(said.value).endswith("; did you mean course_gap_days?")


def test_a_name_like_no_reading_is_answered_in_one_short_sentence() -> None:
    with pytest.raises(UnknownName) as said:
        choose_readings([load_policy("imrt")], chosen_readings({"x" * 5000: 4}), "set")
    assert len(str(said.value)) < 300


DATED = """
[supervision]
type = "choice"
choices = ["in person", "by video"]
unit = ""
reason = "a test"
source = "a test"
values = [
    { value = "in person", valid_to = 2020-03-30 },
    { value = "by video", valid_from = 2020-03-31, source = "an interim rule" },
]
"""


def test_a_reading_may_have_a_value_for_each_time(tmp_path: Path) -> None:
    path = tmp_path / "readings.toml"
    path.write_text(DATED)
    first, second = read_readings(path, "mine")
    assert (first.value, first.valid_from, first.valid_to) == ("in person", None, date(2020, 3, 30))
    assert (second.value, second.valid_from, second.source) == ("by video", date(2020, 3, 31), "an interim rule")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2020-03-31", "2020-03-30", "two values on 2020-03-30"),
        ('"by video"]', '"by phone"]', "expected one of in person, by phone"),
        ("2020-03-31", '"2020-03-31"', "without quotes"),
        ('type = "choice"', 'type = "color"', "known are number, integer, date, choice"),
        ("reason =", "because =", "says 'because'"),
        ('unit = ""', "", "lacks unit"),
        ("values = [", 'value = "in person"\nvalues = [', "write either value"),
    ],
)
def test_a_broken_reading_is_named_in_one_sentence(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "readings.toml"
    assert old in DATED
    path.write_text(DATED.replace(old, new, 1))
    with pytest.raises(IsocenterError, match=says):
        read_readings(path, "mine")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"unit": "5"}, "unit is 5; expected a text in quotes"),
        ({"reason": "[1]"}, r"reason is \[1\]; expected a text"),
        ({"source": "2024-01-01"}, "source is .*; expected a text"),
        ({"choices": "5"}, "choices is 5; expected a list of texts"),
        ({"choices": '["a", [2]]'}, "choices is .*; expected a list of texts"),
    ],
)
def test_what_a_reading_states_in_words_is_text(changed: dict[str, str], says: str, tmp_path: Path) -> None:
    stated = {"type": '"choice"', "value": '"a"', "unit": '"x"', "reason": '"y"', "source": '"z"', "choices": '["a"]'}
    file = tmp_path / "readings.toml"
    file.write_text("[one]\n" + "\n".join(f"{key} = {value}" for key, value in (stated | changed).items()))
    with pytest.raises(BrokenRule, match=f"readings.toml: reading one.*{says}"):
        read_readings(file, "small")
