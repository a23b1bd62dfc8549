"""Commands about one case: review it, abstract its chart, begin a new one."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.cli.common import (
    day_of,
    days_of,
    folder_to_write,
    given_path,
    letter_file,
    load_policies,
    name_of,
    page_file,
    passages_of,
    percent_of,
    processes_of,
    say_problems,
    shows_colors,
    terminal_width,
)
from isocenter.errors import UnreadableInput
from isocenter.files.texts import printable, shown
from isocenter.files.unchanged import States
from isocenter.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from isocenter.terms.review import Review

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def add_review(commands: "Commands") -> None:
    """Add the command review."""
    command = commands.add_parser("review", help="review one case: claims, chart and plan in, a recommendation out")
    command.add_argument(
        "case", type=name_of, metavar="CASE", help="a case folder, or one file of claims; with --from a course"
    )
    command.add_argument(
        "--from", dest="screening", type=given_path, metavar="FOLDER", help="review a course of a screening"
    )
    command.add_argument("--json", action="store_true", help="print the review as JSON")
    command.add_argument("--report", type=page_file, metavar="FILE", help="write the report as one HTML page")
    command.add_argument(
        "--letter", type=letter_file, metavar="FILE", help="write the request for documents (.html, .pdf)"
    )
    command.add_argument(
        "--letter-from", default="", metavar="TEXT", help="the sender; separate the lines of the address with ;"
    )
    command.add_argument(
        "--answer-to", default="", metavar="TEXT", help="where to send the answer: fax, portal, address"
    )
    command.add_argument(
        "--letter-date", type=day_of, metavar="DAY", help="date of the letter, such as 2026-01-31 (default: left blank)"
    )
    command.add_argument(
        "--answer-days", type=days_of, default=45, metavar="N", help="days allowed for the answer (default: 45)"
    )
    command.add_argument("--checklist", type=page_file, metavar="FILE", help="write the practice's pre-bill checklist")
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to apply (default: all)")
    command.add_argument(
        "--policy-text", type=given_path, metavar="FILE", help="a copy of the policy text to quote from"
    )
    command.add_argument("--readings", type=given_path, metavar="FILE", help="a TOML file of `reading = value` lines")
    command.add_argument(
        "--line-of-business", default="", metavar="NAME", help="the line of business for lines that do not state it"
    )
    command.add_argument("--plan", type=given_path, metavar="FOLDER", help="DICOM-RT files outside the case folder")
    command.add_argument(
        "--plan-label", action="append", metavar="LABEL", help="the plan to review, where there are several; repeatable"
    )
    command.add_argument("--course", default="", metavar="ID", help="the course to review, where there are several")
    command.add_argument(
        "--each",
        type=folder_to_write,
        metavar="FOLDER",
        help="review every course of the claims: reports, JSON and an index",
    )
    command.add_argument(
        "--most-rejected",
        type=percent_of,
        default=50.0,
        metavar="PERCENT",
        help="end with exit code 2 where more of the claim lines could not be read (default: 50)",
    )
    command.set_defaults(run=_review)


def _review(options: argparse.Namespace) -> int:
    from isocenter.workflow import review_case, review_contents

    if options.each:
        return _review_each(options)
    if options.screening:
        from isocenter.intake.screened import read_screened_course
        from isocenter.rulebook.rulebook import with_different_readings
        from isocenter.screening.policies import policies_of, readings_of

        if options.line_of_business:
            raise UnreadableInput(
                "--line-of-business is a setting of the screening that the course is from; leave it out, or run the"
                " screening again with it"
            )
        contents = read_screened_course(options.screening, options.case)
        options.policy = options.policy or policies_of(options.screening)
        rulebooks = load_policies(options)
        if not options.readings:
            rulebooks = [
                with_different_readings(book, readings_of(options.screening, book.name), "set in the screening")
                for book in rulebooks
            ]
        passages = passages_of(options.policy_text, rulebooks[0])
        review = review_contents(contents, rulebooks, course_id=options.case, plan_folder=options.plan)
    else:
        from isocenter.intake.case_folders import expect_one_case

        expect_one_case(Path(options.case))
        rulebooks = load_policies(options)
        passages = passages_of(options.policy_text, rulebooks[0])
        review = review_case(
            Path(options.case),
            rulebooks,
            course_id=options.course,
            plan_folder=options.plan,
            chosen_plans=options.plan_label or (),
            with_pictures=options.report is not None,
            line_of_business=options.line_of_business,
        )
    if options.json:
        from isocenter.report.as_json import review_as_json

        print(review_as_json(review))
    else:
        from isocenter.report.terminal import review_as_text

        print(review_as_text(review, rulebooks, color=shows_colors(), width=terminal_width()), end="")
    if options.report:
        from isocenter.report.page import review_as_page

        page = review_as_page(review, rulebooks, passages)
        write_whole(options.report, page)
    if options.letter:
        from isocenter.report.letter import Sender, letter

        sender = Sender(options.letter_from, options.answer_to, options.letter_date, options.answer_days)
        if options.letter.suffix.lower() == ".pdf":
            from isocenter.report.letter_pdf import letter_as_pdf

            write_whole(options.letter, letter_as_pdf(review, rulebooks, sender))
        else:
            write_whole(options.letter, letter(review, rulebooks, sender))
    if options.checklist:
        from isocenter.report.letter import checklist

        write_whole(options.checklist, checklist(review, rulebooks))
    return _exit_code(review, options.most_rejected)


def _exit_code(review: "Review", most_rejected_percent: float) -> int:
    """2, with the reason, where too few of the claims could be read to rely on the review."""
    if not review.lines_lost and not review.claim_files_unread:
        return 0
    from isocenter.report.screening_text import why_too_many_rejected
    from isocenter.terms.problems import LostLine

    lost = [problem.sentence for problem in review.problems if isinstance(problem, LostLine)]
    refused = why_too_many_rejected(
        review.lines_lost, review.lines_read, most_rejected_percent, next(iter(lost), ""), "the claims"
    )
    refused = _files_unread(review) or refused
    if refused:
        print(printable(f"isocenter: {refused}"), file=sys.stderr)
    return 2 if refused else 0


def _files_unread(review: "Review") -> str:
    """The sentence on files that may hold claims and were not read whole; '' where there are none."""
    from isocenter.terms.problems import listed

    if not review.claim_files_unread:
        return ""
    return (
        f"{listed(review.claim_files_unread)}: could not be read to the end and may hold claims, so services,"
        " corrections and voids may be missing; correct what the problems in the input name, and review again before"
        " any line is paid"
    )


_OPTIONS_OF_ONE_COURSE = ("screening", "json", "report", "letter", "checklist", "plan", "plan_label", "course")


def _review_each(options: argparse.Namespace) -> int:
    from isocenter.intake.case_folders import cases_in
    from isocenter.report.each_course import write_each
    from isocenter.report.words import counted
    from isocenter.workflow import review_cases, review_each

    given = [name for name in _OPTIONS_OF_ONE_COURSE if getattr(options, name)]
    if given:
        named = "from" if given[0] == "screening" else given[0].replace("_", "-")
        raise UnreadableInput(f"--{named} is about one course, and --each reviews all; leave out one of the two")
    rulebooks = load_policies(options)
    passages = passages_of(options.policy_text, rulebooks[0])
    codes = {}

    def seen(
        reviews: "Iterable[tuple[str, Review | UnreadableInput]]",
    ) -> "Iterator[tuple[str, Review | UnreadableInput]]":
        for case, review in reviews:
            if isinstance(review, UnreadableInput):
                codes[case] = 2
                print(printable(f"isocenter: {case}: {review}"), file=sys.stderr)
            elif case not in codes:  # all courses of a case rest on the same claims
                codes[case] = _exit_code(review, options.most_rejected)
            yield case, review

    path, business = Path(options.case), options.line_of_business
    if folders := cases_in(path):
        found = review_cases(folders, rulebooks, line_of_business=business)
        reviews = seen((shown(folder.name), review) for folder, review in found)
    else:
        reviews = seen(("", review) for review in review_each(path, rulebooks, line_of_business=business))
    written = write_each(options.each, reviews, rulebooks, passages)
    for row in written:
        course = f"{row.case}: {row.course_id}" if row.case else row.course_id
        print(printable(f"{row.recommendation:<24} {course:<32} {options.each / row.report}"))
    print(f"{counted(len(written), 'course')} reviewed: {options.each / 'index.html'}")
    return max(codes.values(), default=0)


def add_abstract(commands: "Commands") -> None:
    """Add the command abstract."""
    command = commands.add_parser(
        "abstract", help="read a chart (PDF, text or picture files): what it states, and where"
    )
    command.add_argument(
        "files", nargs="+", type=given_path, metavar="CHART", help="PDF, text or picture files, or folders"
    )
    command.add_argument(
        "--json", action="store_true", help="print every statement as JSON, with its page, place on the page and words"
    )
    command.add_argument(
        "--into",
        type=folder_to_write,
        metavar="CASE",
        help="write a case.yaml in this folder, with the citation above each row",
    )
    command.add_argument(
        "--processes",
        type=processes_of,
        metavar="N",
        help="number of processes that read a file together (default: one or two)",
    )
    command.add_argument(
        "--policy", default="imrt", metavar="NAME", help="the policy whose phrases are used (default: imrt)"
    )
    command.set_defaults(run=_abstract)


def _abstract(options: argparse.Namespace) -> int:
    from isocenter.chart.abstract import abstract
    from isocenter.chart.into_case import grammar_folder
    from isocenter.chart.pages.files import chart_files
    from isocenter.report.progress import ProgressLine
    from isocenter.rulebook.rulebook import load_policy

    rulebook = load_policy(options.policy)
    folder = grammar_folder([rulebook]) or rulebook.folder
    files, left_out = chart_files(options.files)
    states = States.of((file for file, _ in files), Path())
    with ProgressLine(sys.stderr, "pages") as progress:
        found = abstract(files, folder, progress.show, options.processes)
    states.expect_the_same()  # each process opens the file by itself
    found.problems[:0] = left_out
    if not found.pages:
        for problem in found.problems:
            print(printable(f"isocenter: {problem.path}: {problem.sentence}"), file=sys.stderr)
        return 2
    if options.into:
        from isocenter.chart.into_case import sureness_of
        from isocenter.report.abstracted_case import write_abstracted_case

        file = write_abstracted_case(options.into, found, sureness_of([rulebook]))
        print(printable(f"wrote {file}: check each row against its page"))
    elif options.json:
        import json

        from isocenter.chart.chart_json import as_json_shape

        print(json.dumps(as_json_shape(found), indent=2))
    else:
        from isocenter.report.abstraction_text import abstraction_as_text

        print(printable(abstraction_as_text(found)), end="")
    return 0


def add_new(commands: "Commands") -> None:
    """Add the command new."""
    command = commands.add_parser("new", help="write a case folder to fill in, every field explained")
    command.add_argument("case", type=folder_to_write, metavar="CASE", help="the folder to make")
    command.add_argument(
        "--from", dest="claims", type=given_path, metavar="FILE", help="claims whose statements are filled in"
    )
    command.add_argument("--course", default="", metavar="ID", help="the course of the claims, where there are several")
    command.set_defaults(run=_new)


def _new(options: argparse.Namespace) -> int:
    from isocenter.case_facts import read_one_course
    from isocenter.report.new_case import Billed, write_new_case
    from isocenter.report.words import counted
    from isocenter.rulebook.rulebook import load_policy
    from isocenter.terms.problems import LostLine

    billed = None
    if options.claims:
        course, diagnoses, lines, problems = read_one_course(options.claims, ["imrt"], options.course)
        lost = [one for one in problems if isinstance(one, LostLine) and one.member_id in ("", course.member_id)]
        billed = Billed(course, diagnoses, lines, lost)
        say_problems(problems)
    for path in write_new_case(options.case, load_policy("imrt"), billed):
        print(printable(f"wrote {path}"))
    if billed and billed.lost:
        print(f"fill in or take away {counted(len(billed.lost), 'row')} of claim_lines.csv: lines that were not read")
    print(printable(f"fill them in, then run: isocenter review {options.case} --report report.html"))
    return 0
