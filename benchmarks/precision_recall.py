"""Precision and recall of every rule on synthetic claims: what is planted, what is found, what is said besides.

Run: python benchmarks/precision_recall.py [COURSES] [SEED] [OVERLAPPING]
The rules judge twice: under the true courses, and in a screening, which must find the courses by itself.
Prints one Markdown table.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import selection
from isocenter.review.batch import judge_batch
from isocenter.review.batch_plan import plan_batch
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.synthesis.synthesize import Recipe, synthesize

_POLICIES = ("imrt", "imrt_hospital")
_HEADER = ("rule", "planted", "found", "refused in clean courses", "refused beside a violation", "asked")


def main(courses: int, seed: int, overlapping: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        claims, screened = Path(folder) / "claims", Path(folder) / "screened"
        made = synthesize(claims, Recipe(courses, seed, violations=0.2, overlapping=overlapping))
        print(f"{made.lines:,} lines of {made.courses:,} courses, {made.violations:,} violations planted", flush=True)
        tell("Under the true courses", claims, answers_under_true_courses(claims))
        files = tuple(str(claims / f"{name}.parquet") for name in ("claim_lines", "claim_diagnoses"))
        screen(Settings(files, screened, policies=_POLICIES))
        tell("In a screening", claims, answers_of_screening(claims, screened))
        tell_pairs(claims, screened)


def answers_under_true_courses(claims: Path) -> duckdb.DuckDBPyRelation:
    """What the rules do not find as it should be: policy, rule, subject, true course, outcome."""
    store = FactStore(reads_files=True)
    run = store.connection.execute
    columns = ", ".join(
        f"coalesce(lines.{column.name}, '') as {column.name}" if column.type == "varchar" else f"lines.{column.name}"
        for column in tables()["claim_lines"].columns
        if column.name != "course_id"
    )
    run(
        f"""
        insert into courses
        select true_course, member_id, line_of_business, '', '', '', '', null, null, null, null, ''
        from '{claims}/truth/courses.parquet';
        create view with_every_column as
        from (from claim_lines limit 0) union all by name from '{claims}/claim_lines.parquet';
        insert into claim_lines by name
        select {columns}, truth.true_course as course_id
        from with_every_column as lines
        inner join '{claims}/truth/line_courses.parquet' as truth using (claim_line_id);
        insert into claim_diagnoses by name from '{claims}/claim_diagnoses.parquet'
        """
    )
    store.lock()
    for table in ("courses", "claim_lines", "claim_diagnoses"):
        store.supply(table)
    drop_superseded_claims(store)
    plan = plan_batch([load_rulebook(name) for name in _POLICIES], store.supplied)
    judge_batch(store, plan)
    for policy in plan.policies:
        load_policy(store, policy.rulebook)
        for rule in policy.comparing_rules:
            run(
                "insert into main.located_findings by name select policy, rule, subject_kind, subject_id,"
                " case subject_kind when 'course' then subject_id else '' end as course_id, outcome"
                f" from ({selection(rule)}) where outcome <> 'met'"
            )
    found = store.connection.sql(
        "select policy, rule, subject_id, course_id, outcome from main.located_findings"
    ).to_arrow_table()
    store.close()
    return duckdb.from_arrow(found)


def answers_of_screening(claims: Path, screened: Path) -> duckdb.DuckDBPyRelation:
    """The findings of a screening; a derived course stands for the true course of most of its lines."""
    return duckdb.sql(
        f"""
        with true_courses as (
            select lines.course_id, mode(truth.true_course) as true_course
            from '{screened}/lines/*.parquet' as lines
            inner join '{claims}/truth/line_courses.parquet' as truth using (claim_line_id)
            where lines.course_id <> '' group by lines.course_id)
        select findings.policy, findings.rule,
               case findings.subject_kind when 'course' then true_courses.true_course else findings.subject_id end
                   as subject_id,
               coalesce(true_courses.true_course, '') as course_id, findings.outcome
        from '{screened}/findings/*.parquet' as findings
        left join true_courses on findings.course_id = true_courses.course_id
        """
    )


def tell_pairs(claims: Path, screened: Path) -> None:
    """Print how many pairs of lines of one derived course truly belong together, and the other way round."""
    ((precision, recall),) = duckdb.sql(
        f"""
        with cells as (
            select truth.true_course, lines.course_id, count(*) as lines
            from '{claims}/truth/line_courses.parquet' as truth
            inner join '{screened}/lines/*.parquet' as lines using (claim_line_id)
            where truth.true_course <> '' group by all),
        pairs as (
            select
                (select sum(lines * (lines - 1)) from cells where course_id <> '') as together,
                (select sum(n * (n - 1)) from (select sum(lines) as n from cells where course_id <> ''
                    group by course_id)) as derived,
                (select sum(n * (n - 1)) from (select sum(lines) as n from cells group by true_course)) as true)
        select together / derived, together / "true" from pairs
        """
    ).fetchall()
    print(f"\ncourses as derived: pairwise precision {precision:.4f}, recall {recall:.4f}")


def tell(title: str, claims: Path, answers: duckdb.DuckDBPyRelation) -> None:
    """Print how the answers agree with the truth, rule by rule."""
    rows = answers.query(
        "answers",
        f"""
        with planted as (
            select policy, rule, concat(case subject_kind when 'course' then true_course end, claim_line_id,
                                        billing_npi) as subject_id
            from '{claims}/truth/violations.parquet'),
        spoiled as (select true_course from '{claims}/truth/courses.parquet' where violation <> ''),
        open_answers as (
            select distinct policy, rule, subject_id, course_id, outcome, course_id in (from spoiled) as is_beside
            from answers where outcome in ('not_met', 'not_documented')),
        others as (select * from open_answers anti join planted using (policy, rule, subject_id)),
        counts as (
            select policy, rule, count(*) as planted, 0 as found, 0 as in_clean, 0 as beside, 0 as asked
            from planted group by all
            union all
            select policy, rule, 0, count(distinct subject_id), 0, 0, 0
            from open_answers semi join planted using (policy, rule, subject_id) group by all
            union all
            select policy, rule, 0, 0,
                   count(*) filter (where outcome = 'not_met' and not is_beside),
                   count(*) filter (where outcome = 'not_met' and is_beside),
                   count(*) filter (where outcome = 'not_documented')
            from others group by all)
        select rule, sum(planted)::bigint, sum(found)::bigint, sum(in_clean)::bigint, sum(beside)::bigint,
               sum(asked)::bigint
        from counts group by policy, rule order by policy, rule
        """,
    ).fetchall()
    print(f"\n### {title}\n\n| {' | '.join(_HEADER)} |\n|{'---|' * len(_HEADER)}")
    for rule, *numbers in rows:
        print(f"| {rule} | {' | '.join(f'{number:,}' for number in numbers)} |")
    print(f"| all | {' | '.join(f'{sum(column):,}' for column in list(zip(*rows, strict=True))[1:])} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 15_000, int(given[1]) if given[1:] else 1, float(given[2]) if given[2:] else 0.0)
