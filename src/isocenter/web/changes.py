"""What changed between two reviews of a request, line by line and finding by finding."""

from collections.abc import Iterable
from dataclasses import dataclass

from isocenter.web.models import ReviewedLine, ReviewRun, RunFinding


@dataclass(frozen=True, slots=True)
class LineChange:
    """One claim line whose recommendation, units or presence changed."""

    line: ReviewedLine
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between an earlier and a later review."""

    before: ReviewRun
    after: ReviewRun
    lines: tuple[LineChange, ...]
    settled: tuple[RunFinding, ...]
    opened: tuple[RunFinding, ...]
    files: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether the later review says the same."""
        same = self.before.recommendation == self.after.recommendation
        return same and not self.lines and not self.settled and not self.opened


def changes_between(before: ReviewRun, after: ReviewRun) -> Changes:
    """Compare two runs of one request."""
    earlier = {_key(finding): finding for finding in _open(before)}
    later = {_key(finding): finding for finding in _open(after)}
    return Changes(
        before,
        after,
        tuple(_line_changes(before.lines.all(), after.lines.all())),
        tuple(finding for key, finding in earlier.items() if key not in later),
        tuple(finding for key, finding in later.items() if key not in earlier),
        tuple(_files(before, after)),
    )


def _line_changes(before: Iterable[ReviewedLine], after: Iterable[ReviewedLine]) -> Iterable[LineChange]:
    earlier = {line.claim_line_id: line for line in before}
    later = {line.claim_line_id: line for line in after}
    for key, line in later.items():
        said = _said(earlier[key]) if key in earlier else "not on the claim"
        if said != _said(line):
            yield LineChange(line, said, _said(line))
    for key, line in earlier.items():
        if key not in later:
            yield LineChange(line, _said(line), "not on the claim")


def _said(line: ReviewedLine) -> str:
    units = f", {line.units_allowed} of {line.units} units" if line.recommendation == "reduce" else ""
    return f"{line.recommendation.replace('_', ' ')}{units}"


def _open(run: ReviewRun) -> Iterable[RunFinding]:
    return run.findings.exclude(effect="")


def _key(finding: RunFinding) -> tuple[str, str, str, str]:
    return finding.policy, finding.rule, finding.subject_id, finding.outcome


def _files(before: ReviewRun, after: ReviewRun) -> Iterable[str]:
    earlier = {path: sha256 for path, _, sha256 in before.inputs}
    later = {path: sha256 for path, _, sha256 in after.inputs}
    for path in sorted(earlier.keys() | later.keys()):
        if path not in earlier:
            yield f"{path}: new"
        elif path not in later:
            yield f"{path}: no longer in use"
        elif earlier[path] != later[path]:
            yield f"{path}: replaced"
