"""Whether the day or the month is first is decided by all days of a table, alike in a review and a screening."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from tests.intake.test_claims_table import lines_of
from tests.screening.claims_files import split_of

from isocenter.intake.bulk.proposing import propose
from isocenter.intake.bulk.value_forms import date_forms_of, day_of
from isocenter.intake.case import read_case
from isocenter.terms.problems import LostLine

_COLUMNS = ("claim_id", "claim_line_id", "line_number", "member_id", "service_date", "procedure_code", "units")
_AMBIGUOUS = ["04/03/2024", "05/03/2024"]
_MARCH, _APRIL = [date(2024, 3, 4), date(2024, 3, 5)], [date(2024, 4, 3), date(2024, 5, 3)]
_TABLES = [
    (["26/02/2024", *_AMBIGUOUS], [date(2024, 2, 26), *_MARCH]),
    (["02/26/2024", *_AMBIGUOUS], [date(2024, 2, 26), *_APRIL]),
    (_AMBIGUOUS, _APRIL),
    (["26/02/2024", "02/27/2024", *_AMBIGUOUS], [date(2024, 2, 26), date(2024, 2, 27)]),
    (["26/02/2024", "02/27/2024", "03/03/2024"], [date(2024, 2, 26), date(2024, 2, 27), date(2024, 3, 3)]),
    (["26-02-2024", "04-03-2024"], [date(2024, 2, 26), date(2024, 3, 4)]),
    (["26/02/24", "04/03/24"], [date(2024, 2, 26), date(2024, 3, 4)]),
    (["2024-02-26", "13/03/2024", "04/03/2024"], [date(2024, 2, 26), date(2024, 3, 13), date(2024, 3, 4)]),
]


def _rows(days: list[str]) -> list[tuple[str, ...]]:
    return [("A", f"A-{n}", str(n), "M1", day, "G6015", "1") for n, day in enumerate(days, start=1)]


def _csv(path: Path, days: list[str], *more: tuple[str, ...]) -> Path:
    rows = [(*row, "professional") for row in _rows(days)]
    path.write_text("\n".join(map(",".join, [(*_COLUMNS, "setting"), *rows, *more])) + "\n", encoding="utf-8")
    return path


def _case_file(folder: Path, days: list[str]) -> Path:
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(days)]
    path = folder / "case.yaml"
    path.write_text(yaml.safe_dump({"claim_lines": rows}), encoding="utf-8")
    return path


def _payers_table(folder: Path, days: list[str]) -> Path:
    return _csv(folder / "march.csv", days)


def _our_table(folder: Path, days: list[str]) -> Path:
    return _csv(folder / "claim_lines.csv", days)


@pytest.mark.parametrize("given", [_case_file, _our_table, _payers_table])
@pytest.mark.parametrize(("days", "meant"), _TABLES)
def test_a_review_reads_the_days_of_a_table_in_one_order(
    tmp_path: Path, given: Callable[[Path, list[str]], Path], days: list[str], meant: list[date]
) -> None:
    case = read_case(given(tmp_path, days))
    assert [line.service_date for line in lines_of(case)] == meant
    lost = [problem.sentence for problem in case.problems if "service_date is" in problem.sentence]
    assert len(lost) == len(days) - len(meant)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(("days", "meant"), _TABLES)
def test_a_screening_reads_them_as_a_review_does(
    tmp_path: Path, parts: int, days: list[str], meant: list[date]
) -> None:
    found = split_of(tmp_path / "out", _payers_table(tmp_path, days), parts=parts)
    assert sorted(found.values("service_date")) == sorted(meant)
    assert len(found.reasons) == len(days) - len(meant)
    assert all("%m/%d/%Y and %d/%m/%Y are both in its column" in reason for reason in found.reasons.values())


@pytest.mark.parametrize("account", ["A1", "A" * 500])
def test_a_day_far_below_shows_the_order_also_where_rows_are_wide(tmp_path: Path, account: str) -> None:
    rows = [f"C{n},1,M1,{day},G6015,1,professional,{account}" for n, day in enumerate(["04/03/2024"] * 4000)]
    rows.append(f"C9999,1,M1,26/02/2024,G6015,1,professional,{account}")
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,patient_account_number"
    (tmp_path / "march.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = split_of(tmp_path / "out", tmp_path / "march.csv")
    assert (set(found.values("service_date")), found.reasons) == ({date(2024, 2, 26), date(2024, 3, 4)}, {})


def test_a_mapping_that_names_the_form_of_days_goes_before_what_they_show(tmp_path: Path) -> None:
    columns = "\n".join(f'{name} = "{name}"' for name in (*_COLUMNS, "setting"))
    (tmp_path / "m.toml").write_text(f"date_format = '%d/%m/%Y'\n[claim_lines]\n{columns}\n", encoding="utf-8")
    found = split_of(tmp_path / "out", _payers_table(tmp_path, _AMBIGUOUS), mapping=tmp_path / "m.toml")
    assert sorted(found.values("service_date")) == _MARCH


def test_a_payers_table_of_both_orders_is_asked_about() -> None:
    rows = [["C1", "1", "M1", day, "G6015", "1", "P"] for day in ("26/02/2024", "02/27/2024", *_AMBIGUOUS)]
    found = propose(("CLAIM", "LINE", "MEMBER", "DOS", "CPT", "UNITS", "FORM"), rows)
    assert found.layout is None
    assert found.doubts == ("service_date: some days in DOS fit %m/%d/%Y alone, and some %d/%m/%Y alone",)


def test_the_day_on_which_a_service_ended_shows_the_order_of_the_day_on_which_it_began() -> None:
    forms = date_forms_of({"from": _AMBIGUOUS, "to": ["04/03/2024", "15/03/2024"]})
    assert [day_of(_AMBIGUOUS[0], forms[name]) for name in ("from", "to")] == [_MARCH[0]] * 2


def test_the_day_on_which_a_service_ended_may_show_both_orders() -> None:
    forms = date_forms_of({"from": _AMBIGUOUS, "to": ["03/15/2024", "15/03/2024"]})
    assert day_of(_AMBIGUOUS[0], forms["from"]) is None


_HEADER = "MBR_ID,CLM_NBR,LINE_NBR,SVC_FROM_DT,HCPCS_CD,UNITS,FORM"
_OUR_HEADER = ",".join((*_COLUMNS, "setting"))
_WEEKS = [
    ({"a": ["04/03/2024"], "b": ["26/02/2024"]}, {"a": [date(2024, 3, 4)], "b": [date(2024, 2, 26)]}),
    ({"a": ["26/02/2024"], "b": ["04/03/2024"]}, {"a": [date(2024, 2, 26)], "b": [date(2024, 3, 4)]}),
    ({"a": ["04/03/2024"], "b": ["02/26/2024"]}, {"a": [date(2024, 4, 3)], "b": [date(2024, 2, 26)]}),
    ({"a": ["04/03/2024"], "b": ["05/03/2024"]}, {"a": [date(2024, 4, 3)], "b": [date(2024, 5, 3)]}),
    ({"a": ["04/03/2024"], "b": ["26/02/2024"], "c": ["02/27/2024"]},
     {"b": [date(2024, 2, 26)], "c": [date(2024, 2, 27)]}),
]  # fmt: skip


def _weekly(folder: Path, header: str, weeks: dict[str, list[str]]) -> Path:
    folder.mkdir()
    for name, days in weeks.items():
        if header == _HEADER:
            rows = [f"M1,C{name},1,{day},G6015,1,P" for day in days]
        else:
            rows = [f"C{name},C{name}-1,1,M1,{day},G6015,1,professional" for day in days]
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("header", [_HEADER, _OUR_HEADER])
@pytest.mark.parametrize(("weeks", "meant"), _WEEKS)
def test_weekly_files_of_the_same_columns_have_one_order(
    tmp_path: Path, header: str, weeks: dict[str, list[str]], meant: dict[str, list[date]]
) -> None:
    folder = _weekly(tmp_path / "weeks", header, weeks)
    expected = sorted(day for days in meant.values() for day in days)
    case = read_case(folder)
    assert sorted(line.service_date for line in lines_of(case)) == expected
    lost = [problem.path for problem in case.problems if isinstance(problem, LostLine)]
    assert lost == [f"{name}.csv" for name in weeks if name not in meant]
    found = split_of(tmp_path / "out", folder)
    assert sorted(found.values("service_date")) == expected


def test_a_file_of_other_columns_does_not_decide_the_order_of_days(tmp_path: Path) -> None:
    folder = _weekly(tmp_path / "weeks", _HEADER, {"a": ["04/03/2024"]})
    (folder / "b.csv").write_text(f"{_HEADER},NOTE\nM1,C2,1,26/02/2024,G6015,1,P,x\n", encoding="utf-8")
    assert sorted(line.service_date for line in lines_of(read_case(folder))) == [date(2024, 2, 26), date(2024, 4, 3)]


def test_a_payers_table_of_both_orders_counts_for_those_beside_it(tmp_path: Path) -> None:
    """It is left out itself, and so is a sibling whose days show neither order."""
    weeks = {"a": ["04/03/2024", "15/03/2024"], "b": ["26/02/2024", "02/27/2024"], "c": ["04/03/2024", "03/03/2024"]}
    folder = _weekly(tmp_path / "weeks", _HEADER, weeks)
    found = split_of(tmp_path / "out", folder)
    assert sorted(found.values("service_date")) == [date(2024, 3, 4), date(2024, 3, 15)]
    assert sorted(line.service_date for line in lines_of(read_case(folder))) == [date(2024, 3, 4), date(2024, 3, 15)]


@pytest.mark.parametrize("ending", ["rpt", "PRN", "dat"])
def test_files_of_any_ending_show_the_order_of_days_to_each_other(tmp_path: Path, ending: str) -> None:
    folder = _weekly(tmp_path / "weeks", _HEADER, {"a": ["04/03/2024"], "b": ["26/02/2024"]})
    for file in list(folder.iterdir()):
        file.rename(file.with_suffix(f".{ending}"))
    assert sorted(line.service_date for line in lines_of(read_case(folder))) == [date(2024, 2, 26), date(2024, 3, 4)]
