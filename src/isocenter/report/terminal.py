"""A review as text for a terminal: the verdict, what would change it, and what to send; a screenful."""

import textwrap
from collections.abc import Iterator, Sequence

from isocenter.files.texts import printable
from isocenter.report.amounts import amounts_of
from isocenter.report.claims import Row, claim_rows, subject_text
from isocenter.report.points import Point, find_rule, line_counts, open_points, way_to_cover, what_would_change
from isocenter.report.requests import Request, requests
from isocenter.report.words import (
    EFFECT_NAMES,
    LINE_NAMES,
    Effect,
    counted,
    course_name,
    course_sentence,
    days_text,
    dollars,
    listed,
    points_named,
    readable,
    sentence,
    who_determines,
)
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import CourseRecommendation, LineRecommendation
from isocenter.terms.problems import Problem, kind_of
from isocenter.terms.review import Review

# Marks for what the terminal calls by escape sequences: those of a text that came in are taken out before.
_CODES = {"\ufdd0": "\x1b[1m", "\ufdd1": "\x1b[2m", "\ufdd2": "\x1b[0m"}
_CODES |= {"\ufdd3": "\x1b[31m", "\ufdd4": "\x1b[32m", "\ufdd5": "\x1b[33m", "\ufdd6": "\x1b[35m"}
_BOLD, _DIM, _END, _RED, _GREEN, _YELLOW, _MAGENTA = _CODES
_COURSE_COLORS = {
    CourseRecommendation.COVER: _GREEN,
    CourseRecommendation.NECESSITY_NOT_JUDGED: _MAGENTA,
    CourseRecommendation.REQUEST_DOCUMENTATION: _YELLOW,
    CourseRecommendation.DO_NOT_COVER: _RED,
    CourseRecommendation.HUMAN_REVIEW: _MAGENTA,
    CourseRecommendation.OUT_OF_SCOPE: "",
}
_EFFECT_COLORS = {
    Effect.NOT_NECESSARY: _RED,
    Effect.DENY: _RED,
    Effect.REVIEW: _MAGENTA,
    Effect.REQUEST: _YELLOW,
    Effect.REDUCE: _YELLOW,
    Effect.INFORM: "",
}
_SHOWN_PROBLEMS = 5
_NARROWEST, _WIDEST = 40, 110


def review_as_text(review: Review, rulebooks: Sequence[Rulebook], *, color: bool, width: int) -> str:
    """The review in words, wrapped to the width; with ANSI colors only where asked for."""
    text = _Text(color, max(_NARROWEST, min(width, _WIDEST))).write(review, rulebooks)
    return "".join(_CODES.get(letter) or printable(letter) for letter in text)


class _Text:
    def __init__(self, color: bool, width: int) -> None:
        self.color = color
        self.width = width

    def write(self, review: Review, rulebooks: Sequence[Rulebook]) -> str:
        points = open_points(review, rulebooks)
        parts = [
            self._headline(review, points),
            self._problems(review),
            self._points(review, points),
            self._lines(claim_rows(review, rulebooks, points)),
            self._requests(requests(review, rulebooks, points)),
            self._not_assessed(review, rulebooks),
        ]
        return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"

    def _headline(self, review: Review, points: Sequence[Point]) -> Iterator[str]:
        yield (
            self._paint(course_name(review).upper(), _BOLD + _COURSE_COLORS[review.recommendation])
            + f"  course {review.course.course_id}"
        )
        yield from self._wrap(course_sentence(review))
        yield from self._wrap(what_would_change(review, way_to_cover(review, points)))
        yield from self._wrap(who_determines(review))
        counts = ", ".join(f"{count} {LINE_NAMES[kind].lower()}" for kind, count in line_counts(review))
        if review.lines:
            yield f"{counted(len(review.lines), 'claim line')}: {counts}"
        amounts = amounts_of(review, review.lines)
        if amounts:
            yield f"{dollars(amounts.billed)} billed, {dollars(amounts.at_stake)} at stake"

    def _points(self, review: Review, points: Sequence[Point]) -> Iterator[str]:
        """Each point with its title and passage, one finding of it, and what corrects it."""
        effect = None
        for point in points:
            if point.effect is not effect:
                effect = point.effect
                yield self._paint(EFFECT_NAMES[effect], _BOLD + _EFFECT_COLORS[effect])
            cites = f" [{point.first.cites}]" if point.first.cites else ""
            yield from self._wrap(f"{point.number:>2}  ", f"{point.title}{cites}")
            more = f" (and {len(point.findings) - 1} more like it)" if len(point.findings) > 1 else ""
            subject = subject_text(point.first, review)
            found = f"{subject}: " if subject else ""
            found += f"{sentence(point.first.because)}{more}"
            yield from self._wrap("    ", found, style=_DIM)
            if effect is not Effect.REQUEST:
                yield from self._wrap("    ", f"To correct: {sentence(point.first.remedy)}")

    def _lines(self, rows: Sequence[Row]) -> Iterator[str]:
        settled = (LineRecommendation.PAY, LineRecommendation.NOT_JUDGED)
        unpaid = [row for row in rows if row.recommendation not in settled]
        if unpaid:
            yield self._heading("Lines not paid as billed")
        for row in unpaid:
            units = f"{row.first.units_allowed} of {counted(row.first.units, 'unit')}"
            points = points_named([point.number for point in row.points])
            yield from self._wrap(f"  {LINE_NAMES[row.recommendation]:<8}", f"{_billed(row)}; {units}; {points}")
        unjudged = [row for row in rows if row.recommendation is LineRecommendation.NOT_JUDGED]
        if unjudged:
            yield self._heading("Lines that no rule judged")
        for row in unjudged:
            yield from self._wrap("  ", f"{_billed(row)}. {row.said}" if row.said else _billed(row))

    def _requests(self, items: Sequence[Request]) -> Iterator[str]:
        if items:
            yield self._heading("To send")
        for item in items:
            because = f" ({points_named(item.points)})" if item.points else ""
            yield from self._wrap(
                f"{item.number:>2}  ", f"{item.title}: {' '.join(map(sentence, item.remedies))}{because}"
            )

    def _problems(self, review: Review) -> Iterator[str]:
        if review.problems:
            yield self._heading("Problems in the input")
        are_few = len(review.problems) <= _SHOWN_PROBLEMS
        alike: dict[tuple[str, ...], list[Problem]] = {}
        for problem in review.problems:
            kind = (problem.path, str(problem.place) if are_few else "", kind_of(problem.sentence))
            alike.setdefault(kind, []).append(problem)
        for first, *others in list(alike.values())[:_SHOWN_PROBLEMS]:
            where = ", ".join(part for part in (first.path, first.place) if part)
            also = f" ({len(others)} more of this kind)" if others else ""
            yield from self._wrap("  - ", f"{where}: {sentence(first.sentence)}{also}")
        more = sum(map(len, list(alike.values())[_SHOWN_PROBLEMS:]))
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
            more = f" (and {counted(len(titles) - 1, 'more rule')})" if len(titles) > 1 else ""
            tables = sentence(f"{listed([readable(table).lower() for table in missing])} not supplied")
            yield from self._wrap("  - ", sentence(f"{tables} {titles[0]}{more}"))

    def _heading(self, text: str) -> str:
        return self._paint(text, _BOLD)

    def _paint(self, text: str, code: str) -> str:
        return f"{code}{text}{_END}" if self.color and code else text

    def _wrap(self, lead: str, text: str = "", style: str = "") -> list[str]:
        """The text after a lead that hangs; a lead alone is plain text."""
        lead, text = (lead, text) if text else ("", lead)
        lines = textwrap.wrap(text, self.width - len(lead), break_on_hyphens=False) or [""]
        leads = [lead, *[" " * len(lead)] * (len(lines) - 1)]
        return [start + self._paint(line, style) for start, line in zip(leads, lines, strict=True)]


def _billed(row: Row) -> str:
    """The code with its modifiers, how many lines, and their days."""
    times = f"{len(row.lines)} lines, " if len(row.lines) > 1 else ""
    return f"{row.code:<9}{times}{days_text(row.days)}"
