"""Titles of papers: which type of paper a row names, by phrases, telling words and procedure codes."""

import re

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.pages.blocks import is_heading
from isocenter.chart.pages.layout import Cell, Row, Word
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.patient.identity_marks import names_the_patient
from isocenter.chart.words.dates import dates_in, has_date

_LONGEST = 16
_LONGEST_BY_A_WORD = 7
_LONGEST_IN_A_HEAD = 6
_SURE_TITLE = 1.5
_NO_TITLE = re.compile(r":|\d{3}")  # a field of the head or a number of telephone or record
_MOST_CELLS_BY_A_WORD = 3  # more of them head a table
_NUMBER_OF_A_RECORD = re.compile(r"\b[A-Z]{1,4}[- ]?\d{2,}-\d{2,}|\d{5,}")
_MOST_BESIDE = 5  # other words of a title that holds the telling words in any order
NAMED_TITLE = re.compile(
    r"^\W*(?:local title|(?:note|document|doc|form|report|encounter|record|visit|result|entry) (?:type|title|name)|title|note|report|document|memo|subject|type of (?:note|document|report))\s*:\s*(?=\S)",
    re.IGNORECASE,
)
_ENTRY_OF_A_DAY = re.compile(
    r"^\W*(?:encounter|visit|document|event)\s*:\s*(?=[A-Z][A-Za-z /&-]{3,50}\W+\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\W*$)",
    re.IGNORECASE,
)  # the label before a type and its day, such as: Encounter: Office Visit - 3/4/2026
_ENDS_A_SENTENCE_IN_CAPITALS = re.compile(r"\b[A-Z]{4,}\.\s+[A-Z]{2,}\b")
_LARGER = 1.12
_ICON = re.compile(r"^[☑☒✓✔●■▪•◆>#*]+\s+(?=\w)")  # before the title of a printed web form
_FIELD_ROW = re.compile(r"^[A-Za-z][\w /#&.'()-]{1,40}:\s*\S")


def _bare(text: str) -> str:
    """A title in lower case without punctuation."""
    return re.sub(r"[^\w&'/+#-]+", " ", lowered(text)).strip()


def _first_words_title(grammar: Grammar, text: str) -> bool:
    """Whether the words before a dash or a colon are a title themselves, not the name of a department."""
    low = _bare(text)
    held = grammar.titles.may_match(low)
    return any(found.start() == 0 for _, phrase in held if (found := phrase.search(low)))


def is_title(grammar: Grammar, row: Row) -> bool:
    """Whether a row at the head of a page is the title of a paper."""
    return title_of(grammar, row, row.size, False, True) is not None


def title_among(grammar: Grammar, row: Row) -> Row | None:
    """The part of the head of a page that titles a paper, beside the names of clinic and patient; None where none does."""
    cells = list(row.cells) if len(row.cells) > 1 else _parted(row)
    for cell in cells if len(cells) > 1 else []:
        part = Row((cell,))
        words = part.text.split()
        is_a_field = _NAME_OF_A_PLAN.fullmatch(part.text) is not None
        if 1 <= len(words) <= _LONGEST_IN_A_HEAD and not _NO_TITLE.search(part.text) and not is_a_field:
            low = _bare(part.text)
            best = _best_title(grammar, low, heading=True, first=True, skipping=False) if low else None
            if best is not None and best[0] >= _SURE_TITLE and not (best[1].none and _names_first(part.text, row)):
                return part
    return None


_NAME_OF_A_PLAN = re.compile(r"\W*plan(?: (?:name|id|label))?\s*:\s*[\w.-]+\W*", re.IGNORECASE)
_LAST_AND_GIVEN_NAME = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?, ?[A-Z]")


def _names_first(text: str, row: Row) -> bool:
    """Whether a text of a row that names the patient begins with the name, such as: Sample, Casey. It marks no sample then."""
    return _LAST_AND_GIVEN_NAME.match(text) is not None and names_the_patient(row.text)


def _parted(row: Row) -> list[Cell]:
    """The cells of a row between typed bars."""
    cells: list[list[Word]] = [[]]
    for word in row.words:
        if word.text == "|":
            cells.append([])
        else:
            cells[-1].append(word)
    return [Cell(tuple(words)) for words in cells if words]


def title_of(grammar: Grammar, row: Row, size: float, capitals: bool, first: bool) -> PaperType | None:
    """The type of paper that a row titles; None when it titles none."""
    if _ENDS_A_SENTENCE_IN_CAPITALS.search(row.text) or _FIELD_OF_A_ROLE.match(row.text):
        return None
    row = _without_day_beside(row) or before_the_patient(row) or _before_fields(row) or _joined(row, capitals) or row
    text = row.text.strip()
    stands_out = row.bold or row.size > _LARGER * size
    text = _ICON.sub("", text) if stands_out else text
    said = _ASIDE.sub("", text) if stands_out else text  # such as: Image guidance note (tolerance 5 mm)
    if _SIGNS.match(text) or _WAS_NOT_DONE.search(text) or holds_a_result(said) or _IS_A_ROW.match(text):
        return None
    if NAMED_TITLE.match(text):
        text = _FURTHER_FIELD.split(text, maxsplit=1)[0].strip()
    else:
        text = _ENTRY_OF_A_DAY.sub("", text)
    if not 1 <= len(text.split()) <= _LONGEST:
        return None
    heading = is_heading(row, size, capitals)
    found = _title_in(grammar, row, text, heading, first)
    plain = _plain_title(text)
    found = found if found is not None or plain == text else _title_in(grammar, row, plain, heading, first)
    return None if found is not None and found.none and _names_first(text, row) else found


def title_of_form(grammar: Grammar, row: Row) -> PaperType | None:
    """The type of paper that a numbered form is, such as: Form RT-104 Prescription; None where its title is unknown."""
    if holds_a_result(row.text) or _IS_A_ROW.match(row.text):
        return None
    text = _plain_title(_NUMBER_OF_FORM.sub("", row.text.strip()))
    return _title_in(grammar, row, text, True, True) if text and len(text.split()) <= _LONGEST else None


def title_of_words(grammar: Grammar, text: str) -> PaperType | None:
    """The type of paper that a text names where it stands as a title; None when it names none."""
    low = _bare(_without_dates(text))
    best = _best_title(grammar, low, heading=True, first=True, skipping=True) if low else None
    if best is not None and best[0] > 0:
        return best[1]
    parts = _named_by_a_part(grammar, text)
    found = parts[0] if len(parts) == 1 else _by_a_word(grammar, low) if low else None
    apart = _WORDS_WITHOUT_A_SPACE.sub(" ", text)
    return found if found is not None or apart == text else title_of_words(grammar, apart)


_WORDS_WITHOUT_A_SPACE = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")  # as an export names its types: WeeklyPhysics


_PARTS_IN_ONE_LINE = re.compile(r"\s/\s")  # a clinic and its note, or one title in two languages


def _named_by_a_part(grammar: Grammar, text: str) -> list[PaperType]:
    """The types that the parts of a line between slashes name; none for a line without slashes."""
    parts = _PARTS_IN_ONE_LINE.split(text)
    named = (sure_title(grammar, part) for part in parts) if len(parts) > 1 else ()
    return list({kind.name: kind for kind in named if kind is not None}.values())


def sure_title(grammar: Grammar, text: str) -> PaperType | None:
    """The type of paper that words name whole as its title; None where they may say something else."""
    low = _bare(text)
    best = _best_title(grammar, low, heading=True, first=True, skipping=False) if low not in grammar.weak else None
    return best[1] if best is not None and best[0] >= _SURE_TITLE else None


_FIELD_OF_A_ROLE = re.compile(
    r"\W*(?:[A-Za-z/-]+ ){0,2}(?:therapist|physicist|dosimetrist|physician|oncologist|planner|technologist|attending)s?\s*:\s*\S",
    re.IGNORECASE,
)  # such as: SIM THERAPIST: MOSS, SAM RT(T)
_LABEL_OF_AN_ENTRY = re.compile(r"^\W*(?:procedure|service|task|event|activity)\s*:\s*(?=\S)", re.IGNORECASE)
_SALUTATION = re.compile(r"dear\b|to whom\b|to:? (?:dr|prof|doctor)\b", re.IGNORECASE)


def _title_in(grammar: Grammar, row: Row, text: str, heading: bool, first: bool) -> PaperType | None:
    if text.startswith("("):
        return None
    words = text.split()
    short = len(words) <= 6 and text[-1] not in ".,;" and len(row.cells) == 1
    salutation = _SALUTATION.match(text) is not None
    named = NAMED_TITLE.match(text)
    if (
        not heading
        and not first
        and not salutation
        and named is None
        and not (short and (text[0].isupper() or has_date(text)))
    ):
        return None
    if re.search(r"[a-z]{2}\.\s+[A-Z]", text) and not salutation:
        return None
    text = _without_dates(text).strip(" ,;|-–") or text
    named = NAMED_TITLE.match(text)
    of_a_service = first and sure_title(grammar, text.split(":")[0]) is not None
    if named is None and not heading and not salutation and not of_a_service and _FIELD_ROW.match(text):
        return None
    text = _FURTHER_FIELD.split(text[named.end() :], maxsplit=1)[0].strip() if named else text
    words = text.split()
    if not words:
        return None
    heading = heading or named is not None
    behind_dash = re.split(r"\s[-–|]\s|:\s", text, maxsplit=1)
    if len(behind_dash) == 2 and not _first_words_title(grammar, behind_dash[0]):
        text = behind_dash[1] if len(behind_dash[1].split()) >= 2 else text
        words = text.split()
    entry = _LABEL_OF_AN_ENTRY.match(text) if heading else None
    if entry is not None and title_of_words(grammar, text[entry.end() :]) is not None:
        text, behind_dash = text[entry.end() :], [text[entry.end() :]]
    low = _bare(_without_dates(text))
    if not low:
        return None
    coded = [paper for paper in grammar.papers if any(re.search(rf"\b{code}\b", low) for code in paper.codes)]
    coded = coded or (_named_by_a_part(grammar, text) if heading or first else [])
    if len(coded) == 1:
        return coded[0]
    best = _best_title(grammar, low, heading=heading or salutation, first=first, skipping=heading or first)
    whole = _bare(" ".join(behind_dash))
    if whole != low:
        other = _best_title(grammar, whole, heading=heading or salutation, first=first, skipping=heading or first)
        best = max((found for found in (best, other) if found is not None), key=lambda found: found[0], default=None)
    if best is not None and not heading and not first and low in grammar.weak:
        return None
    if best is None or best[0] < 0.5:
        is_short = (
            len(words) <= _LONGEST_BY_A_WORD
            and len(row.cells) <= _MOST_CELLS_BY_A_WORD
            and not _NUMBER_OF_A_RECORD.search(text)
        )
        return _by_a_word(grammar, low) if (heading or first) and is_short else None
    return best[1]


def _best_title(
    grammar: Grammar, low: str, *, heading: bool, first: bool, skipping: bool
) -> tuple[float, PaperType] | None:
    """The title that fits best and how well; `skipping` lets words stand before it that belong to no title."""
    best: tuple[float, PaperType] | None = None
    for paper, phrase in grammar.titles.may_match(low):
        found = phrase.search(low)
        if found is None or found.end() == found.start():
            continue
        skipped = sum(
            word not in grammar.fillers and not word.replace(".", "").isdigit() for word in low[: found.start()].split()
        )
        filling = len(low[: found.start()].split()) - skipped
        if phrase.beside:
            matched = 1 + len(phrase.beside)
            rest = sum(word.isalpha() and len(word) > 3 for word in low.split()) - matched
            worth = matched * 2 - 1.2 - 0.3 * max(rest, 0)
            if (heading or first) and rest <= _MOST_BESIDE and (best is None or worth > best[0]):
                best = (worth, paper)
            continue
        matched = len(found.group().split())
        rest = sum(word.isalpha() and len(word) > 2 for word in low[found.start() :].split()) - matched
        allowed = 3 if skipping else 0
        loose = skipped * 1.0 + max(rest - (4 if skipping or phrase.written.endswith("*") else 1), 0)
        if skipped > allowed or (not heading and loose > 1 and not first):
            continue
        worth = (
            matched * 2 - 3 * skipped - 0.1 * filling - (0.1 if phrase.written.endswith("*") else 0.3) * max(rest, 0)
        )
        if best is None or worth > best[0]:
            best = (worth, paper)
    return best


_FACILITY = re.compile(
    r"\b(?:clinic|cent(?:er|re)|hospital|radiotherapy|oncology|associates|institute|group|partners|university)\b"
)
_PAPER = re.compile(r"\b(?:note|report|record|sheet|form|order|review|summary|check|statement|letter|log)\b")


def _by_a_word(grammar: Grammar, low: str) -> PaperType | None:
    """The one type of paper of which a heading holds a telling word; None where it holds words of several or of none."""
    if _FACILITY.search(low) and not _PAPER.search(low):
        return None
    held = grammar.telling_words.may_match(low)
    told = {id(paper): paper for paper, word in held if word.search(low)}
    return next(iter(told.values())) if len(told) == 1 else None


_NUMBER_OF_FORM = re.compile(r"^\W*[A-Za-z]+\.? (?:No\.? ?|# ?)?[A-Z]{0,4}[-.]?\d{1,8}(?:[-.]\d{1,6})*[A-Z]?\b\W*")
_RESULT = re.compile(r"\d\s?%|\d(?:\.\d+)?\s*(?:MU|cc|mm)\b")


_IS_A_ROW = re.compile(
    r"\W*(?:rev(?:ision)?|version|ver)\.? ?#?\d|\d{1,2} .*\d\s?c?gy\b|\W*form [\w.-]+\W{1,3}(?:rev(?:ision|ised)?|version|ver)\.? ?#?\d[\d/.-]*\W*$",
    re.IGNORECASE,
)  # a revision of what is titled above, a row with a dose, or the number of a form with its revision


def holds_a_result(text: str) -> bool:
    """Whether a row gives a measured number, such as: ARC 2 GAMMA 3%/2MM 98.5 %; it titles nothing."""
    return _RESULT.search(text) is not None


_SIGNS = re.compile(
    r"^\W*(?:(?:electronically|digitally)\b|(?:e-?\W?signed|signed|authenticated|co-?signed|attested|approved|finalized) (?:by|on|electronically)\b"
    r"|(?:[a-z]+ ){0,2}plan (?:was )?(?:created|prepared|generated|made|computed|calculated|optimized|exported) (?:by|on)\b)",
    re.IGNORECASE,
)
_WAS_NOT_DONE = re.compile(
    r"[:–-]\s*(?:none|no|n/?a|nil|not [a-z]+(?: [a-z]+)?|never [a-z]+|declined|deferred|cancell?ed|waived)\W*$",
    re.IGNORECASE,
)  # as in: Physics consult: not requested
_STATE_BEHIND = re.compile(r"[\s,;|–-]*\b(?:doc(?:ument)? )?(?:status|state)\s*:?\s*[\w /-]*$", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^)]*\)?\s*$")
_QUOTED = re.compile(r"\s*[-–]?\s*[\"“][^\"”]*[\"”]\s*$")


def _plain_title(text: str) -> str:
    """A title without its day, its state, a name in quotes and what stands in parentheses behind it."""
    plain = _without_dates(text).strip(" ,;|-–") or text
    for beside in (_STATE_BEHIND, _ASIDE, _QUOTED):
        shorter = beside.sub("", plain).strip(" ,;|-–")
        plain = shorter if len(shorter) > 2 else plain
    return plain


_DAY_LABEL = re.compile(r"\b[A-Za-z]+(?: (?:of|date|on))?\s*:\s*$")  # such as: Fecha:


def _without_dates(text: str) -> str:
    """A title without the day that is written into it, and without the label of that day."""
    for found in reversed(list(dates_in(text))):
        text = _DAY_LABEL.sub(" ", text[: found.start]) + " " + text[found.stop :]
    return re.sub(r"\b(?:of|on|dated|from)\s*(?=[,;|]|$)|^[\s,;|]+", " ", text.strip())


_FURTHER_FIELD = re.compile(
    r"\s+(?=(?:service|date|author|status|department|dept|encounter|filed|specialty|provider|visit|location|attending|editor|time|entered|signed|doc(?:ument)? status|patient|mrn|facility|created)\b[\w /]{0,24}:)",
    re.IGNORECASE,
)  # of a record system that writes several fields on the line of the title
_PATIENT_BEHIND = re.compile(
    r"\s[A-Z][\w'’-]+, [A-Z][\w'’.-]+(?: [A-Z]\.?)?\b(?=.*(?:\d{4}|\bd\.?o\.?b\b|\bMRN\b|\bborn\b))"
)


def before_the_patient(row: Row) -> Row | None:
    """A title in capitals before the name and number of the patient; None where no patient follows it."""
    found = _PATIENT_BEHIND.search(row.text)
    if found is None:
        return None
    count = len(row.text[: found.start()].split())
    words = row.words[:count]
    if not 1 <= count <= _LONGEST_BY_A_WORD or not "".join(word.text for word in words).isupper():
        return None
    return Row((Cell(tuple(word._replace(bold=True) for word in words)),))


_FIELDS_BEHIND = re.compile(
    r"^((?:[A-Z][A-Z0-9'’]*|[/&+-])(?: (?:[A-Z][A-Z0-9'’]*|[/&+-])){1,6}) (?=(?:[A-Z]?[a-z]+ ){0,2}[A-Z]?[a-z]+\s?(?::|\d))"
)


def _before_fields(row: Row) -> Row | None:
    """A title in capitals before fields in small letters on its line, such as: SIM WORKSHEET date: 3/4/2026 room: 2."""
    found = _FIELDS_BEHIND.match(row.text)
    words = row.words[: len(found[1].split())] if found is not None else ()
    if found is None or " ".join(word.text for word in words) != found[1]:
        return None  # none, or words that reach over a gap between cells
    return Row((Cell(tuple(word._replace(bold=True) for word in words)),))


_WIDEST_GAP = 2.5  # of the size of the letters, between two parts of one title


def _joined(row: Row, capitals: bool) -> Row | None:
    """A row in capitals as one cell, where a gap between two of its words is no wider than spaced letters make it."""
    if len(row.cells) != 2 or capitals or not row.text.isupper() or any(c.isdigit() for c in row.text):
        return None
    first, second = row.cells
    gap = second.words[0].box.left - first.words[-1].box.right
    return Row((Cell(first.words + second.words),)) if gap <= _WIDEST_GAP * row.size else None


def _without_day_beside(row: Row) -> Row | None:
    """The first cell of a row whose other cells only date it, as a title and its day; None where they say more."""
    if len(row.cells) < 2 or not all(is_a_day_alone(cell.text) for cell in row.cells[1:]):
        return None
    return Row(row.cells[:1])


_OF_PHYSICS = re.compile(r"\bphysic(?:s|ists?)\b", re.IGNORECASE)


def is_of_physics(title: str) -> bool:
    """Whether a title says that physics wrote the paper."""
    return _OF_PHYSICS.search(title) is not None
