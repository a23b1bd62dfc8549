"""Commands that serve: the workbench with its journal, the FHIR interfaces, and what a person determines."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.cli.common import day_of, folder_to_write, given_path, processes_of, say_problems, whole_number
from isocenter.errors import UnwritableOutput
from isocenter.files.texts import json_without_controls, printable, shown
from isocenter.files.writing import expect_a_place_to_write

if TYPE_CHECKING:
    from isocenter.fhir.serving.serving import FhirServing

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def add_serve(commands: "Commands") -> None:
    """Add the command serve."""
    command = commands.add_parser("serve", help="serve the workbench, where people determine requests")
    command.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on (default: this machine only)"
    )
    command.add_argument("--port", type=_port, default=8000, metavar="N", help="the port (default: 8000)")
    command.add_argument(
        "--data", type=given_path, metavar="FOLDER", help="folder for the data (default: isocenter-workbench)"
    )
    command.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="number of workers that review requests (default: 1)"
    )
    command.add_argument("--only-work", action="store_true", help="only review requests, without serving pages")
    fhir = command.add_argument_group("FHIR interfaces", "served with the pages, under /fhir, for known clients")
    fhir.add_argument("--fhir-only", action="store_true", help="serve only these, without pages and queue")
    fhir.add_argument(
        "--processes",
        type=processes_of,
        metavar="N",
        help="number of processes that answer FHIR clients, with --fhir-only (default: 1)",
    )
    fhir.add_argument(
        "--policy", action="append", metavar="POLICY", help="policy by which requests are answered (default: imrt)"
    )
    fhir.add_argument("--payer", default="Isocenter", metavar="NAME", help="the payer in whose name answers are given")
    fhir.add_argument(
        "--policy-url", default="", metavar="URL", help="address at which the policy is published, for links"
    )
    fhir.add_argument(
        "--clients", type=given_path, metavar="FILE", help="a JSON file of the clients and their public keys (JWKS)"
    )
    fhir.add_argument("--without-authentication", action="store_true", help="answer every client")
    fhir.add_argument("--records", type=given_path, metavar="FILE", help="file in which answers are kept")
    fhir.add_argument("--package", action="append", type=given_path, help="a package of profiles to check against")
    fhir.add_argument(
        "--reason-codes",
        type=given_path,
        metavar="FILE",
        help="a CSV file of reason codes by rule: policy,rule,system,code",
    )
    command.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    fhir = _fhir_serving(options)
    if options.processes is not None and not options.fhir_only:
        from isocenter.errors import UnreadableInput

        raise UnreadableInput(
            "--processes is for --fhir-only; beside the workbench run further web processes as docs/workbench.md says"
        )
    if options.fhir_only:
        from isocenter.fhir.serving.serving import serve as serve_fhir

        serve_fhir(fhir, lambda line: print(printable(line), flush=True))
        return 0
    from isocenter.web.serving.server import Serving, serve

    if options.data is not None:
        expect_a_place_to_write(options.data, is_folder=True)
        _expect_no_folder_of_others(options.data)

    is_asked = fhir.clients is not None or fhir.without_authentication
    beside = fhir if is_asked and not options.only_work else None
    wanted = Serving(options.host, options.port, options.data, options.workers, options.only_work, beside)
    serve(wanted, lambda line: print(printable(line), flush=True))
    return 0


_OF_A_WORKBENCH = ("secret-key", "workbench.sqlite3", "fhir-answers.db")  # one of which its folder holds


def _expect_no_folder_of_others(folder: Path) -> None:
    """UnwritableOutput where a folder holds files and none of a workbench, as one of a case does.

    A folder in it may be the file system's own.
    """
    files = sorted(one.name for one in folder.iterdir() if one.is_file()) if folder.is_dir() else []
    others = [name for name in files if not name.startswith(".")]
    if others and not set(_OF_A_WORKBENCH) & set(files):
        raise UnwritableOutput(
            f"{shown(folder)}: holds {shown(others[0])} and no data of a workbench; name its folder, or a new one"
        )


def _fhir_serving(options: argparse.Namespace) -> "FhirServing":
    from isocenter.fhir.serving.serving import FhirServing
    from isocenter.fhir.settings import Payer

    return FhirServing(
        options.host,
        options.port,
        options.policy or ["imrt"],
        Payer(options.payer, options.policy_url),
        records=options.records,
        clients=options.clients,
        without_authentication=options.without_authentication,
        packages=options.package or (),
        processes=options.processes or 1,
        reason_codes=options.reason_codes,
    )


def add_determine(commands: "Commands") -> None:
    """Add the command determine."""
    command = commands.add_parser("determine", help="record what a person determined of a pended FHIR request")
    command.add_argument("assertion_id", metavar="ID", help="the ID of the response, as in response-ID")
    command.add_argument(
        "--records", required=True, type=given_path, metavar="FILE", help="file in which answers are kept"
    )
    decision = command.add_mutually_exclusive_group(required=True)
    decision.add_argument("--approve", action="store_true", help="approve what was pended")
    decision.add_argument("--deny", action="store_true", help="deny what was pended")
    command.add_argument("--reason", default="", help="the specific reason, with the passage; needed with --deny")
    command.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="POLICY/RULE",
        help="a rule that is not met, as docs/rules.md names it; repeatable (default: those that were open)",
    )
    command.add_argument(
        "--policy", action="append", metavar="POLICY", help="policy by which the request was answered (default: imrt)"
    )
    command.add_argument("--name", default="", help="name of the person who makes the determination")
    command.add_argument("--npi", default="", help="NPI of the clinician who denies")
    command.add_argument("--specialty", default="", help="specialty of the clinician who denies")
    command.add_argument("--on", type=day_of, metavar="DAY", help="date of the determination (default: today)")
    command.set_defaults(run=_determine)


def _determine(options: argparse.Namespace) -> int:
    from isocenter.fhir.serving.serving import determine

    determine(
        options.records,
        options.assertion_id.removeprefix("response-"),
        is_approved=options.approve,
        reason=options.reason,
        reviewer_name=options.name,
        reviewer_npi=options.npi,
        reviewer_specialty=options.specialty,
        rules=options.rule,
        policies=options.policy or ["imrt"],
        on=options.on or date.today(),
    )
    print(f"recorded: {'approved' if options.approve else 'refused'} by {printable(options.name)}")
    return 0


def add_journal(commands: "Commands") -> None:
    """Add the command journal."""
    command = commands.add_parser(
        "journal", help="verify the workbench's journal, or compute an exported request again"
    )
    command.add_argument(
        "action", choices=("verify", "recompute"), help="verify the journal, or recompute an exported request"
    )
    command.add_argument(
        "archive", nargs="?", type=given_path, metavar="ARCHIVE", help="the exported request to recompute"
    )
    command.add_argument("--data", type=given_path, metavar="FOLDER", help="the workbench's data folder")
    command.add_argument(
        "--head", default="", metavar="HASH", help="a hash noted earlier; finds entries cut off at the end"
    )
    command.set_defaults(run=_journal)


def _journal(options: argparse.Namespace) -> int:
    from isocenter.errors import UnreadableInput
    from isocenter.web.serving.record import recompute_archive, verify_journal

    def say(line: str) -> None:
        print(printable(line))

    if options.action == "verify":
        return 0 if verify_journal(options.data, options.head, say) else 2
    if options.archive is None:
        raise UnreadableInput("name the archive to recompute, such as R-000012.zip")
    return 0 if recompute_archive(options.archive, say) else 2


def add_scenario(commands: "Commands") -> None:
    """Add the command scenario."""
    command = commands.add_parser("scenario", help="write the FHIR requests that a client would send about a case")
    command.add_argument("case", type=given_path, metavar="CASE", help="a case folder, or a file of claims")
    command.add_argument(
        "--out", required=True, type=folder_to_write, metavar="FOLDER", help="the folder to write the requests to"
    )
    command.add_argument("--policy", action="append", metavar="POLICY", help="policy to review by (default: imrt)")
    command.add_argument("--course", default="", metavar="ID", help="the course, where the case holds several")
    command.set_defaults(run=_scenario)


def _scenario(options: argparse.Namespace) -> int:
    from isocenter.fhir.scenarios import write_scenario

    for path in write_scenario(options.case, options.out, options.policy or ["imrt"], options.course, say_problems):
        print(printable(f"wrote {path}"))
    print("docs/fhir.md shows how to send them")
    return 0


def add_validate(commands: "Commands") -> None:
    """Add the command validate."""
    command = commands.add_parser("validate", help="check FHIR resources against packages of profiles")
    command.add_argument("files", nargs="+", type=given_path, metavar="FILE", help="FHIR R4 as JSON or NDJSON")
    command.add_argument(
        "--package",
        action="append",
        required=True,
        type=given_path,
        help="a package of FHIR profiles (.tgz), or a folder of its files; may be repeated",
    )
    command.add_argument(
        "--profile", default="", metavar="URL", help="check against this profile, whatever the resource claims"
    )
    command.add_argument("--json", action="store_true", help="print an OperationOutcome")
    command.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> int:
    import json
    from difflib import get_close_matches

    from isocenter.errors import UnknownName
    from isocenter.fhir.structures.definitions import Definitions
    from isocenter.fhir.validation import faults_among, outcome_of_files, validate_file
    from isocenter.report.words import counted

    definitions = Definitions.of(*options.package)
    if options.profile and definitions.profile(options.profile) is None:
        known = get_close_matches(options.profile, definitions.urls, n=3, cutoff=0) or definitions.urls[:3]
        raise UnknownName(f"no package holds the profile {options.profile}; the nearest known are {', '.join(known)}")
    found = [one for file in options.files for one in validate_file(file, definitions, options.profile)]
    faults = faults_among(found)
    if options.json:
        print(json_without_controls(json.dumps(outcome_of_files(found), ensure_ascii=False, indent=2)))
    else:
        for one in found:
            print(printable(one.line()))
        print(f"{counted(len(options.files), 'file')} checked, {counted(faults, 'fault')}")
    return 2 if faults else 0


def _port(text: str) -> int:
    return whole_number(text, "port", 1, 65_535)


def _workers(text: str) -> int:
    return whole_number(text, "number of processes", 0, 64)
