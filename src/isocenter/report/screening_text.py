"""What a screening found, in a few lines for the terminal, and where its time went."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isocenter.report.words import COVERAGE_NOT_ASKED, counted
from isocenter.terms.screening import Summary

_RULES_SHOWN = 12
_KINDS_SHOWN = 5  # of rejected lines and of remarks
_STAGES_SHOWN = 30
_AT_STAKE = {"allowed_amount": "allowed, $", "charge_amount": "charged, $", "": ""}


def summary_as_text(summary: Summary, out: Path) -> str:
    """The main figures: lines, courses, the rules that found most, what was not judged."""
    lines = summary.lines
    recommended = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in summary.courses.items())
    shown = [
        f"{counted(lines['read'], 'line')} read = {lines['judged']:,} judged + {lines['rejected']:,} rejected"
        f" + {lines['other']:,} of services that no rule covers"
        + (f" + {lines['left_out']:,} left out" if lines["left_out"] else ""),
        ": ".join(filter(None, (counted(sum(summary.courses.values()), "course"), recommended))),
    ]
    shown += [] if summary.decides_coverage else [COVERAGE_NOT_ASKED]
    # Damage to an X12 file may take several lines with one entry, or none.
    is_by_line = sum(entry["lines"] for entry in summary.rejects) == lines["rejected"]
    where, one, several = ("rejected", "line", "lines") if is_by_line else ("in rejects.parquet", "entry", "entries")
    shown += [
        f"{where}, {counted(entry['lines'], one, several)}: {entry['reason']}"
        for entry in summary.rejects[:_KINDS_SHOWN]
    ]
    shown += _how_many_more(
        len(summary.rejects), "kind of rejected lines", "kinds of rejected lines", "rejects.parquet"
    )
    shown += [
        f"remark, {counted(entry['times'], 'time')}: {_where(entry)}: {entry['remark']}"
        for entry in summary.remarks[:_KINDS_SHOWN]
    ]
    shown += _how_many_more(len(summary.remarks), "kind of remark", "kinds of remarks", "remarks.parquet")
    open_rules = [rule for rule in summary.findings_by_rule if rule["not_met"] + rule["not_documented"]]
    amount = summary.amount_known
    open_rules.sort(key=lambda rule: -(rule.get(amount) or 0))
    if open_rules:
        shown += ["", f"{'not met':>10} {'to document':>12} {_AT_STAKE[amount]:>15}  rule"]
    for rule in open_rules[:_RULES_SHOWN]:
        at_stake = "" if rule.get(amount) is None else f"{rule[amount]:,.0f}"
        shown.append(
            f"{rule['not_met']:>10,} {rule['not_documented']:>12,} {at_stake:>15}  {rule['rule']} ({rule['policy']})"
        )
    if len(open_rules) > _RULES_SHOWN:
        shown.append(f"and {counted(len(open_rules) - _RULES_SHOWN, 'more rule')}")
    shown += [
        "",
        f"{counted(len(summary.applied_to_nothing), 'rule')} applied to nothing, {len(summary.not_assessed)}"
        " could not be assessed without charts, plans or tables; the summary page names them",
        f"findings, lines, courses, rejects and the summary page are in {out}",
    ]
    return "\n".join(shown) + "\n"


def _how_many_more(kinds: int, one: str, several: str, file: str) -> list[str]:
    more = kinds - _KINDS_SHOWN
    return [f"and {counted(more, f'more {one}', f'more {several}')}; all are in {file}"] if more > 0 else []


def _where(remark: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, (Path(remark["path"]).name, remark["place"])))


def why_not_relied_on(summary: Summary, most_rejected_percent: float) -> str:
    """Why a screening is no ground for anything: no line was judged, or a file or too many lines not read; else ''."""
    lines = summary.lines
    example = summary.rejects[0]["example"] if summary.rejects else ""
    reason = _most_often(example)
    if not lines["judged"]:
        return (
            f"no line was judged of {counted(lines['read'], 'line')} read{reason}; check rejects.parquet, the"
            " codes of the claims and the mapping of their columns"
        )
    if summary.files_unread:
        return files_unread(summary)
    # Corrections and reversals are the course of things: what they take back was read and understood.
    not_understood = lines["rejected"] - lines["set_aside"]
    return why_too_many_rejected(
        not_understood, lines["read"], most_rejected_percent, example, "the claims or the mapping"
    )


def files_unread(summary: Summary) -> str:
    """What files of claims that could not be read make of the answers; '' where there are none."""
    if not summary.files_unread:
        return ""
    return (
        f"{counted(summary.files_unread, 'file')} of claims could not be read to the end: services, corrections and"
        " voids that are missing for that are in no answer, so nothing is refused for what is missing; the remarks and"
        " rejects.parquet name each; correct or map them and screen again before any line is paid"
    )


def why_too_many_rejected(rejected: int, read: int, most_percent: float, example: str, to_correct: str) -> str:
    """The sentence that says so where more than a share of the lines read was rejected, else ''."""
    if rejected * 100 <= read * most_percent:
        return ""
    return (
        f"{rejected:,} of {counted(read, 'line')} were rejected, more than {most_percent:g} %{_most_often(example)};"
        f" correct {to_correct}, or set --most-rejected"
    )


def _most_often(example: str) -> str:
    return f"; most often: {example}" if example else ""


def profile_as_text(summary: Summary) -> str:
    """Where the time went: stages, definitions and rules, the longest first, in seconds of all workers together."""
    longest = sorted(summary.seconds.items(), key=lambda entry: -entry[1])
    shown = [f"{'seconds':>10}  stage, definition or rule"]
    shown += [f"{seconds:>10.2f}  {what}" for what, seconds in longest[:_STAGES_SHOWN]]
    rest = sum(seconds for _, seconds in longest[_STAGES_SHOWN:])
    shown.append(f"{rest:>10.2f}  all {max(0, len(longest) - _STAGES_SHOWN)} others")
    return "\n".join(shown) + "\n"
