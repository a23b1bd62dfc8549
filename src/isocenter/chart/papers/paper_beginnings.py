"""Where a paper of a chart begins: by its form number, its title, an addendum, a draft, or behind a signature."""

import re

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.beginnings_behind import ADDENDUM, begun_behind, is_added_in_a_sentence
from isocenter.chart.papers.beginnings_untitled import begun_without_a_title
from isocenter.chart.papers.entry_heads import head_of_entry
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_ends import is_signed
from isocenter.chart.papers.paper_habits import COUNTED_SECTION, NUMBERED_FORM, Habits
from isocenter.chart.papers.record_fields import fields_of, is_a_line_in_brackets, type_before_a_bar, type_in
from isocenter.chart.papers.record_trailers import is_trailer
from isocenter.chart.papers.row_places import Place, is_an_empty_row
from isocenter.chart.papers.title_places import (
    NOTE_TYPE,
    attests_a_note,
    begins_by_title,
    dates_the_signers_above,
    goes_on_with_its_head,
    heads_a_part_of_what_is_open,
    is_a_letter_under_its_heading,
    is_a_part_of_its_kind,
    is_within_a_block_of_signers,
    titles_what_stands_above,
)
from isocenter.chart.papers.title_styles import is_printed_as_a_title, title_before_text
from isocenter.chart.papers.titles import holds_a_result, sure_title, title_of_form, title_of_words
from isocenter.chart.papers.weekly_entries import begins_a_further_range

_MOST_LINES_OF_A_RUNNING_HEAD = 3


def paper_begun(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    """The paper that begins at a row; None where the paper before goes on."""
    if heads_a_part_of_what_is_open(grammar, place, current) or _is_unanswered(place.row.text):
        return None
    if current is not None and (is_a_letter_under_its_heading(place, current) or attests_a_note(place.row)):
        return None
    if current is not None and _is_more_of_it(grammar, place, current):
        return None
    if current is not None and begins_a_further_range(current, place.row.text):
        return Paper(current.type, current.title, parent=current.parent)
    entry = _begun_by_the_head_of_an_entry(grammar, place) or _begun_by_fields(grammar, habits, place, current)
    entry = entry or _begun_before_a_bar(grammar, place, current)
    if entry is not None:
        return entry
    form = _begun_by_a_form(grammar, habits, place) or _begun_by_its_style(grammar, habits, place, current)
    form = form or _begun_between_marks(grammar, place, current)
    if form is not None:
        return form
    if current is not None and goes_on_with_its_head(place, current):
        return None
    if current is not None and NOTE_TYPE.match(place.row.text):
        return Paper(place.title, place.row.text.strip())
    if current is not None and place.title is not None and titles_what_stands_above(place, current):
        return None
    if place.title is not None and (current is None or begins_by_title(habits, place, current)):
        return Paper(place.title, place.row.text.strip())
    if current is not None:
        adding = begun_behind(grammar, place, current)
        if adding is not None:
            return adding
    return begun_without_a_title(grammar, habits, place, current) if place.title is None else None


def _is_more_of_it(grammar: Grammar, place: Place, current: Paper) -> bool:
    """Whether a row is the end of the paper above it: one of those who signed, a trailer, or what was added in a sentence."""
    return (
        is_within_a_block_of_signers(place)
        or dates_the_signers_above(place)
        or is_an_empty_row(place)
        or is_trailer(grammar, place, current)
        or is_added_in_a_sentence(place, current)
    )


def _is_unanswered(text: str) -> bool:
    """Whether a row is a question of a form whose boxes are all open, such as: Bolus ☐ needed ☐ not needed."""
    return (text.count("☐") > 1 or text.rstrip().endswith("☐")) and not re.search("[☒☑]", text)


def _begun_by_the_head_of_an_entry(grammar: Grammar, place: Place) -> Paper | None:
    """A note of a printout of a record system, of the type that its head names; nurses write none of the list."""
    head = head_of_entry(place.row.text, place.text_below)
    if head is None:
        return None
    if head.is_of_staff:
        return Paper(grammar.no_document, place.row.text.strip())
    return Paper(sure_title(grammar, head.type_words) if head.type_words else None, head.type_words)


def _begun_before_a_bar(grammar: Grammar, place: Place, current: Paper | None) -> Paper | None:
    """A paper whose title, day and author stand between typed bars, at the head of a page or behind a signed paper."""
    kind = type_before_a_bar(grammar, place.row.text)
    is_head = current is None or (current.type is None and len(current.lines) <= _MOST_LINES_OF_A_RUNNING_HEAD)
    is_here = is_head or place.first or (current is not None and is_signed(current))
    is_here = is_here or is_a_line_in_brackets(place.row.text.strip())
    return Paper(kind, place.row.text.strip()) if kind is not None and is_here else None


def _begun_by_fields(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    """An entry of a record system whose type, day and author stand on one line; none right below the title of a paper."""
    fields = fields_of(place.row) if habits.field_heads else {}
    if not fields or tuple(fields) not in habits.field_heads:
        return None
    kind = type_in(grammar, fields)
    is_below_its_title = current is not None and current.type is not None and len(current.lines) == 1
    return None if is_below_its_title else Paper(kind, place.row.text.strip())


def _begun_by_a_form(grammar: Grammar, habits: Habits, place: Place) -> Paper | None:
    if habits.counts_sections and COUNTED_SECTION.match(place.row.text):
        return Paper(
            title_of_words(grammar, COUNTED_SECTION.sub("", place.row.text)) or place.title, place.row.text.strip()
        )
    found = NUMBERED_FORM.match(place.row.text) if habits.numbered else None
    if found is None or found[1].lower() not in habits.numbered or holds_a_result(place.row.text):
        return None
    return Paper(title_of_form(grammar, place.row) or place.title, place.row.text.strip())


def _begun_between_marks(grammar: Grammar, place: Place, current: Paper | None) -> Paper | None:
    """A note behind a signed one whose title stands between marks on the line of its text, such as: << PHONE >> ..."""
    words = title_before_text(place.row.text) if current is not None and is_signed(current) else ""
    return Paper(title_of_words(grammar, words), words) if words else None


def _begun_by_its_style(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    """A paper whose heading is printed as the chart prints its titles, whether its words are known or not."""
    if not is_printed_as_a_title(place.row, habits.title_styles, place.size) or ADDENDUM.match(place.row.text):
        return None
    if current is not None and is_a_part_of_its_kind(place, current):
        return None
    words = place.row.text.strip()
    return Paper(place.title or title_of_words(grammar, words), words)
