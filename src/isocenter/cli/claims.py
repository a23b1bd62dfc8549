"""Commands about claims by the million: screen them, or synthesize some whose truth is known."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.cli.common import count_of, folder_to_write, given_path, name_of, percent_of
from isocenter.errors import at
from isocenter.files.texts import printable
from isocenter.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isocenter.rulebook.rulebook import Rulebook
    from isocenter.screening.settings import Settings
    from isocenter.terms.screening import Summary

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def add_screen(commands: "Commands") -> None:
    """Add the command screen."""
    command = commands.add_parser("screen", help="screen years of claims: every finding, within a limit of memory")
    command.add_argument(
        "claims",
        nargs="+",
        type=name_of,
        metavar="CLAIMS",
        help="Parquet, CSV, X12 837 or FHIR: files, folders, patterns",
    )
    command.add_argument(
        "--out", type=folder_to_write, required=True, metavar="FOLDER", help="the folder for the results"
    )
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to apply (default: all)")
    command.add_argument("--readings", type=given_path, metavar="FILE", help="a TOML file of `reading = value` lines")
    command.add_argument(
        "--mapping", type=given_path, metavar="FILE", help="your own mapping of columns to claim lines (TOML)"
    )
    command.add_argument(
        "--ncci",
        type=given_path,
        metavar="FOLDER",
        help="folder with the national correct coding edits that you downloaded",
    )
    command.add_argument(
        "--line-of-business", default="", metavar="NAME", help="the line of business for lines that do not state it"
    )
    command.add_argument("--memory", default="2GB", metavar="SIZE", help="the most memory to use (default: 2GB)")
    command.add_argument(
        "--workers", type=int, metavar="N", help="number of worker processes (default: one for each core, at most four)"
    )
    command.add_argument(
        "--engine",
        choices=("duckdb", "spark", "spark-duckdb"),
        default="duckdb",
        help="what runs the rules (default: duckdb)",
    )
    command.add_argument("--profile", action="store_true", help="show how long each step took")
    command.add_argument(
        "--most-rejected",
        type=percent_of,
        default=50.0,
        metavar="PERCENT",
        help="end with exit code 2 where more of the lines could not be judged (default: 50)",
    )
    command.add_argument(
        "--reports",
        type=count_of,
        default=0,
        metavar="N",
        help="write the report of the first N courses of the worklist",
    )
    command.set_defaults(run=_screen, holds_its_folder=True)


def _screen(options: argparse.Namespace) -> int:
    from isocenter.screening.freed_memory import keep_freed_memory

    keep_freed_memory()
    from isocenter.intake.bulk.sources import UnknownLayout
    from isocenter.report.progress import ProgressLine
    from isocenter.report.screening_text import profile_as_text, summary_as_text, why_not_relied_on
    from isocenter.screening.run import screen
    from isocenter.screening.settings import Settings

    settings = Settings.from_options(
        claims=options.claims,
        out=options.out,
        policies=options.policy,
        readings=options.readings,
        mapping=options.mapping,
        edits=options.ncci,
        line_of_business=options.line_of_business,
        memory=options.memory,
        workers=options.workers,
        engine=options.engine,
    )
    try:
        with ProgressLine(sys.stderr) as progress, at(str(options.out)):
            summary = screen(settings, progress.show, lambda made: _write_pages(settings, made, options.reports))
    except UnknownLayout as unknown:
        proposal = options.out.absolute().with_suffix(".mapping.toml")
        if not proposal.exists():  # one that was looked over stays
            write_whole(proposal, unknown.proposal.text)
        where = options.out.with_suffix(".mapping.toml") if options.out.name else proposal.name
        print(printable(f"isocenter: {unknown}; a proposal is in {where}: check it"), file=sys.stderr)
        return 2
    print(printable(summary_as_text(summary, settings.out)), end="")
    if options.profile:
        print(printable(profile_as_text(summary)), end="")
    refused = why_not_relied_on(summary, options.most_rejected)
    if refused:
        print(f"isocenter: {refused}", file=sys.stderr)
        return 2
    return 0


def _write_pages(settings: "Settings", summary: "Summary", reports: int) -> None:
    """Write the pages of a screening, and the reports of the first courses of its worklist."""
    from isocenter.report.screening_page import summary_as_page
    from isocenter.report.worklist_page import report_file, worklist_as_page
    from isocenter.screening.prepared import prepare

    rulebooks = prepare(settings).rulebooks
    write_whole(settings.out / "summary.html", summary_as_page(summary, rulebooks, settings.out))
    for place, row in enumerate(summary.worklist[:reports], start=1):
        _report_course(settings, rulebooks, row["course_id"], settings.out / report_file(place))
    write_whole(settings.out / "worklist.html", worklist_as_page(summary, rulebooks, settings.out))


def _report_course(settings: "Settings", rulebooks: "Sequence[Rulebook]", course_id: str, file: Path) -> None:
    """Write the report of a course of a screening, judged by the screening's policies and readings."""
    from isocenter.intake.screened import read_screened_course
    from isocenter.report.page import review_as_page
    from isocenter.workflow import review_contents

    review = review_contents(read_screened_course(settings.out, course_id), rulebooks, course_id=course_id)
    file.parent.mkdir(exist_ok=True)
    write_whole(file, review_as_page(review, rulebooks, None))


def add_synthesize(commands: "Commands") -> None:
    """Add the command synthesize."""
    command = commands.add_parser("synthesize", help="make synthetic claims with planted violations and their truth")
    command.add_argument("out", type=folder_to_write, metavar="OUT", help="the folder to write the Parquet files to")
    command.add_argument(
        "--courses", type=int, default=20_000, metavar="N", help="number of courses of therapy (default: 20000)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the random numbers (default: 1)")
    command.add_argument(
        "--violations",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of the plain IMRT courses with a violation (default: 0.1)",
    )
    command.add_argument(
        "--overlapping",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of the courses that overlap another (default: 0)",
    )
    command.set_defaults(run=_synthesize)


def _synthesize(options: argparse.Namespace) -> int:
    from isocenter.report.progress import can_rewrite
    from isocenter.synthesis.synthesize import Made, Recipe, synthesize

    def show(made: Made) -> None:
        if can_rewrite(sys.stderr):
            print(f"\r{made.courses:,} of {options.courses:,} courses", end="", file=sys.stderr, flush=True)

    recipe = Recipe(options.courses, options.seed, options.violations, options.overlapping)
    with at(str(options.out)):
        made = synthesize(options.out, recipe, show)
    if can_rewrite(sys.stderr):
        print("\r\033[K", end="", file=sys.stderr)
    print(
        f"wrote {options.out}: {made.lines:,} lines of {made.courses:,} courses, {made.violations:,} violations planted"
    )
    return 0
