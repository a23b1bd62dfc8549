"""The command line: parses, calls the room that does the work, prints what it says."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter import edge
from isocenter.files import printable, write_whole

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

    from isocenter.rulebook.citations import Passages
    from isocenter.rulebook.rulebook import Rulebook

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, whatever it found, 2 when it could not, 130 when it was stopped."""
    options = _parser().parse_args(arguments)
    return edge.run(lambda: int(options.run(options)), options.run.__name__.strip("_"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="isocenter", description="Reviews a course of IMRT against its coverage policy."
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and stop")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (
        _add_review,
        _add_abstract,
        _add_screen,
        _add_measure,
        _add_plan,
        _add_mu_check,
        _add_rules,
        _add_check,
        _add_validate,
        _add_new,
        _add_phantom,
        _add_synthesize,
        _add_demo,
        _add_serve,
        _add_determine,
        _add_journal,
        _add_completion,
    ):
        add(commands)
    for name, command in commands.choices.items():
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        command.epilog = "\n  ".join(["examples:", *_EXAMPLES.get(name, ())])
    return parser


_EXAMPLES = {
    "review": (
        "isocenter review CASE --report report.html",
        "isocenter review claims.837 --json",
        "isocenter review CASE --letter letter.pdf --letter-from 'Example Payer; 1 Sample St' --letter-date 2026-01-31",
        "isocenter review --from screened C-1042 --report report.html",
    ),
    "abstract": ("isocenter abstract chart.pdf", "isocenter abstract chart.pdf --into CASE"),
    "screen": (
        "isocenter screen claims/*.parquet --out screened",
        "isocenter screen claims.csv --mapping columns.toml --memory 4GB --out screened",
    ),
    "measure": (
        "isocenter measure plan --out measured",
        "isocenter measure plan --goals goals.csv --gamma 2/2/global/10 --out measured",
    ),
    "plan": ("isocenter plan CASE --out plans", "isocenter plan dicom --goals goals.csv --technique imrt --out plans"),
    "mu-check": ("isocenter mu-check plan --beams our_machine --out checked",),
    "rules": ("isocenter rules --policy imrt", "isocenter rules --json"),
    "check": ("isocenter check", "isocenter check my_policy --cases my_cases"),
    "validate": ("isocenter validate --package profiles.tgz bundle.json",),
    "new": ("isocenter new CASE", "isocenter new CASE --from claims.837"),
    "phantom": ("isocenter phantom", "isocenter phantom prostate plan"),
    "synthesize": ("isocenter synthesize claims --courses 1000 --seed 7",),
    "demo": ("isocenter demo --out reports",),
    "serve": ("isocenter serve --port 8000 --data workbench",),
    "determine": ("isocenter determine response-12 --records records.db --approve --name 'A. Nurse'",),
    "journal": (
        "isocenter journal verify --data workbench",
        "isocenter journal recompute request.zip",
    ),
    "completion": (
        "isocenter completion bash > ~/.local/share/bash-completion/completions/isocenter",
        "isocenter completion zsh > ~/.zfunc/_isocenter",
        "isocenter completion fish > ~/.config/fish/completions/isocenter.fish",
    ),
}


def _add_completion(commands: "Commands") -> None:
    command = commands.add_parser("completion", help="print the script that completes commands in your shell")
    command.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to read the script")
    command.set_defaults(run=_completion)


def _completion(options: argparse.Namespace) -> int:
    import shtab

    parser = _parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for command in commands.choices.values():
        for action in command._actions:
            if action.type is Path or action.metavar in ("CASE", "CLAIMS"):
                action.complete = shtab.DIRECTORY if action.metavar == "FOLDER" else shtab.FILE
    print(shtab.complete(parser, options.shell))
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-01-31") from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 365:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 365")
    return int(text)


class _ShowVersion(argparse.Action):
    """Looks up the version when it is asked for: every other start does without."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and stop."""
        from isocenter import __version__

        print(f"isocenter {__version__}")
        parser.exit()


def _add_review(commands: "Commands") -> None:
    command = commands.add_parser("review", help="review one case: claims, chart and plan in, a recommendation out")
    command.add_argument("case", metavar="CASE", help="a case folder, or one file of claims; with --from a course")
    command.add_argument("--from", dest="screening", type=Path, metavar="FOLDER", help="review a course of a screening")
    command.add_argument("--json", action="store_true", help="print the review as JSON")
    command.add_argument("--report", type=Path, metavar="FILE", help="write the report as one HTML page")
    command.add_argument("--letter", type=Path, metavar="FILE", help="write the request for documents (.html, .pdf)")
    command.add_argument("--letter-from", default="", metavar="TEXT", help="sender; lines of the address apart by ;")
    command.add_argument("--answer-to", default="", metavar="TEXT", help="where an answer goes: fax, portal, address")
    command.add_argument("--letter-date", type=_day, metavar="DAY", help="such as 2026-01-31; default: left blank")
    command.add_argument("--answer-days", type=_days, default=45, metavar="N", help="days to answer in (default: 45)")
    command.add_argument("--checklist", type=Path, metavar="FILE", help="write the practice's pre-bill checklist")
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to apply (default: all)")
    command.add_argument("--policy-text", type=Path, metavar="FILE", help="a copy of the policy text to quote from")
    command.add_argument("--readings", type=Path, metavar="FILE", help="a TOML file of `reading = value` lines")
    command.add_argument("--plan", type=Path, metavar="FOLDER", help="DICOM-RT files that lie outside the case")
    command.add_argument(
        "--plan-label", action="append", metavar="LABEL", help="the plan to review, where there are several; repeatable"
    )
    command.add_argument("--course", default="", metavar="ID", help="the course to review, where there are several")
    command.set_defaults(run=_review)


def _review(options: argparse.Namespace) -> int:
    from isocenter.workflow import review_case, review_contents

    if options.screening:
        from isocenter.intake.screened import policies_of, read_screened_course, readings_of
        from isocenter.rulebook.rulebook import with_different_readings

        contents = read_screened_course(options.screening, options.case)
        options.policy = options.policy or policies_of(options.screening)
        rulebooks = _load_policies(options)
        if not options.readings:
            rulebooks = [
                with_different_readings(book, readings_of(options.screening, book.name), "set in the screening")
                for book in rulebooks
            ]
        review = review_contents(contents, rulebooks, course_id=options.case, plan_folder=options.plan)
    else:
        rulebooks = _load_policies(options)
        review = review_case(
            Path(options.case),
            rulebooks,
            course_id=options.course,
            plan_folder=options.plan,
            chosen_plans=options.plan_label or (),
            with_pictures=options.report is not None,
        )
    if options.json:
        from isocenter.report.as_json import review_as_json

        print(review_as_json(review))
    else:
        from isocenter.report.terminal import review_as_text

        print(review_as_text(review, rulebooks, colour=_shows_colors(), width=_terminal_width()), end="")
    if options.report:
        from isocenter.report.page import review_as_page

        page = review_as_page(review, rulebooks, _passages(options.policy_text, rulebooks[0]))
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
    return 0


def _add_abstract(commands: "Commands") -> None:
    command = commands.add_parser(
        "abstract", help="read a chart's PDF, text or picture files: what they state, and where"
    )
    command.add_argument("files", nargs="+", type=Path, metavar="CHART", help="PDF, text or picture files")
    command.add_argument(
        "--json", action="store_true", help="print every statement with its page, box and words as JSON"
    )
    command.add_argument("--into", type=Path, metavar="CASE", help="write case.yaml, each row under its citation")
    command.add_argument("--processes", type=int, metavar="N", help="processes that share a file (default: one or two)")
    command.add_argument("--policy", default="imrt", metavar="NAME", help="whose phrases to read by (default: imrt)")
    command.set_defaults(run=_abstract)


def _abstract(options: argparse.Namespace) -> int:
    from isocenter.chart.abstract import abstract
    from isocenter.chart.into_case import grammar_folder
    from isocenter.report.progress import ProgressLine
    from isocenter.rulebook.rulebook import load_policy

    rulebook = load_policy(options.policy)
    folder = grammar_folder([rulebook]) or rulebook.folder
    with ProgressLine(sys.stderr, "pages") as progress:
        found = abstract([(path, path.name) for path in options.files], folder, progress.show, options.processes)
    if not found.pages:
        for problem in found.problems:
            print(printable(f"isocenter: {problem.path}: {problem.sentence}"), file=sys.stderr)
        return 2
    if options.into:
        from isocenter.chart.into_case import sureness_of
        from isocenter.report.abstracted_case import write_abstracted_case

        file = write_abstracted_case(options.into, found, sureness_of([rulebook]))
        print(f"wrote {file}: look each row over against its page")
    elif options.json:
        import json

        from isocenter.chart.chart_json import as_json_shape

        print(json.dumps(as_json_shape(found), indent=2))
    else:
        from isocenter.report.abstraction_text import abstraction_as_text

        print(printable(abstraction_as_text(found)), end="")
    return 0


def _add_screen(commands: "Commands") -> None:
    command = commands.add_parser("screen", help="screen years of claims: every finding, within a limit of memory")
    command.add_argument(
        "claims", nargs="+", metavar="CLAIMS", help="Parquet, CSV, X12 837 or FHIR: files, folders, patterns"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the answers go")
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to apply (default: all)")
    command.add_argument("--readings", type=Path, metavar="FILE", help="a TOML file of `reading = value` lines")
    command.add_argument(
        "--mapping", type=Path, metavar="FILE", help="which column holds what, in a layout of your own"
    )
    command.add_argument("--ncci", type=Path, metavar="FOLDER", help="downloads of the national correct coding edits")
    command.add_argument("--line-of-business", default="", metavar="NAME", help="of lines that do not say it")
    command.add_argument("--memory", default="2GB", metavar="SIZE", help="limit of memory (default: 2GB)")
    command.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core, four at most)")
    command.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help="default: duckdb")
    command.add_argument("--profile", action="store_true", help="print where the time went")
    command.add_argument(
        "--most-rejected",
        type=float,
        default=50.0,
        metavar="PERCENT",
        help="end with exit code 2 where more of the lines could not be judged (default: 50)",
    )
    command.add_argument(
        "--reports", type=int, default=0, metavar="N", help="write the report of the first N courses of the worklist"
    )
    command.set_defaults(run=_screen)


def _screen(options: argparse.Namespace) -> int:
    from isocenter.intake.bulk.sources import UnknownLayout
    from isocenter.report.progress import ProgressLine
    from isocenter.report.screening_page import summary_as_page
    from isocenter.report.screening_text import profile_as_text, summary_as_text, why_not_relied_on
    from isocenter.report.worklist_page import report_file, worklist_as_page
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
        with ProgressLine(sys.stderr) as progress:
            summary = screen(settings, progress.show)
    except UnknownLayout as unknown:
        proposal = options.out.absolute().with_suffix(".mapping.toml")
        if not proposal.exists():  # one that was looked over stays
            write_whole(proposal, unknown.proposal)
        print(printable(f"isocenter: {unknown}; a proposal is in {proposal}: look it over"), file=sys.stderr)
        return 2
    write_whole(settings.out / "summary.html", summary_as_page(summary, settings.rulebooks(), settings.out))
    for place, row in enumerate(summary.worklist[: options.reports], start=1):
        _report_course(settings.out, row["course_id"], settings.out / report_file(place))
    write_whole(settings.out / "worklist.html", worklist_as_page(summary, settings.rulebooks(), settings.out))
    print(printable(summary_as_text(summary, settings.out)), end="")
    if options.profile:
        print(printable(profile_as_text(summary)), end="")
    refused = why_not_relied_on(summary, options.most_rejected)
    if refused:
        print(f"isocenter: {refused}", file=sys.stderr)
        return 2
    return 0


def _report_course(screening: Path, course_id: str, file: Path) -> None:
    """Write the report of a course of a screening, judged by the screening's policies and readings."""
    from isocenter.intake.screened import policies_of, read_screened_course, readings_of
    from isocenter.report.page import review_as_page
    from isocenter.rulebook.rulebook import load_policy, with_different_readings
    from isocenter.workflow import review_contents

    rulebooks = [
        with_different_readings(load_policy(name), readings_of(screening, name), "set in the screening")
        for name in policies_of(screening)
    ]
    review = review_contents(read_screened_course(screening, course_id), rulebooks, course_id=course_id)
    file.parent.mkdir(exist_ok=True)
    write_whole(file, review_as_page(review, rulebooks, None))


def _load_policies(options: argparse.Namespace) -> "list[Rulebook]":
    from isocenter.rulebook.readings import read_chosen_readings
    from isocenter.rulebook.rulebook import load_policies

    chosen = read_chosen_readings(options.readings) if options.readings else ()
    return load_policies(options.policy, chosen, f"set in {options.readings.name}" if options.readings else "")


def _add_measure(commands: "Commands") -> None:
    command = commands.add_parser("measure", help="measure a plan from its DICOM-RT files")
    command.add_argument("plan", type=Path, metavar="PLAN_FOLDER", help="CT, structures, plan, dose, records")
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help="write page, scorecard, measures and pictures there"
    )
    command.add_argument("--goals", type=Path, metavar="FILE", help="CSV: structure, metric, comparison, limit, unit")
    command.add_argument("--json", action="store_true", help="print the measures as JSON")
    command.add_argument(
        "--plan",
        dest="plan_label",
        action="append",
        metavar="LABEL",
        help="the plan to measure, by label or UID, where there are several; repeatable",
    )
    command.add_argument(
        "--prescribed", type=float, metavar="GY", help="the prescribed dose, where the plan states none"
    )
    command.add_argument(
        "--verification",
        type=Path,
        action="append",
        metavar="PATH",
        help="measured or recalculated dose, a file or folder, beside PLAN_FOLDER/verification; repeatable",
    )
    command.add_argument(
        "--gamma",
        action="append",
        metavar="CRITERIA",
        help="dose %%/distance mm[/global or local[/threshold %%]], repeatable (default: 3/2/global/10)",
    )
    command.set_defaults(run=_measure)


def _measure(options: argparse.Namespace) -> int:
    from isocenter.errors import UnreadableInput
    from isocenter.planning.goals import read_goals
    from isocenter.report.measures_page import evidence_of, measures_as_json, measures_as_page, measures_as_text
    from isocenter.report.scorecard import published_limits, scorecards_as_csv
    from isocenter.rulebook.rulebook import load_policy
    from isocenter.workflow import measure_folder

    constraints = read_goals(options.goals) if options.goals else []
    measured = measure_folder(
        options.plan,
        constraints=constraints,
        plans=options.plan_label or (),
        charted_dose_gy=options.prescribed,
        verification=options.verification or (),
        gamma_criteria=options.gamma or (),
        with_pictures=options.out is not None,
        progress=_say_stage,
    )
    if not measured.plan.rows:
        told = "; ".join(problem.sentence for problem in measured.problems[:2])
        raise UnreadableInput(f"{options.plan}: nothing in it can be measured: {told}")
    published = published_limits([load_policy("imrt")])
    evidence = evidence_of(measured, published, constraints)
    print(measures_as_json(measured) if options.json else printable(measures_as_text(measured, evidence)), end="")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "measures.html", measures_as_page(measured, published, constraints))
        write_whole(options.out / "scorecard.csv", scorecards_as_csv(evidence.scorecards))
        write_whole(options.out / "measures.json", measures_as_json(measured))
        for picture in measured.pictures:
            suffix = picture.media_type.split("/")[1].split("+")[0]
            write_whole(options.out / f"{picture.name}.{suffix}", picture.data)
    return 0


def _add_plan(commands: "Commands") -> None:
    command = commands.add_parser("plan", help="make the IMRT and the 3D conformal plan of a patient, and compare them")
    command.add_argument("folder", type=Path, metavar="CASE_OR_DICOM", help="CT, structures and a prescription")
    command.add_argument("--technique", choices=("imrt", "conformal", "both"), default="both", help="(default: both)")
    command.add_argument(
        "--delivery",
        choices=("step_and_shoot", "sliding_window", "compensator"),
        default="step_and_shoot",
        help="of the IMRT plan (default: step_and_shoot)",
    )
    command.add_argument("--goals", type=Path, metavar="FILE", help="CSV: structure, metric, comparison, limit, unit")
    command.add_argument("--beams", type=Path, metavar="FILE", help="your beam data (default: generic 6 MV)")
    command.add_argument(
        "--site", default="", metavar="SITE", help="whose beam arrangement to take (default: the case's)"
    )
    command.add_argument("--spacing", type=float, default=3.0, metavar="MM", help="of the planning grid (default: 3)")
    command.add_argument("--out", type=Path, metavar="FOLDER", help="write the comparison and the plans there")
    command.set_defaults(run=_plan)


def _plan(options: argparse.Namespace) -> int:
    from isocenter.plan_making import TECHNIQUES, content_key, make_plans
    from isocenter.report.plans_page import kept_text, plans_as_text, write_plans_whole

    techniques = TECHNIQUES if options.technique == "both" else (options.technique,)
    key = ""
    if options.out:
        choices = (techniques, options.site, options.spacing, options.delivery)
        key = content_key(options.folder, (options.goals, options.beams), options.out, *choices)
        if (kept := kept_text(options.out, key)) is not None:
            print(f"isocenter: unchanged since the last run; the plans lie in {options.out}", file=sys.stderr)
            print(printable(kept), end="")
            return 0
    made = make_plans(
        options.folder,
        techniques,
        goals=options.goals,
        beam_file=options.beams,
        site=options.site,
        spacing_mm=options.spacing,
        delivery=options.delivery,
        progress=lambda text: print(f"isocenter: {text}", file=sys.stderr, flush=True),
    )
    if options.out:
        write_plans_whole(made, options.out, key)
    print(printable(plans_as_text(made)), end="")
    return 0


def _add_mu_check(commands: "Commands") -> None:
    command = commands.add_parser(
        "mu-check", help="check the monitor units of each field independently, with your measured beam"
    )
    command.add_argument("folder", type=Path, metavar="PLAN_FOLDER", help="RTPLAN, RTSTRUCT; CT, RTDOSE")
    command.add_argument(
        "--beams", type=Path, required=True, metavar="FOLDER", help="machine.toml, output factors, depth doses"
    )
    command.add_argument(
        "--point", type=float, nargs=3, metavar=("X", "Y", "Z"), help="where to compare, in mm (default: in the target)"
    )
    command.add_argument("--out", type=Path, metavar="FOLDER", help="write the page to print there")
    command.add_argument(
        "--confirmed-by", default="", metavar="NAME", help="who looked at it: writes verifications.csv as well"
    )
    command.add_argument("--confirmed-on", type=_day, metavar="DAY", help="the day of that (with --confirmed-by)")
    command.set_defaults(run=_mu_check)


def _mu_check(options: argparse.Namespace) -> int:
    from isocenter.mu_checking import check_plan, verifications_of
    from isocenter.report.mu_page import check_as_page, check_as_text, verifications_as_table

    if bool(options.confirmed_by) != bool(options.confirmed_on) or (options.confirmed_by and not options.out):
        from isocenter.errors import UnreadableInput

        raise UnreadableInput("a confirmation needs --confirmed-by, --confirmed-on and --out together")
    checked = check_plan(options.folder, options.beams, tuple(options.point) if options.point else None)
    print(printable(check_as_text(checked)), end="")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "mu_check.html", check_as_page(checked, options.confirmed_by, options.confirmed_on))
    if options.confirmed_by:
        rows = verifications_of(checked, options.confirmed_by, options.confirmed_on)
        write_whole(options.out / "verifications.csv", verifications_as_table(rows))
    return 0


def _add_rules(commands: "Commands") -> None:
    command = commands.add_parser("rules", help="every rule: what it demands, by which passage, what follows")
    command.add_argument("--json", action="store_true", help="print the rules as JSON")
    command.add_argument("--write", type=Path, metavar="FILE", help="write the reference page of the rules")
    command.add_argument("--write-tables", type=Path, metavar="FILE", help="write the reference page of the tables")
    command.add_argument("--policy", action="append", metavar="NAME", help="policy to show (default: all)")
    command.set_defaults(run=_rules)


def _rules(options: argparse.Namespace) -> int:
    from isocenter.report.rules_page import rules_as_json, rules_as_markdown, rules_as_text
    from isocenter.rulebook.rulebook import load_policy, policy_names

    rulebooks = [load_policy(name) for name in options.policy or policy_names()]
    if options.write_tables:
        from isocenter.report.tables_page import tables_as_markdown

        write_whole(options.write_tables, tables_as_markdown())
    if options.write:
        write_whole(options.write, rules_as_markdown(rulebooks))
    if not (options.write or options.write_tables):
        print(rules_as_json(rulebooks) if options.json else printable(rules_as_text(rulebooks)), end="")
    return 0


def _add_check(commands: "Commands") -> None:
    command = commands.add_parser("check", help="check a policy folder: citations, codes, readings, SQL; run its cases")
    folder_help = "a folder, or the name of a bundled policy; without it all bundled ones, whose cases are not run"
    command.add_argument("folder", nargs="?", metavar="POLICY_FOLDER", help=folder_help)
    cases_help = "cases beside those in POLICY_FOLDER/cases, below the policy's name (default: tests/policies)"
    command.add_argument("--cases", type=Path, metavar="FOLDER", help=cases_help)
    text_help = "a copy of a policy's text to resolve citations; without a folder, of the coverage policy for IMRT"
    command.add_argument("--policy-text", type=Path, metavar="FILE", help=text_help)
    command.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from isocenter.chart.check import check_grammar
    from isocenter.review.duckdb_engine import dry_run
    from isocenter.review.rule_cases import cases_of, run_cases
    from isocenter.rulebook.check import check
    from isocenter.rulebook.rulebook import load_policy, policy_names

    beside = options.cases or Path("tests/policies")
    mistakes = 0
    for name in [options.folder] if options.folder else policy_names():
        rulebook = load_policy(name)
        passages = _passages(options.policy_text, rulebook) if options.folder or rulebook.name == "imrt" else None
        cases = {found.rule.name: found.cases for found in cases_of(rulebook, beside)}
        looked_for = beside.is_dir() or options.folder
        found = check(rulebook, cases if looked_for else None, passages) or dry_run(rulebook)
        found = [*found, *check_grammar(rulebook)]
        if options.folder and not found:
            found = run_cases(rulebook, beside)
        for sentence in found:
            print(printable(f"{rulebook.name}: {sentence}"))
        mistakes += len(found)
        ran = sum(map(len, cases.values()))
        looked_at = f"{len(rulebook.rules)} rules, {len(rulebook.definitions)} definitions"
        looked_at += f", {ran} cases {'run' if options.folder else 'read'}" if looked_for else ""
        unread = [] if passages else ["no copy of the policy text: citations were checked by their form only"]
        unread += [] if looked_for else [f"no folder {beside}: cases were not looked for"]
        print(f"{rulebook.name}: {looked_at}, {len(found)} mistakes" + "".join(f"; {text}" for text in unread))
    return 2 if mistakes else 0


def _add_validate(commands: "Commands") -> None:
    command = commands.add_parser("validate", help="check FHIR resources against packages of profiles")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="FHIR R4 as JSON or NDJSON")
    command.add_argument(
        "--package",
        action="append",
        required=True,
        type=Path,
        help="a package of FHIR profiles (.tgz), or a folder of its files; may be repeated",
    )
    command.add_argument("--profile", default="", metavar="URL", help="check by this profile, whatever is claimed")
    command.add_argument("--json", action="store_true", help="print an OperationOutcome")
    command.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> int:
    import json

    from isocenter.errors import UnknownName
    from isocenter.fhir.outcomes import outcome_of
    from isocenter.fhir.structures.definitions import Definitions
    from isocenter.fhir.validation import has_errors, validate_file

    definitions = Definitions.of(*options.package)
    if options.profile and definitions.profile(options.profile) is None:
        known = ", ".join(definitions.urls[:5])
        raise UnknownName(f"no package holds the profile {options.profile}; among others known are {known}")
    issues = [issue for file in options.files for issue in validate_file(file, definitions, options.profile)]
    if options.json:
        print(json.dumps(outcome_of(issues), ensure_ascii=False, indent=2))
    else:
        for issue in issues:
            print(printable(f"{issue.severity}: {issue.expression}: {issue.sentence}"))
        faults = sum(issue.severity in ("fatal", "error") for issue in issues)
        print(f"{len(options.files)} files checked, {faults} faults")
    return 2 if has_errors(issues) else 0


def _add_new(commands: "Commands") -> None:
    command = commands.add_parser("new", help="write a case folder to fill in, every field explained")
    command.add_argument("case", type=Path, metavar="CASE", help="the folder to make")
    command.add_argument("--from", dest="claims", type=Path, metavar="FILE", help="claims that fill in what they tell")
    command.add_argument("--course", default="", metavar="ID", help="the course of the claims, where there are several")
    command.set_defaults(run=_new)


def _new(options: argparse.Namespace) -> int:
    from isocenter.report.new_case import Billed, write_new_case
    from isocenter.rulebook.rulebook import load_policy
    from isocenter.workflow import read_one_course

    billed = Billed(*read_one_course(options.claims, ["imrt"], options.course)) if options.claims else None
    for path in write_new_case(options.case, load_policy("imrt"), billed):
        print(f"wrote {path}")
    print(f"fill them in, then run: isocenter review {options.case} --report report.html")
    return 0


def _add_phantom(commands: "Commands") -> None:
    command = commands.add_parser("phantom", help="make a synthetic DICOM-RT set whose doses are known")
    command.add_argument("name", nargs="?", metavar="NAME", help="which phantom; without it, list them")
    command.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="where to write it")
    command.set_defaults(run=_phantom)


def _phantom(options: argparse.Namespace) -> int:
    from isocenter.phantoms.make import make_phantom, phantom_names

    if options.name is None or options.folder is None:
        print("\n".join(phantom_names()))
        return 0 if options.name is None else 2
    make_phantom(options.name, options.folder)
    print(f"wrote {options.folder}")
    return 0


def _add_synthesize(commands: "Commands") -> None:
    command = commands.add_parser("synthesize", help="make synthetic claims with planted violations and their truth")
    command.add_argument("out", type=Path, metavar="OUT", help="the folder to write Parquet files to")
    command.add_argument("--courses", type=int, default=20_000, metavar="N", help="courses of therapy (default: 20000)")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, other claims (default: 1)")
    command.add_argument(
        "--violations", type=float, default=0.1, metavar="SHARE", help="of plain courses of IMRT (default: 0.1)"
    )
    command.add_argument(
        "--overlapping", type=float, default=0.0, metavar="SHARE", help="of courses, two at once (default: 0)"
    )
    command.set_defaults(run=_synthesize)


def _synthesize(options: argparse.Namespace) -> int:
    from isocenter.report.progress import can_rewrite
    from isocenter.synthesis.synthesize import Made, Recipe, synthesize

    def show(made: Made) -> None:
        if can_rewrite(sys.stderr):
            print(f"\r{made.courses:,} of {options.courses:,} courses", end="", file=sys.stderr, flush=True)

    recipe = Recipe(options.courses, options.seed, options.violations, options.overlapping)
    made = synthesize(options.out, recipe, show)
    if can_rewrite(sys.stderr):
        print("\r\033[K", end="", file=sys.stderr)
    print(
        f"wrote {options.out}: {made.lines:,} lines of {made.courses:,} courses, {made.violations:,} violations planted"
    )
    return 0


def _add_demo(commands: "Commands") -> None:
    command = commands.add_parser("demo", help="review the bundled examples and say where the reports are")
    command.add_argument("--out", type=Path, default=Path("reports"), metavar="FOLDER", help="default: reports")
    command.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from isocenter.demo import review_examples

    for line in review_examples(options.out):
        print(line)
    return 0


def _add_serve(commands: "Commands") -> None:
    command = commands.add_parser("serve", help="serve the workbench, where people determine requests")
    command.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="(default: this machine alone)")
    command.add_argument("--port", type=_port, default=8000, metavar="N", help="(default: 8000)")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="its data (default: isocenter-workbench)")
    command.add_argument("--workers", type=_workers, default=1, metavar="N", help="that review requests (default: 1)")
    command.add_argument("--only-work", action="store_true", help="review requests, and serve no pages")
    fhir = command.add_argument_group("FHIR interfaces without pages")
    fhir.add_argument("--fhir-only", action="store_true", help="serve hooks, questionnaires and authorizations")
    fhir.add_argument("--policy", action="append", metavar="POLICY", help="a policy to answer by (default: imrt)")
    fhir.add_argument("--payer", default="Isocenter", metavar="NAME", help="in whose name answers are given")
    fhir.add_argument("--policy-url", default="", metavar="URL", help="where the policy is published, for links")
    fhir.add_argument("--clients", type=Path, metavar="FILE", help="clients and their public keys (JWKS), as JSON")
    fhir.add_argument("--without-authentication", action="store_true", help="let every client in")
    fhir.add_argument("--records", type=Path, metavar="FILE", help="where answers are kept")
    fhir.add_argument("--package", action="append", type=Path, help="a package of profiles to check requests by")
    command.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    if options.fhir_only:
        return _serve_fhir(options)
    from isocenter.web.serving import Serving, serve

    wanted = Serving(options.host, options.port, options.data, options.workers, options.only_work)
    serve(wanted, lambda line: print(printable(line), flush=True))
    return 0


def _serve_fhir(options: argparse.Namespace) -> int:
    from isocenter.fhir.serving import FhirServing, serve
    from isocenter.fhir.settings import Payer

    wanted = FhirServing(
        options.host,
        options.port,
        options.policy or ["imrt"],
        Payer(options.payer, options.policy_url),
        records=options.records,
        clients=options.clients,
        without_authentication=options.without_authentication,
        packages=options.package or (),
    )
    serve(wanted, lambda line: print(printable(line), flush=True))
    return 0


def _add_determine(commands: "Commands") -> None:
    command = commands.add_parser("determine", help="record what a person determined of a pended FHIR request")
    command.add_argument("assertion_id", metavar="ID", help="of the response: response-ID")
    command.add_argument("--records", required=True, type=Path, metavar="FILE", help="where answers are kept")
    decision = command.add_mutually_exclusive_group(required=True)
    decision.add_argument("--approve", action="store_true", help="certify what was pended")
    decision.add_argument("--deny", action="store_true", help="refuse it")
    command.add_argument("--reason", default="", help="the specific reason, with the passage; needed to refuse")
    command.add_argument("--name", default="", help="of the person who determines")
    command.add_argument("--npi", default="", help="of the clinician who refuses")
    command.add_argument("--specialty", default="", help="of the clinician who refuses")
    command.add_argument("--on", type=_day, metavar="DAY", help="of the determination (default: today)")
    command.set_defaults(run=_determine)


def _determine(options: argparse.Namespace) -> int:
    from isocenter.fhir.serving import determine

    determine(
        options.records,
        options.assertion_id.removeprefix("response-"),
        is_approved=options.approve,
        reason=options.reason,
        reviewer_name=options.name,
        reviewer_npi=options.npi,
        reviewer_specialty=options.specialty,
        on=options.on or date.today(),
    )
    print(f"recorded: {'approved' if options.approve else 'refused'} by {printable(options.name)}")
    return 0


def _add_journal(commands: "Commands") -> None:
    command = commands.add_parser(
        "journal", help="verify the workbench's journal, or compute an exported request again"
    )
    command.add_argument("action", choices=("verify", "recompute"), help="what to do")
    command.add_argument("archive", nargs="?", type=Path, metavar="ARCHIVE", help="an exported request, to recompute")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="the workbench's data")
    command.add_argument("--head", default="", metavar="HASH", help="a hash noted earlier, to find what was cut off")
    command.set_defaults(run=_journal)


def _journal(options: argparse.Namespace) -> int:
    from isocenter.errors import UnreadableInput
    from isocenter.web.serving import recompute_archive, verify_journal

    def say(line: str) -> None:
        print(printable(line))

    if options.action == "verify":
        return 0 if verify_journal(options.data, options.head, say) else 2
    if options.archive is None:
        raise UnreadableInput("name the archive to recompute, such as R-000012.zip")
    return 0 if recompute_archive(options.archive, say) else 2


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) > 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 0 to 64")
    return int(text)


def _passages(path: Path | None, rulebook: "Rulebook") -> "Passages | None":
    from isocenter.rulebook.citations import Passages

    return Passages.read(path, rulebook.sections) if path else None


def _say_stage(stage: str) -> None:
    print(f"isocenter: {stage}", file=sys.stderr, flush=True)


def _shows_colors() -> bool:
    """Whether standard output is a terminal that shows colors, and nobody asked for none (see no-color.org)."""
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _terminal_width() -> int:
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, 120)


if __name__ == "__main__":
    sys.exit(main())
