"""Charts that write no years: days get the year that the chart shows, and shares and criteria stay what they are."""

from datetime import date

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.patient.days_without_year import with_years
from isocenter.chart.words.dates import writes_day_first
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

BORN = date(1950, 1, 2)
FOLDER = load_policy("imrt").folder
HEAD = "Elm St Radiation chart {year} Meadow Iris #2207 dob 1/2/50\n"
PAGES = (
    "sim 6/3\nsupine, mask made, 4/19 nodes in the scan\nesig S Moss RTT 6/3",
    "qa 6/12\narc 1 gamma 3/2 97.8% measured on the phantom\nesig O Ray PhD 6/12",
    "weekly phys chk 6/20\nmu and dose tally ok, pain 2/10\nesig O Ray PhD 6/20",
)


def chart(year: str, *more: str) -> list:
    texts = [HEAD.format(year=year) + text for text in (*PAGES, *more)]
    return [page_of(text, number) for number, text in enumerate(texts, 1)]


def texts_of(pages: list) -> list[str]:
    return [row.text for page in pages for row in page.rows]


def test_days_of_headings_and_signatures_get_the_year_of_the_chart_and_shares_do_not() -> None:
    texts = texts_of(with_years(chart("yr 2025"), BORN))
    assert "sim 6/3/2025" in texts
    assert "esig O Ray PhD 6/12/2025" in texts
    assert "supine, mask made, 4/19 nodes in the scan" in texts
    assert "arc 1 gamma 3/2 97.8% measured on the phantom" in texts


def test_without_a_year_or_at_the_turn_of_one_no_day_gets_a_year() -> None:
    assert texts_of(with_years(chart(""), BORN)) == texts_of(chart(""))
    turn = chart("yr 2025", "sim 12/30\nmask made\nesig S Moss RTT 12/30", "qa 1/5\nran ok\nesig O Ray PhD 1/5")
    assert texts_of(with_years(turn, BORN)) == texts_of(turn)


def test_the_citation_quotes_the_page_as_it_is_printed() -> None:
    found = abstract_pages(chart("yr 2025"), grammar_of(FOLDER / "chart"), FOLDER)
    signed = [signature for document in found.documents for signature in document.signatures]
    assert {str(each.signed_on) for each in signed} == {"2025-06-03", "2025-06-12", "2025-06-20"}
    assert all("2025" not in each.cited.words for each in signed)


@pytest.mark.parametrize(
    ("texts", "day_first"),
    [
        (["Dose levels 70 / 60 / 54 Gy", "Seen 3/4/2026"], False),
        (["Levels 20 / 10 / 30 Gy"], False),
        (["Signed: 13 / 4 / 2026"], True),
        (["Signed: 4 / 13 / 2026", "Signed 13.4.2026"], False),
        (["13-4-2026"], True),
    ],
)
def test_numbers_apart_tell_by_days_alone_which_comes_first(texts: list[str], day_first: bool) -> None:
    assert writes_day_first(texts) is day_first
