"""Whether dose limits are ordered for this patient: not struck out, waived, defaults, examples, or values of a plan."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.limit_parts import Limit
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.limits_respective import Respective
from isocenter.chart.orders.ordered_parts import NO_ORDER, OF_A_PLAN, VALUES, OrdersOfText, is_denied
from isocenter.chart.pages.passages import Sentence


class LimitsOfText:
    """The limits of one plainly written text, and which of them it orders."""

    def __init__(self, text: str, cues: Cues, by_order: Sequence[Respective] = ()) -> None:
        """`by_order` are the clauses that give several limits by order, whose own limits take the place of others."""
        single = [one for one in limits_in(text) if not any(c.start <= one.start < c.stop for c in by_order)]
        self.limits = sorted([*single, *(one for c in by_order for one in c.limits)], key=lambda limit: limit.start)
        self._text = text
        self._reports = _report_a_plan(self.limits)
        named = text
        for aside in (_SOURCE_NAMED, _REASON):
            named = aside.sub(lambda found: " " * len(found.group()), named)
        self._orders = OrdersOfText(named, cues, [(limit.start, limit.stop) for limit in self.limits])

    def orders(self, limit: Limit) -> bool:
        """Whether nothing in the text beside a limit says that it is not ordered."""
        if not limit.comparison and (self._reports or _is_a_computed_share(limit)):
            return False
        clause = _clause_around(self._text, limit)
        if _OF_SEVERAL_COURSES.search(clause) or _OF_OTHERS.search(clause):
            return False
        if _OF_A_DRAFT.search(self._text, max((one.stop for one in self.limits), default=0)):
            return False
        if _CONDITION.search(self._text, 0, limit.start):
            return False
        is_called_one = _CALLED_A_GOAL.search(self._text, limit.start, limit.stop) is not None
        return self._orders.orders(
            (limit.start, limit.stop),
            has_sign=bool(limit.comparison),
            may_report=not is_called_one,
            names_its_own=bool(limit.named),
        )

    @property
    def announced_as(self) -> str:
        """What words before a colon say of all limits behind it: no order, of a plan, values; '' for none of these."""
        return next((name for name in (NO_ORDER, OF_A_PLAN, VALUES) if self._orders.announces(name)), "")


_OF_SEVERAL_COURSES = re.compile(
    r"\b(?:both|all|the two|two|three|earlier and (?:this|present|current)) (?:courses|irradiations|treatments)\b|\blifetime\b|\bcumulative\b(?! (?:dose )?of the)"
    r"|\b(?:composite|sum|summed|combined|together|added) (?:with |of )?(?:the |his |her )?(?:earlier|first|previous|prior|old|(?:19|20)\d\d) (?:course|plan|treatment|dose|irradiation)",
    re.IGNORECASE,
)  # of which this prescription orders only a part
_OF_OTHERS = re.compile(
    r"\b(?:last|previous|other|another|next|most|all) (?:\w+ )?patients?\b"
    r"|\b(?:orders?|prescriptions?|sheets?|cards?) (?:of|in|at) (?:this|our|the) (?:clinic|department|cent(?:er|re)|practice|service|office)\b",
    re.IGNORECASE,
)  # whom the same person or clinic treats
_BORDER_OF_A_CLAUSE = re.compile(r"[,;:()]|\.\s")


def _clause_around(text: str, limit: Limit) -> str:
    """The words from the border of a clause before a limit to the one behind it."""
    before = max((m.end() for m in _BORDER_OF_A_CLAUSE.finditer(text, 0, limit.start)), default=0)
    behind = _BORDER_OF_A_CLAUSE.search(text, limit.stop)
    return text[before : behind.start() if behind is not None else len(text)]


_FEWEST_COMPUTED = 2
_HALF_GY, _HALF_IN_CGY = 0.5, 50.0  # what limits are whole multiples of
_THIRDS = (33.3, 66.6, 66.7)
_MOST_GY = 150.0  # a larger number without a unit is in cGy


def _report_a_plan(limits: Sequence[Limit]) -> bool:
    """Whether most of the numbers without a sign are as closely given as those of a plan, such as: lung 14.2 Gy, heart 6.3 Gy."""
    without_sign = [one for one in limits if not one.comparison and one.limit is not None]
    computed = [one for one in without_sign if _is_computed(one)]
    return len(computed) >= _FEWEST_COMPUTED and 2 * len(computed) > len(without_sign)


def _is_computed(one: Limit) -> bool:
    if one.limit is None or re.match(r"D\d\d", one.metric):  # a share of the prescribed dose may be any number
        return False
    if one.unit == "%" and one.limit in _THIRDS:
        return False
    step = _HALF_IN_CGY if one.unit == "cGy" or one.limit > _MOST_GY else _HALF_GY
    return abs(one.limit / step - round(one.limit / step)) > _LEAST_PART_OF_A_STEP


_LEAST_PART_OF_A_STEP = 0.01


def _is_a_computed_share(one: Limit) -> bool:
    """Whether a limit is a share of a volume given to a tenth, such as: 96.4 % of the PTV at 60 Gy."""
    return one.unit == "%" and one.metric.startswith("V") and _is_computed(one)


_OF_A_DRAFT = re.compile(
    r"\b(?:are|were) (?:all )?(?:the )?(?:numbers?|values?|figures?|results?|doses) (?:of|from|in) (?:the|that|this|a|an|our|my) (?:\w+ ){0,2}(?:plan|trial|draft|run)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"(?:^|[.;:(])\W*if (?!possible|feasible|achievable|practicable|able|at all|(?:it|you|we) can\b)[^:;.()]{2,60}(?::[^:;.()]*)?$",
    re.IGNORECASE,
)  # under which alone a limit would hold, such as: If a boost is given: rectum max 75 Gy
_CALLED_A_GOAL = re.compile(r"\b(?:goal|limit|constraint|objective)\b", re.IGNORECASE)
_SOURCE_NAMED = re.compile(
    r"(?<=(?:oals|mits|ints|ives) )[(\[](?:(?:per|from|after|as in) )?(?:QUANTEC|RTOG|NRG|TG-?101|HyTEC|AAPM|EMBRACE)"
    r"(?![^()]*\b(?:not|reference|only|example|typical|published|information)\b)[\w ,/-]*[)\]](?=\s*(?::|\Z))",
    re.IGNORECASE,
)  # of the goals that are ordered
_REASON = re.compile(
    r"\b(?:because of|due to|owing to|in view of|considering|on account of|in light of) [^,;.()\d<>≤≥]*(?:(?:19|20)\d\d[^,;.()\d<>≤≥]*)?(?=,)",
    re.IGNORECASE,
)  # for which a limit is ordered, such as an earlier course
_LONGEST_ANNOUNCEMENT = 14  # words of a line that says what the limits below it are
_ANNOUNCES = re.compile(r":\s*$")
_LISTED = re.compile(
    r"\b(?:limits?|goals?|constraints?|objectives?|tolerances?|structures?|organs?|oars?|dose|values?|list|table)\b"
)


def below_announcements(sentences: Sequence[Sentence], cues: Cues) -> Iterator[Sentence]:
    """The sentences without the limits below a line or heading that says that those are not ordered."""
    section, stopped, block, announced = "", "", -1, ""
    for number, sentence in enumerate(sentences):
        text = sentence.text
        if sentence.section != section:
            section = sentence.section
            stopped = _set_aside_by(section, cues)
        read = LimitsOfText(plainly_written(text), cues)
        has_limits = bool(read.limits)
        following = sentences[number + 1] if number + 1 < len(sentences) else None
        if not has_limits and sentence.row < 0 and len(text.split()) <= _LONGEST_ANNOUNCEMENT:
            name = _set_aside_by(text, cues)
            if name and not _announces(text, name, cues, following):
                name = ""
            if name or _heads(text, following):
                stopped = name
        if has_limits and (stopped == NO_ORDER or (stopped and not any(limit.comparison for limit in read.limits))):
            continue
        if has_limits and _taken_back(sentences, number):
            continue
        if sentence.row < 0 and has_limits and sentence.block >= 0:
            goes_on = sentence.block == block and ":" not in text
            if goes_on and (announced == NO_ORDER or not any(limit.comparison for limit in read.limits)):
                continue
            if not goes_on:
                announced = read.announced_as
                block = sentence.block if announced else -1
        yield sentence


_TAKES_BACK = re.compile(
    r"\W*(?:(?:(?:this|that|it|these|they|all of (?:this|these)|both)(?: (?:is|are|was|were|\w+ list is))? )?"
    r"not (?:mine|ours|used|ordered|in use|in force|adopted|wanted|applied|meant)(?: (?:here|by me|for (?:him|her|this \w+)|in this \w+))?"
    r"|(?:disregard|ignore)(?: (?:it|this|them|these|that|unless .*))?|(?:do not|don['’]t) (?:use|apply|follow) (?:it|this|them|these|that)"
    r"|none of (?:it|this|these|them) (?:is|are|was) (?:mine|ordered|used|wanted))\W*",
    re.IGNORECASE,
)


def _taken_back(sentences: Sequence[Sentence], number: int) -> bool:
    """Whether the next sentence of a paragraph says of what stands before it that it is no order, such as: Not mine."""
    block = sentences[number].block
    if block < 0 or sentences[number].row >= 0 or number + 1 >= len(sentences):
        return False
    following = sentences[number + 1]
    return following.block == block and _TAKES_BACK.fullmatch(following.text) is not None


def _heads(text: str, following: Sentence | None) -> bool:
    """Whether a line announces what is below it: with a colon, or a word of limits over a table."""
    if _ANNOUNCES.search(text):
        return True
    return bool(following is not None and following.row >= 0 and text[-1:] not in ".;," and len(text.split()) <= 6)


def _announces(text: str, name: str, cues: Cues, following: Sentence | None) -> bool:
    if _heads(text, following):
        return True
    if text.rstrip()[-1:] in ".;,":
        return False
    return bool(_LISTED.search(lowered(text))) or _is_only_a_cue(lowered(text), name, cues)


def _is_only_a_cue(low: str, name: str, cues: Cues) -> bool:
    held = cues.held_in(low)
    for where in ("before", "after", "anywhere"):
        for cue in held.get((where, name), ()):
            found = cue.search(low)
            if found is not None and not re.search(r"\w", low[: found.start()] + low[found.end() :]):
                return True
    return False


def _set_aside_by(text: str, cues: Cues) -> str:
    """Which table of cues says that the limits below a heading are not ordered; '' where none does."""
    low = lowered(_SOURCE_NAMED.sub(" ", text))
    held = cues.held_in(low)
    for name in (NO_ORDER, OF_A_PLAN, VALUES):
        for where in ("before", "anywhere") if name != NO_ORDER else ("before", "after", "anywhere"):
            for cue in held.get((where, name), ()):
                found = cue.search(low)
                if found is not None and not _orders_below(low[found.end() :], cues):
                    return name
    return ""


def _orders_below(part: str, cues: Cues) -> bool:
    return any(
        (found := cue.search(part)) is not None and not is_denied(part, found.start())
        for cue in cues.held_in(part).get(("but", NO_ORDER), ())
    )


_ANSWER_COLUMN = re.compile(
    r"\b(?:use[d]?|active|select(?:ed)?|appl(?:y|ies|ied|icable)|ordered|order|in use|on|chosen|wanted|md|mark(?:ed)?|enabled?)\b",
    re.IGNORECASE,
)
_ANSWERED_NO = re.compile(r"\W*(?:no|n|0|off|☐|\[\s?\]|false)\W*", re.IGNORECASE)
_OF_RESULTS = re.compile(r"achieved|actual|result|delivered|variation|accept|deviation|reached|plan", re.IGNORECASE)
_ANSWERS_WHETHER_MET = re.compile(
    r"\W*(?:(?:constraint|goal|limit|objective)s? )?(?:met|pass(?:ed)?|ok|satisfied|fulfilled|achieved|reached|status|pass ?/ ?fail|met ?/ ?not met)\b\W*",
    re.IGNORECASE,
)
_NOT_ORDERED_AFTER_ALL = re.compile(
    r"\b(?:waived|dropped|deleted|struck|void(?:ed)?|removed|cancell?ed|retired|not (?:used|ordered|applicable|in use)|n/?a)\b",
    re.IGNORECASE,
)
_DOES_NOT_MATTER = re.compile(r"\W*(?:n/?a|none|not applicable)?\W*", re.IGNORECASE)


def row_orders(sentence: Sentence, cues: Cues) -> bool:
    """Whether no other column of a table row says that its limit is not ordered."""
    for column in sentence.columns[1:]:
        if _ANSWER_COLUMN.search(column.name) and _ANSWERED_NO.fullmatch(column.value):
            return False
        if _ANSWERS_WHETHER_MET.fullmatch(column.name) and not _NOT_ORDERED_AFTER_ALL.search(column.value):
            continue
        if _OF_RESULTS.search(column.name) and _DOES_NOT_MATTER.fullmatch(column.value):
            continue
        read = LimitsOfText(plainly_written(f"it: {column.value}"), cues)
        if read.limits:
            if not any(read.orders(limit) for limit in read.limits):
                return False
        elif _says_not(column.value, cues):
            return False
    return True


def _says_not(value: str, cues: Cues) -> bool:
    low = lowered(value)
    held = cues.held_in(low)
    for where in ("after", "anywhere"):
        for cue in held.get((where, NO_ORDER), ()):
            found = cue.search(low)
            if found is not None and not _orders_below(low[found.end() :], cues):
                return True
    return False
