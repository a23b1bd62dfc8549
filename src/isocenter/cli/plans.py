"""Commands about plans: measure one, make one, check its monitor units, or make a phantom."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.cli.common import day_of, dose_of, folder_to_write, given_path, place_of, say_stage
from isocenter.files.texts import printable
from isocenter.files.unchanged import States
from isocenter.files.writing import expect_no_other_files, write_whole

if TYPE_CHECKING:
    from isocenter.terms.chart import Constraint

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def add_measure(commands: "Commands") -> None:
    """Add the command measure."""
    command = commands.add_parser("measure", help="measure a plan from its DICOM-RT files")
    command.add_argument(
        "plan",
        type=given_path,
        metavar="PLAN_FOLDER",
        help="folder with the DICOM-RT files: CT, structures, plan, dose, treatment records",
    )
    command.add_argument(
        "--out",
        type=folder_to_write,
        metavar="FOLDER",
        help="write the page, the scorecard, the measures and the pictures to this folder",
    )
    _add_goals(command)
    command.add_argument("--json", action="store_true", help="print the measures as JSON")
    command.add_argument(
        "--plan",
        dest="plan_label",
        action="append",
        metavar="LABEL",
        help="the plan to measure, by label or UID, where there are several; repeatable",
    )
    command.add_argument(
        "--prescribed", type=dose_of, metavar="GY", help="the prescribed dose, where the plan states none"
    )
    command.add_argument(
        "--verification",
        type=given_path,
        action="append",
        metavar="PATH",
        help="measured or recalculated dose, a file or folder, in addition to PLAN_FOLDER/verification; repeatable",
    )
    command.add_argument(
        "--gamma",
        action="append",
        metavar="CRITERIA",
        help="dose %%/distance mm[/global or local[/threshold %%]], repeatable (default: 3/2/global/10)",
    )
    command.set_defaults(run=_measure)


def _measure(options: argparse.Namespace) -> int:
    from isocenter.measuring import measure_folder

    constraints = _goals_of(options.goals)
    measured = measure_folder(
        options.plan,
        constraints=constraints,
        plans=options.plan_label or (),
        charted_dose_gy=options.prescribed,
        verification=options.verification or (),
        gamma_criteria=options.gamma or (),
        with_pictures=options.out is not None,
        progress=say_stage,
    )
    if not measured.plan.rows:
        from isocenter.errors import UnreadableInput

        why = " ".join(f"{problem.sentence.rstrip('.')}." for problem in measured.problems[:2]).rstrip(".")
        raise UnreadableInput(f"{options.plan}: nothing in it can be measured: {why}")
    from isocenter.report.measures_page import evidence_of, measures_as_json, measures_as_page, measures_as_text
    from isocenter.report.scorecard import published_limits, scorecards_as_csv
    from isocenter.rulebook.rulebook import load_data

    published = published_limits([load_data("imrt")])
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


def _add_goals(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--goals",
        type=given_path,
        metavar="FILE",
        help="a CSV file of goals: structure, metric, comparison, limit, unit",
    )


def _goals_of(file: Path | None) -> "list[Constraint]":
    if file is None:
        return []
    from isocenter.planning.objective.goals import read_goals

    return read_goals(file)


def add_plan(commands: "Commands") -> None:
    """Add the command plan."""
    command = commands.add_parser("plan", help="make the IMRT and the 3D conformal plan of a patient, and compare them")
    command.add_argument(
        "folder",
        type=given_path,
        metavar="CASE_OR_DICOM",
        help="a case folder, or DICOM-RT files with CT, structures and a prescription",
    )
    command.add_argument(
        "--technique", choices=("imrt", "conformal", "both"), default="both", help="which plans to make (default: both)"
    )
    command.add_argument(
        "--delivery",
        choices=("step_and_shoot", "sliding_window", "compensator"),
        default="step_and_shoot",
        help="how the IMRT plan is delivered (default: step_and_shoot)",
    )
    _add_goals(command)
    command.add_argument(
        "--beams",
        type=given_path,
        metavar="FILE_OR_FOLDER",
        help="your beam model, or measurements (default: generic 6 MV)",
    )
    command.add_argument(
        "--site", default="", metavar="SITE", help="the site whose beam arrangement is used (default: the case's)"
    )
    command.add_argument(
        "--spacing", type=float, default=3.0, metavar="MM", help="spacing of the planning grid (default: 3)"
    )
    command.add_argument(
        "--readings",
        type=given_path,
        metavar="FILE",
        help="a TOML file of `reading = value` lines, such as the block margin",
    )
    command.add_argument(
        "--out", type=folder_to_write, metavar="FOLDER", help="write the comparison and the plans to this folder"
    )
    command.set_defaults(run=_plan)


def _plan(options: argparse.Namespace) -> int:
    from isocenter.plan_making import TECHNIQUES, choices_of, content_key, files_taken, make_plans
    from isocenter.report.plans_page import kept_text, plans_as_text, write_plans_whole
    from isocenter.rulebook.readings import read_chosen_readings
    from isocenter.rulebook.rulebook import load_policies

    chosen = read_chosen_readings(options.readings) if options.readings else ()
    (policy,) = load_policies(["imrt"], chosen, f"set in {options.readings.name}" if options.readings else "")
    techniques = TECHNIQUES if options.technique == "both" else (options.technique,)
    key = ""
    files = files_taken(options.folder, (options.goals, options.beams), options.out)
    states = States.of(files, options.folder)
    if options.out:
        choices = (techniques, options.site, options.spacing, options.delivery, choices_of(policy))
        key = content_key(files, *choices)
        if (kept := kept_text(options.out, key)) is not None:
            print(f"isocenter: unchanged since the last run; the plans lie in {options.out}", file=sys.stderr)
            print(printable(kept), end="")
            return 0
    made = make_plans(
        options.folder,
        techniques,
        goals=options.goals,
        beams=options.beams,
        site=options.site,
        spacing_mm=options.spacing,
        delivery=options.delivery,
        policy=policy,
        states=states,
        progress=lambda text: print(f"isocenter: {text}", file=sys.stderr, flush=True),
    )
    if options.out:
        write_plans_whole(made, options.out, key)
    print(printable(plans_as_text(made)), end="")
    return 0


def add_mu_check(commands: "Commands") -> None:
    """Add the command mu-check."""
    command = commands.add_parser(
        "mu-check", help="check the monitor units of each field independently, with your measured beam"
    )
    command.add_argument(
        "folder",
        type=given_path,
        metavar="PLAN_FOLDER",
        help="folder with RTPLAN and RTSTRUCT, and with CT and RTDOSE where there are any",
    )
    command.add_argument(
        "--beams",
        type=given_path,
        required=True,
        metavar="FOLDER",
        help="folder with your measured beam: machine.toml, output factors, depth doses",
    )
    command.add_argument(
        "--point",
        type=place_of,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help="the point to compare at, in mm (default: in the target)",
    )
    command.add_argument("--out", type=folder_to_write, metavar="FOLDER", help="write the page to print to this folder")
    command.add_argument(
        "--confirmed-by", default="", metavar="NAME", help="who reviewed the check; also writes verifications.csv"
    )
    command.add_argument(
        "--confirmed-on", type=day_of, metavar="DAY", help="the date of that review (with --confirmed-by)"
    )
    command.set_defaults(run=_mu_check)


def _mu_check(options: argparse.Namespace) -> int:
    from isocenter.mu_checking import check_plan, expect_confirmable, verifications_of
    from isocenter.report.mu_page import check_as_page, check_as_text, verifications_as_table

    if bool(options.confirmed_by) != bool(options.confirmed_on) or (options.confirmed_by and not options.out):
        from isocenter.errors import UnreadableInput

        raise UnreadableInput("a confirmation needs --confirmed-by, --confirmed-on and --out together")
    checked = check_plan(options.folder, options.beams, tuple(options.point) if options.point else None)
    if options.confirmed_by:
        expect_confirmable(checked, options.confirmed_by, options.confirmed_on)
    print(printable(check_as_text(checked)), end="")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "mu_check.html", check_as_page(checked, options.confirmed_by, options.confirmed_on))
    if options.confirmed_by:
        rows = verifications_of(checked, options.confirmed_by, options.confirmed_on)
        write_whole(options.out / "verifications.csv", verifications_as_table(rows))
    return 0


def add_phantom(commands: "Commands") -> None:
    """Add the command phantom."""
    command = commands.add_parser("phantom", help="make a synthetic DICOM-RT set whose doses are known")
    command.add_argument("name", nargs="?", metavar="NAME", help="the phantom to make; without a name, all are listed")
    command.add_argument("folder", nargs="?", type=folder_to_write, metavar="FOLDER", help="the folder to write it to")
    command.set_defaults(run=_phantom)


def _phantom(options: argparse.Namespace) -> int:
    from isocenter.errors import UnreadableInput
    from isocenter.phantoms.make import make_phantom, phantom_names

    if options.name is None:
        print("\n".join(phantom_names()))
        return 0
    if options.folder is None:
        raise UnreadableInput(f"no folder is named; write isocenter phantom {options.name} FOLDER")
    expect_no_other_files(options.folder)
    make_phantom(options.name, options.folder)
    print(printable(f"wrote {options.folder}"))
    return 0
