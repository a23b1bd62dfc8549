"""Goals: what an optimizer makes of constraints, and files of goals that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import UnreadableInput
from isocenter.planning.objective.goals import read_goals, target_doses, understand
from isocenter.terms.chart import Constraint


def goal(metric, comparison, limit, unit, volume_cc=20.0):
    return understand(Constraint("", "Organ", metric, comparison, limit, unit), 60.0, volume_cc)


def test_a_limit_near_the_maximum_is_hard_and_others_are_not():
    assert goal("max", "<=", 45, "Gy").is_hard
    assert goal("D0.03cc", "<=", 4500, "cGy").dose_gy == pytest.approx(45)
    assert not goal("D30%", "<=", 40, "Gy").is_hard
    assert not goal("mean", "<=", 26, "Gy").is_hard
    assert not goal("D2%", ">=", 45, "Gy").is_hard


def test_volumes_are_shares_of_the_structure():
    assert goal("V20Gy", "<=", 35, "%").share == pytest.approx(0.35)
    assert goal("V20Gy", "<=", 5, "cc").share == pytest.approx(0.25)
    assert goal("V50%", "<=", 35, "%").dose_gy == pytest.approx(30)
    assert goal("D5cc", "<=", 20, "Gy").share == pytest.approx(0.25)
    assert goal("D21cc", "<=", 20, "Gy").share == 1.0  # by voxels a structure may be a little smaller than drawn


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "unit", "what"),
    [
        ("V20Gy", "<=", 35, "Gy", "volume in % or cc"),
        ("V20Gy", "<=", 50, "cc", "volume in % or cc"),
        ("mean", "=", 26, "Gy", "comparison"),
        ("mean", "<=", 26, "cc", "dose in Gy"),
        ("CI", ">=", 0.8, "", "planning cannot optimize Organ CI >= 0.8; it takes"),
    ],
)
def test_a_goal_that_no_dose_follows_from_is_refused(metric, comparison, limit, unit, what):
    with pytest.raises(UnreadableInput, match=what):
        goal(metric, comparison, limit, unit)


def test_a_target_takes_the_highest_dose_that_a_lower_goal_states():
    rows = [
        Constraint("", "PTV", "D95%", ">=", 5940, "cGy"),
        Constraint("", "PTV", "D98%", ">=", 57, "Gy"),
        Constraint("", "PTV", "V100%", ">=", 95, "%"),
        Constraint("", "Cord", "D95%", ">=", 99, "Gy"),
    ]
    assert target_doses(rows, {"PTV": True, "Cord": False}) == {"PTV": pytest.approx(59.4)}


def test_a_missing_column_is_named(tmp_path):
    file = tmp_path / "goals.csv"
    file.write_text("structure,metric,limit\nPTV,D95%,60\n")
    with pytest.raises(UnreadableInput, match="lacks the columns comparison, unit"):
        read_goals(file)


def test_a_limit_that_is_no_number_is_named_by_its_line(tmp_path):
    file = tmp_path / "goals.csv"
    file.write_text("structure,metric,comparison,limit,unit\nPTV,D95%,>=,60,Gy\nCord,max,<=,much,Gy\n")
    with pytest.raises(UnreadableInput, match="line 3: limit is 'much'"):
        read_goals(file)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Cord,max,<=,45,Sv", "line 3: unit is 'Sv', which does not fit max; expected Gy, cGy"),
        ("Cord,max,=<,45,Gy", "line 3: comparison is '=<'; expected <=, <, >= or >"),
        ("Cord,dmaxx,<=,45,Gy", "line 3: 'dmaxx' is not a dose metric"),
        ("Lung,V20Gy,<=,135,%", "line 3: limit is 135 %, more than a structure has"),
        (",max,<=,45,Gy", "line 3: structure is empty"),
    ],
)
def test_a_goal_that_no_plan_can_be_held_against_is_named_by_its_line(tmp_path, line, what):
    file = tmp_path / "goals.csv"
    file.write_text(f"structure,metric,comparison,limit,unit\nPTV,D95%,>=,60,Gy\n{line}\n")
    with pytest.raises(UnreadableInput, match=what):
        read_goals(file)


@pytest.mark.parametrize(("mark", "named"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_that_are_not_separated_by_commas_are_said_to_be_so(tmp_path, mark, named):
    file = tmp_path / "goals.csv"
    file.write_text("structure,metric,comparison,limit,unit\nPTV,D95%,>=,60,Gy\n".replace(",", mark))
    with pytest.raises(UnreadableInput, match=f"separates its columns by {named}; separate them by commas"):
        read_goals(file)


def test_a_folder_is_no_file_of_goals(tmp_path):
    with pytest.raises(UnreadableInput, match="is a folder; name the CSV file"):
        read_goals(tmp_path)


def test_a_file_without_goals_is_refused(tmp_path):
    file = tmp_path / "goals.csv"
    file.write_text("structure,metric,comparison,limit,unit\n\n")
    with pytest.raises(UnreadableInput, match=r"goals\.csv holds no goal"):
        read_goals(file)


@given(st.binary(max_size=300))
def test_any_bytes_give_goals_or_one_sentence(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("goals") / "goals.csv"
    file.write_bytes(b"structure,metric,comparison,limit,unit\n" + content)
    try:
        read_goals(file)
    except UnreadableInput as wrong:
        assert str(wrong)
