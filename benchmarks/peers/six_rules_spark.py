"""The project's own rule texts in Spark: python six_rules_spark.py LINES FINDINGS MEMORY HOW RULE ... (Parquet).

HOW is `sql`, by Spark itself, or `groups`, by DuckDB in its processes.
The lines are all that there are of each provider, so that no course may begin before them or go on after them.
"""

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from six_rules_duckdb import ALL_DAYS, WINDOWS

from isocenter.review.spark_engine import judge_on_spark
from isocenter.review.spark_session import LINES_OF_A_LONG_RUN, open_session
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening.spark_groups import DAEMON, judge_in_groups


def main(lines_file: str, findings_file: str, memory: str, how: str, rules: list[str]) -> None:
    rulebook = load_policy("imrt")
    rulebook = replace(rulebook, rules=tuple(rule for rule in rulebook.rules if rule.name in rules))
    with tempfile.TemporaryDirectory() as folder:
        is_short = how == "groups" or pq.read_metadata(lines_file).num_rows < LINES_OF_A_LONG_RUN
        session = open_session(memory, Path(folder), is_short=is_short, daemon=DAEMON)
        began = time.perf_counter()
        lines = session.read.parquet(lines_file)
        if how == "groups":
            supplied = {"claim_lines": lines}
            findings = judge_in_groups(
                session, supplied, [rulebook], complete_within=ALL_DAYS, answers=("findings",)
            ).findings
        else:
            windows = session.sql(WINDOWS.format(lines="{lines}"), lines=lines)
            supplied = {"claim_lines": lines, "data_windows": windows}
            findings = judge_on_spark(session, supplied, [rulebook], for_screening=True).findings
        found = findings.select("rule", "subject_id", "outcome", "units_allowed")
        found.write.mode("overwrite").parquet(findings_file)
        took_s = time.perf_counter() - began
        session.stop()
    print(json.dumps({"judge_s": took_s}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
