"""Writes what a judgment in Spark says as a screening keeps it: findings, lines, courses, lines set aside."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.review.adding_up import sql
from isocenter.review.spark_desk import Desk, kept
from isocenter.review.spark_engine import SparkJudgment

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SET_ASIDE = """
    select
        '' as path, concat('claim ', set_aside.claim_id) as place, set_aside.reason, set_aside.kind, set_aside.claim_id,
        set_aside.claim_line_id, set_aside.member_id, cast(set_aside.service_date as string) as service_date,
        set_aside.procedure_code
    from set_aside
"""


def write_screening(judgment: SparkJudgment, folder: Path) -> None:
    """Write folder/findings, lines, courses, rejects and remarks, each as NNNN.parquet, on the disk of this machine.

    `findings/compared.parquet` holds what comes of comparing courses with each other. A kind is there when all of
    its files are; one that an earlier run left is replaced.
    """
    with Desk(judgment.lines.sparkSession) as desk:
        for name, frame in judgment.facts.items():
            desk.put(name, frame)
        desk.put("rules", judgment.rules)
        desk.put("located_findings", judgment.findings)
        desk.put("finding_effects", judgment.effects)
        desk.put("recommended_lines", judgment.lines)
        desk.put("recommended_courses", judgment.courses)
        desk.put("set_aside", judgment.set_aside)
        desk.put("course_providers", kept(desk.sql(sql("course_providers"))))
        screened_courses = kept(desk.sql(sql("screened_courses")))
        desk.put("screened_courses", screened_courses)
        consequences = judgment.rules.select("policy", "rule", "consequence")
        desk.put("peer_findings", judgment.comparisons.join(consequences, ["policy", "rule"]))
        answers = {
            "findings": desk.sql(sql("screened_findings")),
            "lines": desk.sql(sql("screened_lines")),
            "courses": screened_courses,
            "rejects": desk.sql(SET_ASIDE),
            "remarks": judgment.remarks.coalesce(1),
        }
        write_answers(answers, desk.sql(sql("screened_comparisons")), folder)


def write_answers(answers: "Mapping[str, DataFrame]", comparisons: "DataFrame", folder: Path) -> None:
    """Write each of the answers to the folder of its name, and the comparisons with the findings, as write_screening.

    `answers` are frames with the columns of a screening, findings among them.
    """
    for name, frame in answers.items():
        written = _written(frame, folder / f"{name}.partial")
        if name == "findings":
            compared = _written(comparisons.coalesce(1), folder / "compared.partial")
            for file in compared.glob("*.parquet"):
                file.replace(written / "compared.parquet")
            shutil.rmtree(compared)
        _publish(written, folder / name)


def _written(frame: "DataFrame", folder: Path) -> Path:
    """The folder, with the frame's rows as 0000.parquet, 0001.parquet and so on and nothing else."""
    frame.write.mode("overwrite").parquet(folder.resolve().as_uri())
    parts = sorted(folder.glob("part-*.parquet"))
    for number, part in enumerate(parts):
        part.replace(folder / f"{number:04d}.parquet")
    for other in (*folder.glob(".*"), *folder.glob("_*")):
        other.unlink()
    return folder


def _publish(partial: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
