"""The prescribed dose beside the usual one, by hand-worked numbers; the list itself held to its form."""

from datetime import date

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.evidence.eqd2 import eqd2_gy
from isocenter.evidence.escalation import (
    UsualDose,
    escalation_measures,
    measure_escalation,
    read_usual_doses,
)

TODAY = date(2025, 1, 1)
HEADER = "site,usual_dose_gy,lowest_fraction_gy,highest_fraction_gy,valid_from,source\n"


def usual(dose_gy, fraction_gy=2.0, since=date(2000, 1, 1)):
    return UsualDose("prostate", dose_gy, fraction_gy, fraction_gy, since, "a trial")


def test_fractions_of_two_gray_are_their_own_equivalent():
    assert eqd2_gy(60.0, 30, 3.0) == pytest.approx(60)
    assert eqd2_gy(60.0, 20, 3.0) == pytest.approx(60 * (3 + 3) / 5)
    assert eqd2_gy(np.array([0.0, 25.0]), 5, 10.0) == pytest.approx([0, 25 * 15 / 12])


def test_an_escalated_dose_exceeds_the_usual_one_by_its_difference():
    found = measure_escalation("prostate", 78.0, 39, TODAY, [usual(70.0)], 10.0)
    assert (found.excess_gy, found.excess_eqd2_gy) == (pytest.approx(8), pytest.approx(8))
    assert "78 Gy in 39 fractions" in found.sentence
    assert "a trial" in found.sentence


def test_fewer_larger_fractions_escalate_the_effect_though_not_the_dose():
    found = measure_escalation("prostate", 60.0, 20, TODAY, [usual(70.0)], 1.5)
    assert found.excess_gy == pytest.approx(-10)
    assert found.prescribed_eqd2_gy == pytest.approx(60 * 4.5 / 3.5)
    assert found.excess_eqd2_gy > 0


def test_a_range_of_fractions_counts_at_its_largest_so_that_nothing_is_overstated():
    ranged = UsualDose("prostate", 70.0, 1.8, 2.0, date(2000, 1, 1), "a trial")
    assert measure_escalation("prostate", 70.0, 35, TODAY, [ranged], 10.0).excess_eqd2_gy == pytest.approx(0)


def test_the_latest_row_that_was_valid_on_the_day_counts():
    rows = [usual(64.0, since=date(1990, 1, 1)), usual(70.0, since=date(2008, 1, 1))]
    assert measure_escalation("prostate", 70.0, 35, date(2005, 1, 1), rows, 10.0).usual.usual_dose_gy == 64
    assert measure_escalation("prostate", 70.0, 35, TODAY, rows, 10.0).usual.usual_dose_gy == 70


def test_a_site_without_a_row_is_not_compared_and_says_so():
    found = measure_escalation("abdomen", 50.0, 25, TODAY, [usual(70.0)], 10.0)
    assert found.usual is None
    assert found.excess_eqd2_gy is None
    assert "no row for abdomen; nothing was compared" in found.sentence
    early = measure_escalation("prostate", 70.0, 35, date(1980, 1, 1), [usual(70.0)], 10.0)
    assert "that was valid on 1980-01-01" in early.sentence
    assert [row.measure for row in escalation_measures("plan", found)] == ["prescribed_eqd2_gy"]


def test_the_list_that_comes_along_has_a_source_and_a_plausible_dose_in_every_row():
    rows = read_usual_doses()
    assert len({row.site for row in rows}) == len(rows) >= 5
    for row in rows:
        assert 20 <= row.usual_dose_gy <= 80
        assert 1.5 <= row.lowest_fraction_gy <= row.highest_fraction_gy <= 3.5
        assert any(character.isdigit() for character in row.source)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("site,usual_dose_gy\nprostate,70\n", "lacks the columns"),
        (HEADER + "prostate,much,2,2,2000-01-01,x\n", "usual_dose_gy is 'much'"),
        (HEADER + "prostate,7000,2,2,2000-01-01,x\n", "less than 200 Gy"),
        (HEADER + "prostate,70,2,2,soon,x\n", "expected a day"),
        (HEADER + "prostate,70,2,2,2000-01-01,\n", "no source"),
        (HEADER + "prostate,70\n", "expected a number of Gy"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_a_sentence(tmp_path, text, complaint):
    path = tmp_path / "doses.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableInput, match=complaint):
        read_usual_doses(path)


def test_a_list_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UnreadableInput, match="could not be read as a list of usual doses"):
        read_usual_doses(tmp_path / "none.csv")
