"""Measured results that only the words of a verification's elements give, as rows where one of them may fail."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.chart import Document, DocumentElement
from isocenter.terms.plans import Verification
from isocenter.terms.tables import FactRow

_KIND, _RATE = "dosimetric_verification", "gamma_pass_rate"
_LIMITS = ("gamma_action_limit_percent", "chamber_deviation_limit_percent")
_CHART = "chart"  # the plan of results without a plan's name
_NUMBER = re.compile(r"(?<![\w.,])(?<![\w]/)(\d{1,3}(?:[.,]\d+)?)\s*(%|percent\b|per cent\b|pct\b)?", re.IGNORECASE)
_THRESHOLD = re.compile(r"\bth(?:r|reshold)?\b\W*\d+\s*%?", re.IGNORECASE)
_BARE_RATE = re.compile(
    r"\b(?:gamma|pass(?:ing|ed|es)?|rate)\b[^\d;.]{0,20}(?<![-+/\d])(\d{2}(?:[.,]\d+)?)"
    r"(?![\d/%]|[.,]\d|\s*(?:%|/|[cm]m\b|c?gy\b|mu\b|deg|points\b|fields?\b|arcs?\b|beams?\b))",
    re.IGNORECASE,
)
_LEAST_SHARE_PERCENT = 20
# When a point passes, which is no result.
_OF_A_POINT = re.compile(
    r"(\bgamma\b(?: index| value)?)\s*(?:is )?(?:<=?|≤|below|under|less than|at most)\s*1(?:[.,]0+)?"
    r"(?![\d.,]*\d|\s*%)",
    re.IGNORECASE,
)
# A share of passing points as a fraction of one. A gamma of 0.62 alone may be the mean index, which is good.
_FRACTION, _LIMIT_AS_FRACTION = (
    re.compile(
        rf"(\b{words}\b(?:(?!mean|average|avg|max|median)[^\d;.]){{0,20}})(?<![\d.,+-])(0?[.,]\d{{1,4}}|1[.,]0{{1,4}})"
        r"(?![\d/%]|[.,]\d|\s*(?:%|/|[cm]m\b|c?gy\b|cc\b|mu\b|deg))",
        re.IGNORECASE,
    )
    for words in ("pass(?:ing|ed|es)?", "(?:action|limit|level|tolerance|required|minimum|least)")
)
_COUNT = r"(\d{1,3}(?:,\d{3})+|\d{2,6})"
_OF_POINTS = r"(?:points|detectors|diodes|chambers)"
_POINTS = re.compile(
    rf"(?<![\w.,]){_COUNT}\s*(?:/|of|out of)\s*{_COUNT}(\s*(?:{_OF_POINTS}\b[^\d;]{{0,20}})?\bpass)", re.IGNORECASE
)
_POINTS_FIRST = re.compile(
    rf"(?<![\w.,]){_COUNT}\s*{_OF_POINTS}\b.{{0,40}}?(?<![\w.,]){_COUNT}(\s*(?:{_OF_POINTS}\s*)?\bpass)",
    re.IGNORECASE,
)
_PASSED_AND_FAILED = re.compile(
    rf"(?<![\w.,]){_COUNT}\s*(?:{_OF_POINTS}\s*)?(pass(?:ed|ing|es)?)\b[^\d]{{0,10}}?(?<![\w.,])"
    rf"(\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}})\s*(?:{_OF_POINTS}\s*)?fail\w*",
    re.IGNORECASE,
)


def results_in_words(rows: Sequence[FactRow], rulebooks: Sequence[Rulebook]) -> list[Verification]:
    """The results of measurements that details of verifications state and no row of the case gives, course by course.

    They count for a course of which a detail holds a share of points or a deviation beyond the limits of the policies,
    and then all do, because a later measurement takes the place of an earlier one. Where no number is near a limit, the
    element says enough, and there are no rows.
    """
    limits = {one.name: float(one.value) for book in rulebooks for one in book.readings if one.name in _LIMITS}
    if len(limits) < len(_LIMITS):
        return []
    papers = {one.document_id: one for one in rows if isinstance(one, Document) and one.kind == _KIND}
    stated = [
        (papers[row.document_id], _in_percent(row.detail))
        for row in rows
        if isinstance(row, DocumentElement) and row.detail and row.document_id in papers
    ]
    doubtful = {paper.course_id for paper, detail in stated if _may_fail(detail, *(limits[name] for name in _LIMITS))}
    given = {(row.course_id, row.value) for row in rows if isinstance(row, Verification)}
    found = [
        result
        for paper, detail in stated
        if paper.course_id in doubtful
        for result in _results(paper.course_id, paper.document_date, detail)
        if (result.course_id, result.value) not in given
    ]
    return list(dict.fromkeys(found))


def _in_percent(detail: str) -> str:
    """The words with shares of passing points, where they are fractions or counts, in percent."""

    def share(passed: str, points: str, words: str, otherwise: str) -> str:
        some, whole = (int(count.replace(",", "")) for count in (passed, points))
        return f"{100 * some / whole:.4g} %{words}" if some <= whole and whole else otherwise

    def of_both(found: re.Match[str]) -> str:
        whole = sum(int(count.replace(",", "")) for count in (found[1], found[3]))
        return share(found[1], f"{whole}", f" {found[2]}", found[0])

    def of_one(found: re.Match[str]) -> str:
        return f"{found[1]}{100 * float(found[2].replace(',', '.')):.4g} %"

    detail = _OF_A_POINT.sub(r"\1", detail)
    if _FRACTION.search(detail):
        detail = _LIMIT_AS_FRACTION.sub(of_one, _FRACTION.sub(of_one, detail))
    detail = _PASSED_AND_FAILED.sub(of_both, detail)
    detail = _POINTS_FIRST.sub(lambda found: share(found[2], found[1], found[3], found[0]), detail)
    return _POINTS.sub(lambda found: share(found[1], found[2], found[3], found[0]), detail)


def _may_fail(detail: str, least_share_percent: float, largest_deviation_percent: float) -> bool:
    """Whether a number of the words may be a share of points, or a deviation, beyond its limit."""
    for number, sign in _NUMBER.findall(_THRESHOLD.sub(" ", detail)):
        value = float(number.replace(",", "."))
        if _LEAST_SHARE_PERCENT <= value < least_share_percent:
            return True
        if sign and largest_deviation_percent < value < _LEAST_SHARE_PERCENT:
            return True
    return False


def _results(course_id: str, day: date | None, detail: str) -> Iterator[Verification]:
    # Only a detail in doubt needs the reader of charts.
    from isocenter.chart.results.in_words import measured_in_words  # noqa: PLC0415

    found = list(measured_in_words(detail, _CHART, course_id, day))
    yield from found
    if not found and (bare := _BARE_RATE.search(detail)) is not None:
        value = float(bare[1].replace(",", "."))
        yield Verification(_CHART, course_id, "measurement", "", day, "", value, "%", _RATE)
