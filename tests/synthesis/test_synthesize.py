"""Synthetic claims have the schema of claims, obey the calendar, and are told truly."""

import errno
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput, UnwritableOutput
from isocenter.facts.schema import tables
from isocenter.rulebook.rulebook import load_policy
from isocenter.synthesis import synthesize as made_by
from isocenter.synthesis.outputs import GrowingFiles
from isocenter.synthesis.synthesize import Made, Recipe, shares, synthesize
from tests.synthesis.claims import Claims, columns, rows

_SMALL = Recipe(courses=60, seed=3, violations=0.5, overlapping=0.2)
_FILES = ["claim_lines", "claim_diagnoses", "truth/line_courses", "truth/violations", "truth/courses"]
# Columns that few claims have, which the synthetic ones leave to their default.
_LEFT_OUT = {
    "claim_lines": {
        "last_service_date", "patient_account_number", "payer_claim_number", "submitter_id", "patient",
        "written_at",
        "repeated_line_id",
        *(f"diagnosis_pointer_{number}" for number in range(1, 5)),
    }
}  # fmt: skip
_DELIVERIES = {
    "77418", "0073T", "77413", "77408", "G6015", "G6016", "G6012", "G6008", "77385", "77386", "77402", "77407",
    "77412", "77373",
}  # fmt: skip


def everything(folder: Path) -> list[list[tuple[object, ...]]]:
    return [rows(folder, name) for name in _FILES]


def test_claim_lines_have_the_columns_and_types_of_the_fact_table(tmp_path: Path) -> None:
    synthesize(tmp_path, _SMALL)
    for table in ("claim_lines", "claim_diagnoses"):
        described = duckdb.sql(f"describe from '{tmp_path / table}.parquet'").fetchall()
        written = [(name, kind) for name, kind, *_ in described]
        columns_of_table = [(column.name, column.type.upper()) for column in tables()[table].columns]
        assert [column for column in columns_of_table if column in written] == written
        left_out = {name for name, _ in columns_of_table} - {name for name, _ in written}
        assert left_out == _LEFT_OUT.get(table, set())
    assert columns(tmp_path, "truth/line_courses") == ["claim_line_id", "true_course"]
    assert columns(tmp_path, "truth/violations") == [
        "policy", "rule", "subject_kind", "claim_line_id", "true_course", "billing_npi", "what",
    ]  # fmt: skip


def test_the_same_recipe_gives_the_same_claims_and_another_seed_gives_others(tmp_path: Path) -> None:
    synthesize(tmp_path / "one", _SMALL)
    synthesize(tmp_path / "two", _SMALL, threads=1)
    synthesize(tmp_path / "three", replace(_SMALL, seed=4))
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    assert rows(tmp_path / "one", "claim_lines") != rows(tmp_path / "three", "claim_lines")


def test_courses_made_in_many_parts_are_those_made_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(_SMALL, courses=400)
    synthesize(tmp_path / "one", recipe)
    monkeypatch.setattr(made_by, "_COURSES_A_PART", 60)
    told: list[Made] = []
    last = synthesize(tmp_path / "many", recipe, told.append)
    assert len(told) == 7
    assert told[-1] == last
    assert last.lines == len(rows(tmp_path / "many", "claim_lines"))
    for one, many in zip(everything(tmp_path / "one"), everything(tmp_path / "many"), strict=True):
        assert sorted(one) == sorted(many)
    assert rows(tmp_path / "one", "claim_lines") == rows(tmp_path / "many", "claim_lines")


def test_lines_stand_in_the_order_of_their_dates_so_that_courses_interleave(spoiled: Claims) -> None:
    days = [line.service_date for line in spoiled.lines]
    assert days == sorted(days)
    order = [course.true_course for course, _ in spoiled.of_courses()]
    changes = sum(before != after for before, after in pairwise(order))
    assert changes > 2 * len(spoiled.courses)


def test_lines_number_without_gaps_on_their_claims_and_a_claim_has_one_biller(clean: Claims) -> None:
    claims = defaultdict(list)
    for line in clean.lines:
        claims[line.claim_id].append(line)
    for lines in claims.values():
        assert sorted(line.line_number for line in lines) == list(range(1, len(lines) + 1))
        assert len({(line.member_id, line.billing_npi, line.setting, line.claim_frequency) for line in lines}) == 1
    assert {entry.claim_id for entry in clean.diagnoses} == set(claims)


def test_every_code_is_in_force_on_its_day_but_for_the_planted_ones(spoiled: Claims) -> None:
    periods = defaultdict(list)
    for code in load_policy("imrt").codes:
        periods[code.code].append((code.valid_from, code.valid_to))
    planted = {line for _, rule, _, line, *_ in spoiled.violations if rule == "codes_in_force_on_the_date"}
    assert planted
    seen = set()
    for _, line in spoiled.of_courses():
        assert line.procedure_code in periods
        in_force = any(first <= line.service_date <= last for first, last in periods[line.procedure_code])
        assert in_force == (line.claim_line_id not in planted), line
        seen.add((line.procedure_code, line.service_date.year))
    assert {code for code, year in seen if year < 2015} >= {"77418", "0073T", "77421"}
    assert {code for code, year in seen if 2015 <= year < 2026} >= {"G6015", "G6016", "77385", "77386", "G6002"}
    assert {code for code, year in seen if year >= 2026} >= {"77407", "77387"}


def test_sessions_fall_on_weekdays(clean: Claims) -> None:
    delivered = [line for _, line in clean.of_courses() if line.procedure_code in _DELIVERIES]
    assert len(delivered) > 1000
    assert {line.service_date.isoweekday() for line in delivered} == {1, 2, 3, 4, 5}


def test_every_year_setting_and_kind_of_course_is_there(spoiled: Claims, clean: Claims) -> None:
    together = [*spoiled.courses.values(), *clean.courses.values()]
    assert {course.year for course in together} == set(range(2010, 2027))
    assert {course.setting for course in together} == {"freestanding", "split", "hospital"}
    assert {course.technique for course in together} == {
        "imrt", "compensator", "conformal", "stereotactic", "electrons", "brachytherapy",
    }  # fmt: skip
    assert {course.kind for course in together} >= {
        "plain", "cone_down", "electron_boost", "replan", "adaptive", "brachytherapy_boost", "twice_daily",
        "interrupted", "hospital_package", "inpatient", "planned_as_imrt", "concurrent_sites", "single_fraction",
    }  # fmt: skip
    assert {course.revision for course in together} == {"once", "corrected", "voided"}


def test_management_follows_the_counting_rule_in_clean_courses(clean: Claims) -> None:
    fractions: dict[str, int] = defaultdict(int)
    managed: dict[str, int] = defaultdict(int)
    for course, line in clean.of_courses():
        if course.technique in ("brachytherapy", "stereotactic") or course.revision != "once":
            continue
        if line.procedure_code in _DELIVERIES:
            fractions[course.true_course] += line.units
        if line.procedure_code == "77427":
            managed[course.true_course] += line.units
    assert len(fractions) > 100
    for course_name, delivered in fractions.items():
        assert managed[course_name] == delivered // 5 + (delivered % 5 >= 3), course_name


def test_courses_of_a_member_overlap_only_where_the_truth_says_so(clean: Claims) -> None:
    spans: dict[str, tuple[date, date]] = {}
    for course, line in clean.of_courses():
        first, last = spans.get(course.true_course, (line.service_date, line.service_date))
        spans[course.true_course] = (min(first, line.service_date), max(last, line.service_date))
    by_member = defaultdict(list)
    for course in clean.courses.values():
        by_member[course.member_id].append(course)
    overlapping, apart = 0, 0
    for courses in by_member.values():
        for one, other in combinations(courses, 2):
            (start, end), (other_start, other_end) = sorted([spans[one.true_course], spans[other.true_course]])
            if one.is_overlapping and other.is_overlapping:
                assert other_start <= end
                assert one.site != other.site
                overlapping += 1
            else:
                assert other_start > end + timedelta(days=60)
                assert other_end > start
                apart += 1
    assert overlapping * 2 == sum(course.is_overlapping for course in clean.courses.values())
    assert 0.1 < overlapping * 2 / len(clean.courses) < 0.3
    assert apart >= 5


def test_the_last_of_an_odd_number_of_courses_has_none_to_overlap(tmp_path: Path) -> None:
    synthesize(tmp_path, Recipe(courses=41, seed=1, overlapping=1))
    overlaps = dict(
        duckdb.sql(f"select true_course, is_overlapping from '{tmp_path}/truth/courses.parquet'").fetchall()
    )
    assert overlaps == {f"course {number}": number < 40 for number in range(41)}


def test_the_truth_names_every_line_once_and_only_lines_that_exist(spoiled: Claims) -> None:
    ids = [line.claim_line_id for line in spoiled.lines]
    assert len(set(ids)) == len(ids)
    assert set(spoiled.course_of) == set(ids)
    assert set(spoiled.course_of.values()) == {"", *spoiled.courses}
    assert {line.course_id for line in spoiled.lines} == {""}
    other_care = {line.procedure_code for line in spoiled.lines if not spoiled.course_of[line.claim_line_id]}
    assert other_care == {"99205", "99213", "80053"}


def test_violations_are_planted_in_plain_courses_of_medicare_members_one_kind_each(spoiled: Claims) -> None:
    kinds = defaultdict(set)
    for _, _, subject_kind, line, course_name, _, what in spoiled.violations:
        course = spoiled.courses[course_name]
        assert (course.kind, course.line_of_business) == ("plain", "medicare")
        assert course.violation != ""
        assert (line == "") == (subject_kind == "course")
        assert not line or spoiled.course_of[line] == course_name
        kinds[course_name].add(what)
    assert all(len(what) == 1 for what in kinds.values())
    assert set(kinds) == {name for name, course in spoiled.courses.items() if course.violation}


def test_no_violation_is_planted_where_none_is_asked_for(clean: Claims) -> None:
    assert clean.violations == []
    assert {course.violation for course in clean.courses.values()} == {""}


def test_providers_that_replan_from_habit_have_more_second_plans_than_all_others(tmp_path: Path) -> None:
    synthesize(tmp_path, Recipe(courses=12_500, seed=1, violations=0.1))
    (habitual,) = duckdb.sql(
        f"select list(billing_npi) from '{tmp_path}/truth/violations.parquet' where subject_kind = 'facility'"
    ).fetchall()[0]
    shares = duckdb.sql(
        f"""
        with courses as (
            select billing_npi, true_course, count(*) as plans
            from '{tmp_path}/claim_lines.parquet'
            inner join '{tmp_path}/truth/line_courses.parquet' using (claim_line_id)
            where procedure_code = '77301' and modifier_1 <> '26' and claim_frequency = '1'
            group by all)
        select billing_npi, avg((plans > 1)::integer) from courses group by all having count(*) >= 20
        """
    ).fetchall()
    assert len(habitual) == 2
    assert len(shares) > 40
    usual = max(share for npi, share in shares if npi not in habitual)
    assert min(share for npi, share in shares if npi in habitual) > usual + 0.1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"courses": 0}, "0 courses were asked for"),
        ({"violations": 1.5}, "the share of violations is 1.5"),
        ({"overlapping": -0.1}, "the share of overlapping is -0.1"),
    ],
)
def test_a_recipe_that_cannot_be_made_is_reported_in_a_sentence(wrong: dict[str, float], sentence: str) -> None:
    with pytest.raises(UnreadableInput, match=sentence):
        Recipe(**wrong)  # type: ignore[arg-type]


def test_an_interrupted_run_leaves_the_earlier_files_and_no_half_ones(tmp_path: Path) -> None:
    synthesize(tmp_path, _SMALL)
    before = everything(tmp_path)

    def stop(_: Made) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path, replace(_SMALL, seed=9), stop)
    assert everything(tmp_path) == before
    assert not list(tmp_path.rglob("*.partial"))


def test_growing_files_take_rows_in_several_steps(tmp_path: Path) -> None:
    with GrowingFiles(tmp_path) as files:
        assert files.add("numbers", duckdb.sql("select 1 as number, 'a' as name")) == 1
        assert files.add("numbers", duckdb.sql("select 2 as number, 'b' as name where false")) == 0
        assert files.add_split(duckdb.sql("select 3 as number, 'c' as name"), {"numbers": ["number", "name"]}) == 1
    assert rows(tmp_path, "numbers") == [(1, "a"), (3, "c")]


def test_where_one_of_several_growing_files_finds_no_room_none_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = pq.ParquetWriter.close

    def full(writer: pq.ParquetWriter) -> None:
        close(writer)
        if "second" in str(writer.where):
            raise OSError(errno.ENOSPC, "Error writing bytes to file")

    monkeypatch.setattr(pq.ParquetWriter, "close", full)
    row = duckdb.sql("select 1 as number, 'a' as name")
    with (
        pytest.raises(UnwritableOutput, match=r"second\.parquet: cannot be written \(No space left on device\)"),
        GrowingFiles(tmp_path) as files,
    ):
        files.add_split(row, {"first": ["number"], "second": ["name"]})
    assert list(tmp_path.iterdir()) == []


def test_shares_made_apart_hold_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_by, "_COURSES_A_PART", 20)
    recipe = replace(_SMALL, courses=70)
    synthesize(tmp_path / "whole", recipe)
    numbers = shares(recipe, 2)
    assert numbers == [range(40), range(40, 70)]
    for one in numbers:
        synthesize(tmp_path / "shared" / str(one.start), recipe, threads=1, numbers=one)
    for name in ("claim_lines", "claim_diagnoses", "truth/line_courses"):
        whole, shared = (f"from '{tmp_path}/{folder}/{name}.parquet'" for folder in ("whole", "shared/*"))
        differing = f"select count(*) from (({whole} except all {shared}) union all ({shared} except all {whole}))"
        assert duckdb.execute(differing).fetchall() == [(0,)]
