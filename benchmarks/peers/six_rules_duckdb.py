"""The project's own rule texts on claim lines whose courses are known, in DuckDB.

python six_rules_duckdb.py LINES FINDINGS [RULE ...]    (Parquet; without rules: all that need claims alone)
The lines are all that there are of each provider, so that no course may begin before them or go on after them.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from isocenter.facts.courses import add_courses_of_lines, lay_out_days
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.review.batch import judge_batch
from isocenter.review.batch_plan import plan_batch
from isocenter.review.policy_tables import courses_rulebook, load_policy
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.rulebook.rulebook import policy_names
from isocenter.terms.claims import ClaimLine

NAMES = {"claim_line_id", "claim_id", "original_claim_id"}  # texts that do not recur
ALL_DAYS = (date(1990, 1, 1), date(2099, 12, 31))
WINDOWS = (
    f"select distinct billing_npi, setting, date '{ALL_DAYS[0]}' as first_service, date '{ALL_DAYS[1]}' as last_service"
    " from {lines}"
)


def main(lines_file: str, findings_file: str, rules: list[str]) -> None:
    rulebooks = [load_rulebook(name) for name in (["imrt"] if rules else policy_names())]
    if rules:
        rulebooks = [replace(rulebooks[0], rules=tuple(rule for rule in rulebooks[0].rules if rule.name in rules))]
    store = FactStore(threads=2, reads_files=True)
    run = store.connection.execute
    run("set preserve_insertion_order = false")
    plan = plan_batch(rulebooks, {"claim_lines", "courses", "data_windows", "service_days", "course_windows"})
    began = time.process_time()
    types = {column.name: column.type for column in tables()["claim_lines"].columns}
    columns = []
    for name in ClaimLine._fields:
        if types[name] == "varchar" and name not in NAMES:
            texts = f"select {name} from '{lines_file}' union select '' order by 1"
            run(f"create type main.{name}_text as enum ({texts})")
            types[name] = f"main.{name}_text"
        columns.append(f"cast({name} as {types[name]}) as {name}")
    run(
        f"drop table main.claim_lines; create table main.claim_lines as select {', '.join(columns)} from '{lines_file}'"
    )
    load_policy(store, courses_rulebook(rulebooks))
    add_courses_of_lines(store)
    run(f"insert into main.data_windows {WINDOWS.format(lines='main.claim_lines')}")
    lay_out_days(store)
    store.lock(Path(findings_file).parent)
    loaded = time.process_time()
    judge_batch(store, plan)
    judged = time.process_time()
    run(
        "copy (select rule, subject_id, outcome, units_allowed from main.findings)"
        f" to '{findings_file}' (format parquet)"
    )
    counted = sum(len(policy.rules) for policy in plan.policies)
    print(json.dumps({"load_cpu_s": loaded - began, "judge_cpu_s": judged - loaded, "rules": counted}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
