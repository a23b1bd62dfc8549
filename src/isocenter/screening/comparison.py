"""The rules that compare courses with each other: judged once, over what every part kept of its courses."""

import duckdb

from isocenter.engines.database import literal, no_longer_than, seconds_of_a_policy
from isocenter.facts.store import FactStore
from isocenter.intake.bulk.selecting import parquet_in
from isocenter.review.adding_up import failure, selection, sql
from isocenter.review.batch import stopwatch
from isocenter.review.policy_tables import load_policy
from isocenter.screening.part import BASE, ORDERS
from isocenter.screening.prepared import prepare
from isocenter.screening.settings import Settings

NAME = "compared"  # of the file of findings that are no part's


def compares_courses(settings: Settings) -> bool:
    """Whether some rule compares courses with each other."""
    return any(policy.comparing_rules for policy in prepare(settings).plan.policies)


def compare_courses(settings: Settings, seconds: dict[str, float]) -> set[tuple[str, str]]:
    """Write the findings of the comparing rules; returns the rules that looked at something."""
    out = settings.out
    spill = out / BASE / "spill"
    store = FactStore(threads=settings.workers, memory_bytes=settings.database_bytes, spill=spill, reads_files=True)
    connection = store.connection
    applied: set[tuple[str, str]] = set()
    connection.execute(
        "create table main.peer_findings (policy varchar, rule varchar, consequence varchar, subject_kind varchar,"
        " subject_id varchar, outcome varchar, because varchar, evidence varchar, units_allowed bigint)"
    )
    policies = prepare(settings).plan.policies
    for policy in policies:
        load_policy(store, policy.rulebook)
        for profile in policy.profiles:
            relation = parquet_in(out / BASE / f"{policy.rulebook.name}.{profile}")
            connection.execute(f"create table {profile} as from {relation}")
    connection.execute(f"create table main.screened_courses as from {parquet_in(out / 'courses')}")
    store.lock(out / BASE)
    ((courses,),) = connection.execute("select count(*) from main.screened_courses").fetchall()
    for policy in policies:
        load_policy(store, policy.rulebook)
        for rule in policy.comparing_rules:
            with stopwatch(seconds, f"{rule.policy} {rule.name}"):
                try:
                    with no_longer_than(seconds_of_a_policy(courses), connection):
                        connection.execute(
                            "insert into main.peer_findings by name"
                            f" select * replace (case when outcome is distinct from 'met' then because end as because),"
                            f" '{rule.consequence}' as consequence from ({selection(rule)})"
                        )
                except duckdb.Error as wrong:
                    raise failure(rule, rule.policy, wrong) from None
            answered = "select 1 from main.peer_findings where policy = ? and rule = ? limit 1"
            if connection.execute(answered, [rule.policy, rule.name]).fetchone():
                applied.add((rule.policy, rule.name))
    partial = out / BASE / f"{NAME}.parquet"
    query = f"from ({sql('screened_comparisons')}) {ORDERS['findings']}"
    connection.execute(f"copy ({query}) to {literal(str(partial))} (format parquet)")
    store.close()
    (out / "findings").mkdir(exist_ok=True)
    partial.replace(out / "findings" / f"{NAME}.parquet")
    return applied
