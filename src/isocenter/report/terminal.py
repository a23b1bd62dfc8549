"""A review as text for a terminal: the verdict, what would change it, and what to send; a screenful."""

import textwrap
from collections.abc import Iterator, Sequence

from isocenter.report.claims import Row, claim_rows, subject_text
from isocenter.report.points import Point, find_rule, line_counts, open_points, way_to_cover, what_would_change
from isocenter.report.requests import Request, requests
from isocenter.report.words import (
    CLINICIAN_SENTENCE,
    COURSE_NAMES,
    COURSE_SENTENCES,
    EFFECT_NAMES,
    LINE_NAMES,
    PERSON_SENTENCE,
    Effect,
    counted,
    days_text,
    number_ranges,
    sentence,
)
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import CourseRecommendation, LineRecommendation
from isocenter.terms.review import Review

_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_RED, _GREEN, _YELLOW, _MAGENTA = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m"
_COURSE_COLOURS = {
    CourseRecommendation.COVER: _GREEN,
    CourseRecommendation.REQUEST_DOCUMENTATION: _YELLOW,
    CourseRecommendation.DO_NOT_COVER: _RED,
    CourseRecommendation.HUMAN_REVIEW: _MAGENTA,
    CourseRecommendation.OUT_OF_SCOPE: "",
}
_EFFECT_COLOURS = {
    Effect.NOT_NECESSARY: _RED,
    Effect.DENY: _RED,
    Effect.REVIEW: _MAGENTA,
    Effect.REQUEST: _YELLOW,
    Effect.REDUCE: _YELLOW,
    Effect.INFORM: "",
}
_SHOWN_SUBJECTS = 2
_SHOWN_PROBLEMS = 5
_NARROWEST, _WIDEST = 40, 110


def review_as_text(review: Review, rulebooks: Sequence[Rulebook], *, colour: bool, width: int) -> str:
    """The review in words, wrapped to the width; with ANSI colours only where asked for."""
    return _Text(colour, max(_NARROWEST, min(width, _WIDEST))).write(review, rulebooks)


class _Text:
    def __init__(self, colour: bool, width: int) -> None:
        self.colour = colour
        self.width = width

    def write(self, review: Review, rulebooks: Sequence[Rulebook]) -> str:
        points = open_points(review, rulebooks)
        parts = [
            self._headline(review, rulebooks, points),
            self._points(review, points),
            self._lines(claim_rows(review, rulebooks, points)),
            self._requests(requests(review, rulebooks, points)),
            self._problems(review),
            self._not_assessed(review, rulebooks),
        ]
        return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"

    def _headline(self, review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> Iterator[str]:
        name = COURSE_NAMES[review.recommendation]
        yield self._paint(name.upper(), _BOLD + _COURSE_COLOURS[review.recommendation]) + f"  course {review.course.course_id}"
        yield from self._wrap(COURSE_SENTENCES[review.recommendation])
        yield from self._wrap(what_would_change(review, way_to_cover(review, points, rulebooks)))
        yield from self._wrap(CLINICIAN_SENTENCE if review.requires_clinician else PERSON_SENTENCE)
        counts = ", ".join(f"{count} {LINE_NAMES[kind].lower()}" for kind, count in line_counts(review))
        yield f"{counted(len(review.lines), 'line')}: {counts}" if counts else "no claim lines"

    def _points(self, review: Review, points: Sequence[Point]) -> Iterator[str]:
        if points:
            yield self._heading("Open points")
        for point in points:
            effect = self._paint(EFFECT_NAMES[point.effect], _EFFECT_COLOURS[point.effect])
            yield from self._wrap(f"{point.number:>2}  ", point.title, f" [{point.first.cites}]", tail=effect)
            for finding in point.findings[:_SHOWN_SUBJECTS]:
                yield from self._wrap("    ", sentence(f"{subject_text(finding, review)}: {finding.because}"))
            more = len(point.findings) - _SHOWN_SUBJECTS
            if more > 0:
                yield self._paint(f"    and {more} more like it", _DIM)
            if point.effect is not Effect.REQUEST:
                yield from self._wrap("    ", f"To mend: {sentence(point.first.remedy)}")

    def _lines(self, rows: Sequence[Row]) -> Iterator[str]:
        unpaid = [row for row in rows if row.recommendation is not LineRecommendation.PAY]
        if unpaid:
            yield self._heading("Lines not paid as billed")
        for row in unpaid:
            code = "-".join([row.first.procedure_code, *row.modifiers])
            units = f"{row.first.units_allowed} of {counted(row.first.units, 'unit')}"
            points = f"points {number_ranges(point.number for point in row.points)}" if row.points else ""
            times = f"{len(row.lines)} lines, " if len(row.lines) > 1 else ""
            yield from self._wrap(
                f"    {LINE_NAMES[row.recommendation]:<8}", f"{code:<9}{times}{days_text(row.days)}; {units}; {points}"
            )

    def _requests(self, items: Sequence[Request]) -> Iterator[str]:
        if items:
            yield self._heading("To send")
        for item in items:
            because = f" (points {number_ranges(item.points)})" if item.points else ""
            yield from self._wrap(f"{item.number:>2}  ", f"{item.title}: {' '.join(map(sentence, item.remedies))}{because}")

    def _problems(self, review: Review) -> Iterator[str]:
        if review.problems:
            yield self._heading("Problems")
        for problem in review.problems[:_SHOWN_PROBLEMS]:
            where = ", ".join(part for part in (problem.path, problem.place) if part)
            yield from self._wrap("  - ", sentence(f"{where}: {problem.sentence}"))
        more = len(review.problems) - _SHOWN_PROBLEMS
        if more > 0:
            yield f"    and {more} more; the report and the JSON list them all"

    def _not_assessed(self, review: Review, rulebooks: Sequence[Rulebook]) -> Iterator[str]:
        if not review.not_assessed:
            return
        yield self._heading(f"Not assessed: {counted(len(review.not_assessed), 'rule')}")
        by_missing: dict[tuple[str, ...], list[str]] = {}
        for entry in review.not_assessed:
            rule = find_rule(entry.policy, entry.rule, rulebooks)
            by_missing.setdefault(entry.missing, []).append(rule.title if rule else entry.rule)
        for missing, titles in by_missing.items():
            text = f"no {' and no '.join(missing)} supplied: {titles[0]}"
            text += f" and {counted(len(titles) - 1, 'more rule')}" if len(titles) > 1 else ""
            yield from self._wrap("  - ", sentence(text).replace("No ", "no ", 1))

    def _heading(self, text: str) -> str:
        return self._paint(text, _BOLD)

    def _paint(self, text: str, code: str) -> str:
        return f"{code}{text}{_END}" if self.colour and code else text

    def _wrap(self, lead: str, *rest: str, tail: str = "") -> list[str]:
        """The text after a lead that hangs; the tail, already painted, stands on the first line."""
        text = "".join(rest) if rest else lead
        lead = lead if rest else ""
        room = self.width - len(lead)
        lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        first, *more = [(lead if place == 0 else " " * len(lead)) + line for place, line in enumerate(lines)]
        return [f"{first}  {tail}" if tail else first, *more]
