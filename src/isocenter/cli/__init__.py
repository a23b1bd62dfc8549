"""The command line: parses, calls the room that does the work, prints what it says."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from isocenter import edge
from isocenter.cli.cases import add_abstract, add_new, add_review
from isocenter.cli.claims import add_screen, add_synthesize
from isocenter.cli.common import (
    expect_places_to_write,
    file_to_write,
    folder_to_write,
    folders_held,
    given_path,
    letter_file,
    outputs_of,
    page_file,
)
from isocenter.cli.plans import add_measure, add_mu_check, add_phantom, add_plan
from isocenter.cli.policies import add_check, add_rules
from isocenter.cli.serving import add_determine, add_journal, add_scenario, add_serve, add_validate

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, whatever it found, 2 when it could not, 130 when it was stopped."""
    given = argparse.Namespace()
    os.environ["PYTHONSAFEPATH"] = "1"  # else processes begun here import what lies in the folder of a stranger's case

    def parse() -> int:
        _parser().parse_args(arguments, given)
        return 0

    def work() -> int:
        expect_places_to_write(given)
        with folders_held(given):
            return int(given.run(given))

    return edge.run(parse, "") or edge.run(work, given.run.__name__.strip("_"))


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="isocenter", description="Reviews a course of IMRT against its coverage policy."
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and stop")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (
        add_review,
        add_abstract,
        add_screen,
        add_measure,
        add_plan,
        add_mu_check,
        add_rules,
        add_check,
        add_validate,
        add_scenario,
        add_new,
        add_phantom,
        add_synthesize,
        _add_demo,
        add_serve,
        add_determine,
        add_journal,
        _add_completion,
    ):
        add(commands)
    for name, command in commands.choices.items():
        command.set_defaults(writes=outputs_of(command))
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        command.epilog = "\n  ".join(["examples:", *_EXAMPLES.get(name, ())])
    return parser


_EXAMPLES = {
    "review": (
        "isocenter review CASE --report report.html",
        "isocenter review claims.837 --json",
        "isocenter review claims.837 --each reports",
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
    "scenario": ("isocenter scenario CASE --out bodies",),
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
    command.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that will read the script")
    command.set_defaults(run=_completion)


def _completion(options: argparse.Namespace) -> int:
    import shtab

    parser = _parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for command in commands.choices.values():
        for action in command._actions:
            kinds = (Path, given_path, folder_to_write, file_to_write, page_file, letter_file)
            if action.type in kinds or action.metavar in ("CASE", "CLAIMS"):
                action.complete = shtab.DIRECTORY if action.metavar == "FOLDER" else shtab.FILE
    print(shtab.complete(parser, options.shell))
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one sentence, as every other mistake is said."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows what can be given\n")


class _ShowVersion(argparse.Action):
    """Looks up the version when it is asked for: every other start does without."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and stop."""
        from isocenter import __version__

        print(f"isocenter {__version__}")
        parser.exit()


def _add_demo(commands: "Commands") -> None:
    command = commands.add_parser("demo", help="review the bundled examples and say where the reports are")
    command.add_argument(
        "--out",
        type=folder_to_write,
        default=Path("reports"),
        metavar="FOLDER",
        help="folder for the reports (default: reports)",
    )
    command.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from isocenter.demo import review_examples

    for line in review_examples(options.out):
        print(line)
    return 0
