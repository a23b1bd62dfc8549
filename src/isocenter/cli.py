"""The command line: parses, calls the room that does the work, prints what it says."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from isocenter.errors import IsocenterError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, whatever it found, 2 when it could not."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except IsocenterError as mistake:
        print(f"isocenter: {mistake}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as mistake:
        print(f"isocenter: {mistake.filename or ''}: {mistake.strerror or mistake}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="isocenter", description="Reviews a course of IMRT against its coverage policy."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_review(commands)
    return parser


def _add_review(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "review", help="review one case: claims, chart and plan in, a recommendation out"
    )
    command.add_argument("case", type=Path, metavar="CASE", help="a case folder, or one file of claims")
    command.add_argument("--json", action="store_true", help="print the review as JSON")
    command.add_argument("--report", type=Path, metavar="FILE", help="write the report as one HTML page")
    command.add_argument(
        "--letter", type=Path, metavar="FILE", help="write the request for missing documents"
    )
    command.add_argument(
        "--checklist", type=Path, metavar="FILE", help="write the practice's pre-bill checklist"
    )
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to apply (default: imrt)")
    command.add_argument(
        "--policy-text", type=Path, metavar="FILE", help="a copy of the policy text to quote from"
    )
    command.add_argument(
        "--course", default="", metavar="ID", help="the course to review, where a case holds several"
    )
    command.set_defaults(run=_review)


def _review(options: argparse.Namespace) -> int:
    from isocenter.rulebook.rulebook import load_policy  # noqa: PLC0415
    from isocenter.workflow import review_case  # noqa: PLC0415

    rulebooks = [load_policy(name) for name in options.policy or ["imrt"]]
    review = review_case(options.case, rulebooks, course_id=options.course)
    print(review.recommendation)
    for line in review.lines:
        print(line)
    for finding in review.findings:
        print(finding.outcome, finding.rule, finding.subject_id, finding.because)
    for problem in review.problems:
        print(problem)
    return 0
