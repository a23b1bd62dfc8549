"""Which structure a dose limit is of, by the words before and behind it."""

import re

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.orders.limit_parts import TARGET, Limit, is_target_name, tidied
from isocenter.chart.orders.limits_carried import OTHER_SIDE
from isocenter.chart.orders.structures_listed import STRUCTURE_LIKE, TWO_SIDES, ends_in_an_organ, joined_structures

_HEADER_WORDS = re.compile(
    r"\b(?:structure|organ|limit|constraint|goal|objective|metric|priority|volume|dose)\b", re.IGNORECASE
)


_HEADING_OF_A_TARGET = re.compile(
    r"(?:(?:hot|cold) ?spots?|coverage|cover|(?:in)?homogeneity|heterogeneity|uniformity|conform\w+)\b", re.IGNORECASE
)
_HEADING = re.compile(
    rf"(?:(?:{_HEADING_OF_A_TARGET.pattern}|(?:structure|organ|oar|limit|constraint|goal|objective|metric|priority|volume|dose|plan|planning|requirement|tolerance|criterion|"
    r"note|comment)s?|priorities|criteria|gradient|fall-?off|spillage|max|maximum|global|overall|prescription|rx|normalization|and)\b[\s/&-]*)+",
    re.IGNORECASE,
)  # of a statement: no structure


_NAMED_BY_LABEL = re.compile(
    rf"^\W*([A-Za-z][\w.+/-]*(?: [\w.+/()-]+){{0,3}}(?:(?:, | \(?)(?i:{TWO_SIDES})\)?)?)(?:\s*\([^()\d]*\))?\s*:\s*(?:D\s?)?$"
)


def name_before(grammar: Grammar, text: str, at: int, table: bool, carried: str) -> str:
    """The structure named before a place: the last known one, or in a table the first cell."""
    before = text[:at]
    heading = _HEADING.fullmatch(tidied(_END_OF_A_PART.split(before)[-1].rstrip(" :")))
    if heading is not None and before.rstrip().endswith(":"):
        return carried if is_target_name(carried) and _HEADING_OF_A_TARGET.match(heading.group()) else ""
    labelled = _NAMED_BY_LABEL.match(before)
    if labelled and not _HEADER_WORDS.search(labelled[1]):
        is_one = is_target_name(labelled[1]) and not joined_structures(grammar, labelled[1])
        is_more = is_one and _NO_PART_OF_A_TARGET.search(labelled[1])
        return tidied(labelled[1][: is_more.start()] if is_more else labelled[1])
    whole_name = _name_alone(grammar, before) or _name_listed(before) or _name_ordered(before)
    if whole_name:
        return whole_name
    target = list(TARGET.finditer(before))
    organs = list(grammar.lists.pattern("organ").finditer(lowered(before)))
    organs += [m for m in STRUCTURE_LIKE.finditer(before) if not any(t.start() <= m.start() < t.end() for t in target)]
    best = max((m.end() for m in (*target, *organs)), default=-1)
    if best < 0:
        if table and before.strip():
            name = tidied(re.split(r"\s{2,}|[:|]", before)[0])
            return (
                name
                if name
                and len(name.split()) <= 4
                and not _HEADER_WORDS.fullmatch(name)
                and any(c.isalpha() for c in name)
                else ""
            )
        return (
            carried
            if not tidied(before[-40:])
            or re.search(r"(?:[,;]|\band)\s*$", before)
            or len(tidied(before)) < 3
            or re.search(r"[,;]\s*(?:and\s+)?(?:its |the )?$", before)
            else _after_last_separator(before, carried)
        )
    found = next(m for m in (*target, *organs) if m.end() == best)
    if before[found.start() : found.end()].lower() in ("volume", "target") and (carried or table):
        return carried
    start = found.start()
    if before[start : found.end()].lower() == "prv":  # of the organ right before it
        start = next((m.start() for m in organs if m is not found and before[m.end() : start] in (" ", "_")), start)
    whole = re.search(
        r"[\w.]+,?\s*(?:-|–|minus|excluding|less|without|(?:outside|around|beyond)(?: of)?)\s*(?:the )?$",
        before[:start],
        re.IGNORECASE,
    )
    if whole and found in target:
        organ = [m for m in organs if m.end() <= start and start - m.start() < 40]
        start = organ[-1].start() if organ else whole.start()
    if found in target:
        volume = _VOLUME_BEFORE.search(before[:start])
        behind = _NAMES_A_TARGET.match(before, found.end())
        if volume is not None or (behind is not None and not _NO_PART_OF_A_TARGET.search(behind.group())):
            return tidied(before[volume.start() if volume else start : behind.end() if behind else found.end()])
    of_site = None if table else _TARGET_OF_A_SITE.search(before[:start])
    return _widened(before, of_site.start() if of_site else start, found.end())


_TARGET_OF_A_SITE = re.compile(r"(?<![\w-])(?<![-–] )[PCGI]TV\s+(?:(?:left|right|lt|rt)\.?\s+)?$")  # as in PTV pancreas


_VOLUME_BEFORE = re.compile(r"\b[PC]TV\s+$", re.IGNORECASE)  # as in PTV TUMOR BED
_NAMES_A_TARGET = re.compile(
    r"(?<=[PCGI]TV)(?: (?:[A-Z]{2,}|[A-Z][a-z]+)){1,3}(?=\s*$)"
)  # as in PTV BREAST, PTV Left Neck
_NO_PART_OF_A_TARGET = re.compile(
    r"\b(?:cover\w*|objectives?|goals?|metrics?|criteri\w+|require\w*|prescri\w+|isodose|target|dose|max\w*|min\w*|mean|"
    r"volumes?|limits?|constraints?|rx|plan|hot|cold|spots?|priority|at|to|of|by|with|is|must|should|gets?|receives?|and|or|for|the)\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[;:|]|\s/\s|\.\s|,\s(?!(?:left|right|l|r|lt|rt|both)\b)", re.IGNORECASE)
_OF_SENTENCES = re.compile(
    r"\b(?:keep|kept|limit\w*|dose\w*|to|of|the|for|is|are|and|or|should|must|under|below|mean|max\w*|hold|no|not|less|than|with|"
    r"i|we|a|an|may|can|have|has|had|will|shall|want|wants|need|needs|see|sees|accept|allow|take|gets?|receives?|volume|its|it|more|at|by|in|on|be|minimum|average|point|goal|constraint|tolerance|spare|want|do)\b|\d{3,}|[<>=≤≥%]",
    re.IGNORECASE,
)
_MOST_WORDS_OF_A_NAME = 4


def _name_alone(grammar: Grammar, before: str) -> str:
    """The words since the last separator where they are a name and nothing else, such as: Femoral head, left."""
    written = tidied(_SEPARATOR.split(before)[-1])
    name = _IN_PARENTHESES.sub("", written) if _is_known_by(grammar, written) else written
    if not name or len(name.split()) > _MOST_WORDS_OF_A_NAME or _OF_SENTENCES.search(name) or is_target_name(name):
        return ""
    return name if _is_known_by(grammar, written) else ""


_IN_PARENTHESES = re.compile(r"\s+\([^()\d]*\)")


def _is_known_by(grammar: Grammar, name: str) -> bool:
    """Whether a name holds that of an organ."""
    return grammar.lists.pattern("organ").search(lowered(name)) is not None


_NO_STRUCTURE = re.compile(
    r"\b(?:hot|cold|spots?|global|plan|overall|rx|priority|level|first|second|then|also|but|if|when|else|elsewhere|outside|inside|same|each|both|all|other|rest|remaining|"
    r"only|one|side|left|right|absolute|relative|hard|soft|ideal|preferred|acceptable|variation|minor|major|desired|sum|composite|per|daily)\b",
    re.IGNORECASE,
)
_FEWEST_LETTERS_OF_A_NAME = 4
_END_OF_A_PART = re.compile(r";|(?<!\w)\([a-z\d]\)(?=\s)|(?<=[a-z%]{2})\.\s+(?=[A-Z])|(?<=[%\d])\.\s+(?=[A-Z])")
_ABBREVIATION = re.compile(r"(?!OR|AND|NOT|NB|OAR|DVH|MD)(?:[LR] )?[A-Z]{2,3}")  # such as: BS Dmax < 54 Gy
_AT_THE_BEGINNING = re.compile(
    r"(?!(?:OARS?|DVH|MD|MU|IMRT|VMAT|SBRT|NOTE|NB|DOSE|VOLUME|BODY|TUMOR|BOOST|PHASE)\b)[A-Z]{3,7}(?:[ _](?:[A-Z]{1,4}|PRV\d?))*"
)  # such as: BSTEM max 54 Gy


def _name_listed(before: str) -> str:
    """A structure that no list knows, alone since the last semicolon of a list; without it the one before would be limited.

    Such as: esophagus mean < 34 Gy; oral cav mean < 38 Gy.
    """
    *others, last = _END_OF_A_PART.split(before)
    name = tidied(last)
    words = name.split()
    is_long = len(name) >= _FEWEST_LETTERS_OF_A_NAME or _ABBREVIATION.fullmatch(name) is not None
    is_name = is_long and len(words) <= _MOST_WORDS_OF_A_NAME - 1 and name[0].isalpha()
    is_alone = bool(others) or _AT_THE_BEGINNING.fullmatch(name) is not None
    if not is_alone or not is_name or _OF_SENTENCES.search(name) or _NO_STRUCTURE.search(name) or is_target_name(name):
        return ""
    if _HEADING.fullmatch(name):
        return ""
    return "" if any(c.isdigit() for c in name) else name


_ORDERED = re.compile(
    r"(?:^|[.;,]\s+|\b(?:and|please|to) )(?:keep|hold|limit|restrict)(?:ing)? (?:the |both |each |either |her |his |their )([a-z][\w -]{3,40}?)\s*\Z",
    re.IGNORECASE,
)


_OF_THE_COURSE = re.compile(
    r"\b(?:total|treatment|course|therapy|prescription|radiation|field|beam|fraction|size|patient|entrance|exit)s?\b",
    re.IGNORECASE,
)


_LABEL_OF_A_LIMIT = re.compile(r"\W*(?:\(?(?:\d{1,2}|[a-z])[.)]\s+)?([A-Za-z][\w +/-]{3,40}?)\s*(?::|\s[-–—])\s")


def _names_nothing(name: str) -> bool:
    """Whether a label heads something else than the limit of a structure."""
    words = (_HEADER_WORDS, _OF_SENTENCES, _NO_STRUCTURE, _OF_THE_COURSE)
    return any(one.search(name) for one in words) or any(c.isdigit() for c in name)


def is_limited_alone(text: str, limit: Limit) -> bool:
    """Whether the structure of a limit is one even if no list knows it: behind a verb that orders, or alone in its part of a list."""
    at = text.find(limit.named, limit.start, limit.stop)
    before = text[: at + len(limit.named)]
    label = _LABEL_OF_A_LIMIT.match(text)
    if at >= 0 and label is not None and label[1] == limit.named and not _names_nothing(limit.named):
        return True
    return at >= 0 and limit.named in (_name_ordered(before), _name_listed(before))


def _name_ordered(before: str) -> str:
    """A structure that no list knows, between a verb that orders and the limit, such as: Keep the uvula below 40 Gy."""
    found = _ORDERED.search(before)
    name = tidied(found[1]) if found is not None else ""
    is_name = 0 < len(name.split()) <= _MOST_WORDS_OF_A_NAME and len(name) >= _FEWEST_LETTERS_OF_A_NAME
    is_other = any(words.search(name) for words in (_OF_SENTENCES, _NO_STRUCTURE, _OF_THE_COURSE)) or is_target_name(
        name
    )
    return name if is_name and not is_other and not any(c.isdigit() for c in name) else ""


def _after_last_separator(before: str, carried: str) -> str:
    last = re.split(r"[,;]", before)[-1]
    return carried if not tidied(last) and carried else ""


def name_after(grammar: Grammar, text: str, at: int) -> str:
    """The structure named behind a place, such as: max 45 Gy to the cord; '' where none is."""
    behind = text[at : at + 40]
    found = re.match(
        r"\s*(?:to|of|for|in|at)\s+(?:any (?:point|part|spot) (?:of|in|on|to|within) )?(?:the |both |each |any )?",
        behind,
        re.IGNORECASE,
    )
    if not found:
        named = _NAMED_BEHIND_A_GOAL.fullmatch(text, at) or _IN_PARENTHESES_BEHIND.match(text, at)
        name = tidied(named[1]) if named is not None else ""
        is_known = ends_in_an_organ(grammar, name) or STRUCTURE_LIKE.fullmatch(name)
        return name if is_known or is_target_name(name) else ""
    rest = behind[found.end() :]
    side = _SIDE_FIRST.match(rest)
    organ = grammar.lists.pattern("organ").match(lowered(rest), side.end() if side is not None else 0)
    organ = organ or TARGET.match(rest)
    return rest[: organ.end()] if organ else ""


_SIDE_FIRST = re.compile(r"(?:left|right|lt|rt|l|r)\.? (?=[a-z])", re.IGNORECASE)
_IN_PARENTHESES_BEHIND = re.compile(r"\s*[(\[]\s*(?:in |of |to |for )?(?:the )?([A-Za-z][\w+. -]{2,30}?)\s*[)\]]")
_NAMED_BEHIND_A_GOAL = re.compile(
    r"\s*(?:average )?(?:dose|volume)?\s+[-–—]\s+([A-Za-z][\w+. -]{2,30})"
)  # such as: At most 50 % volume at 5000 cGy dose - Rectum


def _widened(text: str, start: int, stop: int) -> str:
    """A structure's name with the side before or behind it and what hangs on it, such as Fem. head L or Lungs-ITV."""
    side = re.search(
        r"(?:\b(?:left|right|lt|rt|both|l|r|bilateral|ipsilateral|contralateral|total|whole|spinal|small|large|oral|fem|lacrimal|submandibular|sublingual|adrenal|upper|lower|cervical|thoracic|[a-z]{2,}(?:eal|ical|acic|ular|erior))\.?\s+){1,2}$",
        text[:start],
        re.IGNORECASE,
    )
    start = side.start() if side else start
    behind = re.match(
        r"(?:[-_+/.\w]*)(?:\s*[(]?\b(?:L ?/ ?R|R ?/ ?L|L|R|LT|RT|left|right|total|PRV|bag|head|heads|neck|cavity|gland|glands|wall|minus \w+|- ?[A-Z]TV\w*|combined|both)\b\.?[)]?){0,3}",
        text[stop:],
        re.IGNORECASE,
    )
    stop += behind.end() if behind else 0
    return tidied(text[start:stop])


_SIDE = re.compile(r"\b(left|right|lt|rt|l|r)\b", re.IGNORECASE)


def on_the_other_side(named: str, structure: str) -> str:
    """A structure whose name is left to the one before it, such as: left cochlea below 35 Gy, the right one below 45 Gy."""
    found = OTHER_SIDE.fullmatch(named)
    if found is None or not structure:
        return named
    side, of = found["side"].lower(), _SIDE.search(structure)
    if side == "other":
        if of is None:
            return ""
        side = "right" if of[1].lower().startswith("l") else "left"
    return tidied(f"{side} {_SIDE.sub('', structure)}")


_BEHIND_A_COMMA = re.compile(r"\s*,\s*(?:(?:and|the|also|then) )*([A-Za-z][\w-]+(?: [A-Za-z][\w-]*){0,2})\s*:?\s*")
_ADVERB = re.compile(r"ly$", re.IGNORECASE)


def names_another(grammar: Grammar, text: str, stop: int, start: int) -> bool:
    """Whether a name that no list knows is alone between a limit and the next one, which is then not of the structure before.

    Such as: parotids mean < 26 Gy, uvula mean < 40 Gy.
    """
    found = _BEHIND_A_COMMA.fullmatch(text, stop, start) if stop else None
    if found is None:
        return False
    name = found[1]
    is_known = _is_known_by(grammar, name) or is_target_name(name) or STRUCTURE_LIKE.search(name) is not None
    is_other = any(words.search(name) for words in (_OF_SENTENCES, _HEADER_WORDS, _ADVERB))
    is_other = is_other or _NO_STRUCTURE.fullmatch(name.split()[-1]) is not None
    return not is_known and not is_other and len(name) >= _FEWEST_LETTERS_OF_A_NAME


_SIDE_BEHIND = re.compile(r"\s+on the (left|right)(?: (?:one|side))?(?=\s*(?:[;.,)]|\Z))", re.IGNORECASE)
_SIDE_WITHIN = re.compile(r"\s+on the (?:left|right)(?: (?:one|side))?\Z", re.IGNORECASE)


def without_side_behind(limit: Limit, text: str) -> Limit:
    """A limit without the side at its end, which is none of the structure's names, such as: mean < 26 Gy on the left."""
    side = _SIDE_WITHIN.search(text, limit.start, limit.stop)
    return limit._replace(stop=side.start(), named="", needs_organ=False) if side is not None else limit


def on_its_side(name: str, text: str, stop: int) -> str:
    """A name with the side that words right behind its limit give, such as: hippocampus D40% < 7 Gy on the right."""
    side = _SIDE_BEHIND.match(text, stop)
    return on_the_other_side(side[1], name) if side is not None else name
