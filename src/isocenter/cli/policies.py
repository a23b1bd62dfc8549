"""Commands about policies: list their rules, check their folders."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.cli.common import file_to_write, given_path, passages_of
from isocenter.files.texts import printable
from isocenter.files.writing import write_whole

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def add_rules(commands: "Commands") -> None:
    """Add the command rules."""
    command = commands.add_parser("rules", help="show every rule: what it demands, which passage says so, what follows")
    command.add_argument("--json", action="store_true", help="print the rules as JSON")
    command.add_argument("--write", type=file_to_write, metavar="FILE", help="write the reference page of the rules")
    command.add_argument(
        "--write-tables", type=file_to_write, metavar="FILE", help="write the reference page of the tables"
    )
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


def add_check(commands: "Commands") -> None:
    """Add the command check."""
    command = commands.add_parser("check", help="check a policy folder: citations, codes, readings, SQL; run its cases")
    folder_help = "a folder, or the name of a bundled policy; without it all bundled ones, whose cases are not run"
    command.add_argument("folder", nargs="?", metavar="POLICY_FOLDER", help=folder_help)
    cases_help = "cases in addition to those in POLICY_FOLDER/cases, below the policy's name (default: tests/policies)"
    command.add_argument("--cases", type=given_path, metavar="FOLDER", help=cases_help)
    text_help = "a copy of a policy's text to resolve citations; without a folder, of the coverage policy for IMRT"
    command.add_argument("--policy-text", type=given_path, metavar="FILE", help=text_help)
    command.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from isocenter.chart.course.learning_kinds import check_kind_weights
    from isocenter.chart.signatures.learning import check_weights
    from isocenter.chart.statements.check import check_grammar
    from isocenter.report.words import counted
    from isocenter.review.duckdb_engine import dry_run
    from isocenter.review.rule_cases import cases_of, cases_without_rule, run_cases
    from isocenter.rulebook.applies import NAME as APPLIES
    from isocenter.rulebook.check import check
    from isocenter.rulebook.rulebook import lies_in_package, load_policy, policy_names

    beside = options.cases or Path("tests/policies")
    mistakes = 0
    for name in [options.folder] if options.folder else policy_names():
        rulebook = load_policy(name)
        passages = passages_of(options.policy_text, rulebook) if options.folder or rulebook.name == "imrt" else None
        cases = {found.rule.name: found.cases for found in cases_of(rulebook, beside)}
        looked_for = beside.is_dir() or not lies_in_package(rulebook)
        found = check(rulebook, cases if looked_for else None, passages) or dry_run(rulebook)
        found = [*found, *cases_without_rule(rulebook, beside)]
        phrases = rulebook.folder / "chart"
        found = [*found, *(check_grammar(rulebook) or [*check_weights(phrases), *check_kind_weights(phrases)])]
        remarks: tuple[str, ...] = ()
        if options.folder and not found:
            answered = run_cases(rulebook, beside)
            found, remarks = list(answered.mistakes), answered.remarks
        for sentence in (*found, *(f"remark: {remark}" for remark in remarks)):
            print(printable(f"{rulebook.name}: {sentence}"))
        mistakes += len(found)
        ran = sum(map(len, cases.values()))
        looked_at = f"{counted(len(rulebook.rules), 'rule')}, {counted(len(rulebook.definitions), 'definition')}"
        looked_at += f", {counted(ran, 'case')} {'run' if options.folder else 'read'}" if looked_for else ""
        unread = [] if passages else ["no copy of the policy text: citations were checked by their form only"]
        unread += (
            [] if looked_for else [f"no folder {beside}: the cases of bundled policies, which lie there, were not run"]
        )
        taken_over = {rule.name for rule in rulebook.rules if not rule.path.is_relative_to(rulebook.folder)}
        without = len(taken_over - cases.keys() - {APPLIES}) if looked_for else 0
        unread += [f"the cases of {counted(without, 'rule')} taken over were not found"] if without else []
        print(
            f"{rulebook.name}: {looked_at}, {counted(len(found), 'mistake')}" + "".join(f"; {text}" for text in unread)
        )
    return 2 if mistakes else 0
