"""How the days of a table are written: found from all values of a column, and asked where they may be either."""

from datetime import date
from pathlib import Path

import pytest
from tests.intake.bulk.test_proposals import read
from tests.screening.claims_files import split_of

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.proposing import propose
from isocenter.intake.bulk.value_forms import (
    EXCEL_DAYS,
    SAS_DAYS,
    SAS_SECONDS,
    UNIX_MILLISECONDS,
    UNIX_SECONDS,
    date_form_of,
    day_of,
)
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine

_DAY = date(2025, 2, 24)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (["2025-02-24", "2025-02-25 00:00:00"], ""),
        (["2/24/2025", "3/1/2025"], "%m/%d/%Y"),
        (["24/02/2025", "01/03/2025"], "%d/%m/%Y"),
        (["20250224", "20250225.0"], "%Y%m%d"),
        (["02242025"], "%m%d%Y"),
        (["022425", "030125"], "%m%d%y"),
        (["123124", "10325"], "%m%d%y"),
        (["991231", "970301"], "%y%m%d"),
        (["24FEB2025"], "%d%b%Y"),
        (["24-Feb-25"], "%d-%b-%y"),
        (["24 Feb 2025", "1 May 2025"], "%d %b %Y"),
        (["February 24, 2025", "May 1, 2025"], "%B %d, %Y"),
        (["24 February 2025", "1 May 2025"], "%d %B %Y"),
        (["24.02.2025"], "%d.%m.%Y"),
        (["02-24-25", "03-03-25"], "%m-%d-%y"),
        (["2025.02.24"], "%Y.%m.%d"),
        (["24/Feb/2025"], "%d/%b/%Y"),
        (["February 24 2025", "May 1 2025"], "%B %d %Y"),
        (["02.24.2025", "03.03.2025"], "%m.%d.%Y"),
        (["Feb 24 2025 12:00AM", "Mar  3 2025 12:00AM"], "%b %d %Y"),
        (["Monday, February 24, 2025", "Saturday, March 1, 2025"], "%A, %B %d, %Y"),
        ([str((_DAY - date(1960, 1, 1)).days)], SAS_DAYS),
        ([str((_DAY - date(1899, 12, 30)).days) + ".0"], EXCEL_DAYS),
        ([str((_DAY - date(1899, 12, 30)).days) + ".604166"], EXCEL_DAYS),
        (["24FEB2025:00:00:00", "24FEB2025:13:05:00.000"], "%d%b%Y"),
        ([str((_DAY - date(1960, 1, 1)).days * 86_400 + 3_600)], SAS_SECONDS),
        ([str((date(2017, 2, 24) - date(1970, 1, 1)).days * 86_400)], UNIX_SECONDS),
        ([str((_DAY - date(1970, 1, 1)).days * 86_400_000)], UNIX_MILLISECONDS),
    ],
)
def test_dates_tell_how_they_are_written(written: list[str], form: str) -> None:
    found = date_form_of(written)
    assert found is not None
    assert (found.form, found.share) == (form, 1.0)


@pytest.mark.parametrize("written", ["May 1, 2025", "1 May 2025", "May 1 2025"])
def test_a_month_of_three_letters_is_written_in_one_way(written: str) -> None:
    found = date_form_of([written])
    assert found is not None
    assert found.other == ""


def test_days_that_may_begin_with_the_year_are_asked_about() -> None:
    rows = [["A", str(place), "7", day, "77301", "1", "11"] for place, day in enumerate(["25-02-24", "25-03-03"])]
    (doubt,) = propose(("claim", "line", "member", "dos", "cpt", "units", "pos"), rows).doubts
    assert "dos may be written as %d-%m-%y or as %y-%m-%d" in doubt
    found = date_form_of(["25-02-24", "25-03-03"])
    assert found is not None
    assert day_of("25-02-24", found) is None


@pytest.mark.parametrize(
    ("written", "form", "other"),
    [
        (["03-04-2025", "05-06-2025"], "%m-%d-%Y", "%d-%m-%Y"),
        (["03.04.2025", "05.06.2025"], "%d.%m.%Y", "%m.%d.%Y"),
        (["03-04-25", "05-06-25"], "%m-%d-%y", "%d-%m-%y"),
    ],
)
def test_a_day_below_thirteen_throughout_may_be_either_way(written: list[str], form: str, other: str) -> None:
    found = date_form_of(written)
    assert found is not None
    assert (found.form, found.other, found.is_open) == (form, other, False)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["25055", "25060", "25100"], "25055 is 2028-08-06 or 2025-02-24"),
        (["24055"], "24055 is 2025-11-10 or 2024-02-24"),
        (["23055", "24360", "25001"], "23055 is 2023-02-14 or 2023-02-24"),
    ],
)
def test_days_that_may_be_a_year_and_the_number_of_its_day_are_asked_about(written: list[str], said: str) -> None:
    rows = [["A", str(place), "7", day, "77301", "1", "11"] for place, day in enumerate(written)]
    (doubt,) = propose(("claim", "line", "member", "dos", "cpt", "units", "pos"), rows).doubts
    assert "dos may be written as SAS day number or as %y%j, so that " in doubt
    assert doubt.endswith(said)
    found = date_form_of(written)
    assert found is not None
    assert day_of(written[0], found) is None


@pytest.mark.parametrize("written", ["Mar  3 2025 12:00AM", "Monday, March 3, 2025", str(20_150 * 86_400_000)])
def test_days_of_databases_and_spreadsheets_are_read(tmp_path: Path, written: str) -> None:
    (tmp_path / "claims.csv").write_text(f'claim|line|member|dos|cpt|units|pos\nA|1|M1|"{written}"|G6015|1|11\n')
    found = split_of(tmp_path / "out", tmp_path / "claims.csv")
    assert found.values("service_date") == [date(2025, 3, 3)]


@pytest.mark.parametrize("written", [["010203", "040506"], ["250225", "250301"], ["022425", "250224"]])
def test_six_digits_that_are_days_in_several_orders_or_in_none_are_no_days(written: list[str]) -> None:
    assert date_form_of(written) is None


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (["40125", "41425", "43025"], "%m%d%y"),
        (["40125", "40225", "40325", "40325"], "%m%d%y"),
        (["20125", "22824", "10125.0"], "%m%d%y"),
        (["30325"], "%m%d%y"),
        # As days of Excel and SAS these are in a row.
        (["45717", "45718", "45719"], EXCEL_DAYS),
        (["43010", "43011", "43012"], EXCEL_DAYS),
        (["23800", "23801", "23802"], SAS_DAYS),
    ],
)
def test_days_of_five_digits_throughout_have_lost_a_zero_or_are_numbers_of_days(written: list[str], form: str) -> None:
    found = date_form_of(written)
    assert found is not None and found.form == form
    assert found.share == 1


def test_a_day_of_five_digits_that_may_be_either_is_asked_about_and_never_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="service_date: dos may be written as Excel day number or as %m%d%y"):
        read(tmp_path, "claim|line|member|dos|cpt|units|pos\nA|1|M1|40125|77301|1|11")
    own = "claim_id|line_number|member_id|service_date|procedure_code|units|setting\nA|1|M1|40125|77301|1|professional"
    assert list(read(tmp_path, own).reasons.values()) == ["service_date is '40125'; expected a date"]
    case = read_case(tmp_path / "claims.csv")
    assert [problem.sentence for problem in case.problems if "'40125'" in problem.sentence]
    assert not [row for row in case.rows if isinstance(row, ClaimLine)]


def test_days_of_six_digits_are_read_also_where_their_first_zero_is_lost(tmp_path: Path) -> None:
    text = "claim|line|member|dos|cpt|units|pos\nA|1|M1|123124|77301|1|11\nA|2|M1|12125|G6015|1|11"
    days = [date(2024, 12, 31), date(2025, 1, 21)]
    assert read(tmp_path, text).values("service_date") == days
    case = read_case(tmp_path / "claims.csv")
    assert [row.service_date for row in case.rows if isinstance(row, ClaimLine)] == days


def test_days_of_six_digits_are_read_under_our_own_names_too(tmp_path: Path) -> None:
    rows = "A-1,A,M1,123124,77301,1,professional\nA-2,A,M1,12125,G6015,1,professional\n"
    header = "claim_line_id,claim_id,member_id,service_date,procedure_code,units,setting\n"
    (tmp_path / "claim_lines.csv").write_text(header + rows)
    case = read_case(tmp_path)
    assert [row.service_date for row in case.rows if isinstance(row, ClaimLine)] == [
        date(2024, 12, 31),
        date(2025, 1, 21),
    ]


def test_seconds_that_may_count_from_either_zero_are_asked_about() -> None:
    found = date_form_of([str((_DAY - date(1970, 1, 1)).days * 86_400)])
    assert found is not None
    assert {found.form, found.other} == {SAS_SECONDS, UNIX_SECONDS}


@pytest.mark.parametrize(
    "written",
    [
        "24FEB2025:09:30:00",
        f"{(_DAY - date(1960, 1, 1)).days * 86_400 + 86_399}",
        f"{(_DAY - date(1899, 12, 30)).days}.75",
    ],
)
def test_a_time_of_day_does_not_move_the_day(tmp_path: Path, written: str) -> None:
    found = read(tmp_path, f"claim|line|member|dos|cpt|units|pos\nA|1|M1|{written}|77301|1|11")
    assert found.values("service_date") == [_DAY]
