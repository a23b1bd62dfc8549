"""Doses of a text that are not the ones it orders: of an earlier order, limits, biological doses, and what was not chosen."""

import re

_NOT_THE_ORDER = re.compile(
    r"\b(?:previous|prior|earlier|instead of|not|superseded|replaces|old|max\w*|mean|limit|under|below|received|got|completed|finished|underwent|after|had)\s+"
    r"(?:\w+\s+){0,2}$|\b(?:over|above|than|exceed\w*|beyond)\s*$|(?<![-=])[<>≤≥]=?\s*$|(?<!rx )(?<!order )(?<!prescription )\b[DV]\d+\S*\s*$"
    r"|\b(?:previous|prior|earlier|old|former|void(?:ed)?|superseded) (?:order|rx|prescription|version|script)s?\b\W*$"
    r"|\b(?:hx|history|h/o|prior|previous)(?: of)?:? (?:rt|xrt|ebrt|radiation|irradiation|radiotherapy)\b[^.;]*$"
    r"|\b(?:rt|xrt|ebrt|radiation|irradiation|radiotherapy),? (?:in )?\(?(?:19|20)\d\d\W*$"
    r"|\b(?:previous|prior|earlier) (?:course|rt|radiation|irradiation|radiotherapy|treatment|plan)\b[^.;]*$"
    r"|\((?:was|were|formerly|originally|from)\s*:?\s*$|\b(?:formerly|originally|original(?: (?:order|dose|rx|prescription))?)\s*(?::|was|were|had been|read|said)?\s*$"
    r"|\b(?:first|earlier|other) (?:course|treatment|irradiation|series) (?:of|in|from) (?:\w+ )?(?:19|20)\d\d\b[^.;]*$"
    r"|\b(?:19|20)\d\d (?:course|treatment|radiation|irradiation|radiotherapy|rt)\b\W*(?:of\s+)?$"
    r"|\b(?:supersed|replac)(?:es|ing)\b[^.;:()]{0,40}\(\s*$",
    re.IGNORECASE,
)
_OF_WHAT_IS_REPLACED = re.compile(r"\((?:supersed|replac)(?:es|ing)\b[^;:()]*$", re.IGNORECASE)
_GIVEN_BY_OTHERS = re.compile(
    r"\b(?:cent(?:er|re)|hospital|clinic|institute|facility|institution|colleagues?|elsewhere|they|dr\.? \w+) (?:has |have |had )?(?:already )?"
    r"(?:gave|given|delivered|treated|administered|irradiated)\b[^.;:\d]{0,40}$",
    re.IGNORECASE,
)  # such as: the referring center gave 30 Gy in 10; I order
_WANTED_BY_OTHERS = re.compile(
    r"\b(?:they|others|he|she|(?:the )?(?:patient|family|board|surgeons?|urologists?|protocol|draft)|dr\.? \w+) (?:had |would have )?"
    r"(?:wanted|asked for|preferred|suggested|proposed|favou?red)\b[^.;:\d]{0,30}$",
    re.IGNORECASE,
)  # such as: they wanted 70 Gy in 35; the order is
_OF_A_CLOSED_COURSE = re.compile(
    r"(?:\bcourse\b[^.;:()]{0,20}"
    r"(?:\([^()]*\b(?:closed|completed?|finished|ended)\b[^()]*\)|\((?:in |of |from )?(?:19|20)\d\d(?:[,;][^()]*)?\)|,? (?:closed|completed?|finished|ended))"
    r"|\b(?:plan|rx|prescription)\b[^.;:()]{0,20}(?:\([^()]*\bclosed\b[^()]*\)|,? closed))\W*(?:[PCGI]TV[\w.-]*|[^.;\d])\W{0,3}$",
    re.IGNORECASE,
)  # such as: Course 1 (2019, closed): PTV70
_CHANGED_FROM = re.compile(
    r"\b(?:chang|reduc|lower|rais|increas|decreas|revis|amend|correct)\w*\b[^.;]{0,40}\bfrom\s+(?:\w+ )?$",
    re.IGNORECASE,
)
_AS_ANOTHER_SHEET_SAID = re.compile(
    r"\b(?:first|earlier|old|previous|prior|former|original) (?:sheet|order|version|draft|page|script|prescription|rx|form)\b[^.;:)]{0,40}"
    r"\b(?:read|said|had|gave|was|asked for|called for)\b\s+(?:for )?(?:(?!\b(?:now|instead|today|changed|amended|replaced|new|this)\b)[^;:)])*$",
    re.IGNORECASE,
)  # such as: first sheet of 4/9 read 59.4 Gy, torn up
_IS_A_LIMIT = re.compile(
    r"\b(?:(?:at (?:least|most)|(?:no|not) (?:more|less|lower|higher) than|nothing (?:above|over|below|under)|minimum(?: of)?|min)\s+"
    r"|[DV]\d+(?:\.\d+)?\s?(?:%|cc|cm3|c?Gy)?\b[^.;:,\d]{0,30})$"
    r"|\d\s?(?:%|percent|per cent|cc|ml)\s+(?:of\b|to\b|gets?\b|receiv\w+|cover\w*)(?:[PC]TV[ _]?\d+|[^.;:,\d]){0,40}$",
    re.IGNORECASE,
)  # such as: PTV: D95 at least 47.5 Gy
_AT_MOST_BEHIND = re.compile(
    r"\W{0,2}(?:(?:dose )?(?:to|in|at) (?:any |the hottest )?\d*\.?\d+ ?(?:cc|cm3|cm³|ml)\b|at (?:the )?(?:very )?most\b|at any point|at a point|anywhere"
    r"|or (?:less|lower|below|under)\b|\(?(?:max(?:imum)?|mean|average)\b(?! \w+ (?:fractions|fx)))",
    re.IGNORECASE,
)  # such as: brachial plexus 66 Gy to 0.1 cc at most
_BIOLOGICAL = re.compile(r"\s*[(\[]?\s*(?:EQD ?2|BED|RBE|CGE|GyE)\b")
_BIOLOGICAL_BEFORE = re.compile(
    r"(?:\b(?:EQD ?2|(?<!the )(?<!THE )BED) (?:(?:would|of|is|was|be|about|comes? to) ?)*|\botherwise )$"
)
_NOT_CHOSEN = re.compile(
    r"(?:,\s*\d+(?:\.\d+)? ?c?Gy\b)?[^.;\d]*\b(?:was|were|is|are)\b[^.;\d]*\b(?:an option|(?:not|never) (?:chosen|taken|wanted|used)|rejected|declined|deferred|postponed|on hold|undecided|pending)\b",
    re.IGNORECASE,
)  # such as: 60 Gy in 10 fractions were an option of the board
_IF_EVER = re.compile(
    r"\b(?:if (?:it|they|this|that|one|she|he) (?:is|are|were|should|must)\b|if ever\b|if needed\b|should (?:it|this|they) )[^.;:]{0,50}$",
    re.IGNORECASE,
)
_ORDERED_SO = re.compile(
    r"[^.;]{0,40}?,? (?:which|and|so|as)(?: this)? (?:I|we)(?: (?:also|now|therefore|have))? (?:order(?:ed)?|prescribe[d]?|agree[d]?|chose|choose|use|follow)\b(?! not\b)(?![^.;]*\d)",
    re.IGNORECASE,
)  # what others wanted is ordered so
_ONLY_IF = re.compile(r"[^;.,()\d]{0,20}\b(?:if|unless|in case|should)\b", re.IGNORECASE)

_GIVEN_BEFORE = re.compile(
    r"[^.;,\d]{0,12}(?:\b\d{1,2}\b[^.;,\d]{0,12})?\b(?:was|were|had been|have been)\s+(?:already )?(?:given|delivered|completed|received)\b",
    re.IGNORECASE,
)  # such as: 3000 cGy in 10 were given to T10
_REMAINING = re.compile(
    r"\b(?:remaining|remainder|balance|to date|so far)\b[^.;\d]{0,20}$", re.IGNORECASE
)  # of what it is a part is not said
_ANOTHER_CHOICE = re.compile(r"\balternativ(?:e|ely)\W*$", re.IGNORECASE)
_NOT_USED = re.compile(r"[^.;,]{0,12}\bnot (?:used|chosen|taken|given|wanted|adopted)\b", re.IGNORECASE)
_BY_SOURCES = re.compile(
    r"\b(?:brachytherapy|brachy|HDR|LDR|cylinder|tandem(?: and (?:ovoids?|ring))?|implant|seeds|interstitial|intracavitary)\b[^.;,:\d]{0,25}$",
    re.IGNORECASE,
)


def is_of_another_order(text: str, at: int) -> bool:
    """Whether the words right before a place of a text say that what follows is of another order, or a limit."""
    return _NOT_THE_ORDER.search(text[max(at - _FEW_LETTERS, 0) : at]) is not None


_FEW_LETTERS = 30


def is_set_aside(text: str, place: tuple[int, int]) -> bool:
    """Whether the words beside a dose say that it is not ordered: another order, a biological dose, only if, not chosen, by sources."""
    before = text[: place[0]]
    if _WANTED_BY_OTHERS.search(before) and _ORDERED_SO.match(text, place[1]):
        return False
    return (
        is_of_another_order(text, place[0])
        or any(
            words.search(before)
            for words in (
                _CHANGED_FROM,
                _OF_WHAT_IS_REPLACED,
                _GIVEN_BY_OTHERS,
                _WANTED_BY_OTHERS,
                _OF_A_CLOSED_COURSE,
                _AS_ANOTHER_SHEET_SAID,
                _BIOLOGICAL_BEFORE,
                _IF_EVER,
                _ANOTHER_CHOICE,
                _BY_SOURCES,
                _REMAINING,
            )
        )
        or any(words.match(text, place[1]) for words in (_BIOLOGICAL, _ONLY_IF, _NOT_CHOSEN, _GIVEN_BEFORE, _NOT_USED))
    )


def is_a_limit(text: str, at: int) -> bool:
    """Whether the words before a place of a text announce a limit or the coverage of a target."""
    return _IS_A_LIMIT.search(text[:at]) is not None


def is_at_most(text: str, stop: int) -> bool:
    """Whether the words behind a dose make it a limit, such as: 66 Gy to 0.1 cc at most."""
    return _AT_MOST_BEHIND.match(text, stop) is not None
