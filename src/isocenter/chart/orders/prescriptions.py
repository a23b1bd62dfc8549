"""What prescriptions order: dose and fractions, the targets with their doses, boosts."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.grammar.plain_writing import orders_plainly_written
from isocenter.chart.orders.dose_levels import levels_in
from isocenter.chart.orders.dose_tables import (
    BOOST,
    TARGET,
    TOTAL,
    OrderedDose,
    dose_of_columns,
    dose_of_row,
    sum_of_columns,
)
from isocenter.chart.orders.doses import COUNT_ONLY, DOSE, DOSE_READERS, MOST_GY, NUMBER, count_only, in_gy, merged
from isocenter.chart.orders.ordered_parts import OrdersOfText, is_of_others
from isocenter.chart.orders.phases import course_of, distinct, fractions_of_total, implied_gy, with_phases_before
from isocenter.chart.orders.target_columns import doses_in_target_columns
from isocenter.chart.pages.passages import Sentence, each_row_once
from isocenter.chart.pages.placed import Placed

_PER_FRACTION = re.compile(
    r"per (?:fraction|fx|day|treatment)|/fx|/fraction|daily dose|fraction(?:al)? dose|fraction size|a day\b|each",
    re.IGNORECASE,
)
_SEQUENTIAL = re.compile(
    r"(?:gy|fx|fractions|\d)\s*(?:->|→)|\bthereafter\b|\bsubsequent(?:ly)?\b|\bafterwards?\b|\breducing to\b|\bphase\b|\bsequential\b|\bfollowed by\b|\bthen\b|\bcone[ -]?down\b|\badditional\b|\bafter (?:this|that|which)\b|\ba further\b|\binitial (?:\w+ ){0,3}boost\b|\bboost of\b|\bboost(?:ed|ing)?\b[^.;:\d]{0,30}\bto (?:a total of )?\d|\bboost to\b|\bboost:|\bboost \d",
    re.IGNORECASE,
)
_ADDS_A_BOOST = re.compile(r"\d\s?c?gy\b.*(?<!no )(?<!without )\bboost\b(?!\W+(?:none|not?|is|was)\b)", re.IGNORECASE)
_DEFERRED = re.compile(
    r"\b(?:deferred|defer|pending|postponed|later|tbd|held|optional|possible|consider\w*|if|depending|may)\b",
    re.IGNORECASE,
)
_SIMULTANEOUS = re.compile(
    r"simultaneous|\bsib\b|integrated boost|dose painting|concurrent boost|concomitant boost|same (?:fractions|sessions|time)|together",
    re.IGNORECASE,
)


class TargetDose(NamedTuple):
    """A target and the dose ordered for it over the whole course."""

    name: str
    dose_gy: float
    placed: Placed


class Prescription(NamedTuple):
    """What one prescription orders for the main target; None where it does not say."""

    dose_gy: float | None
    fractions: int | None
    targets: tuple[TargetDose, ...]
    placed: Placed
    sureness: float


def prescription_of(cues: Cues, sentences: Sequence[Sentence], title: str = "") -> Prescription | None:
    """The dose, fractions and targets that the sentences of a prescription order; None where they order none."""
    printed = {orders_plainly_written(s.text): s.placed for s in sentences}
    plain = [s._replace(placed=s.placed._replace(text=orders_plainly_written(s.text))) for s in sentences]
    found = _prescription_of(cues, plain, title)
    if found is None:
        return None
    targets = tuple(one._replace(placed=printed.get(one.placed.text, one.placed)) for one in found.targets)
    return found._replace(placed=printed.get(found.placed.text, found.placed), targets=targets)


def _prescription_of(cues: Cues, sentences: Sequence[Sentence], title: str) -> Prescription | None:
    """The prescription of sentences with numbers and units written plainly."""
    sentences = [sentence for sentence in sentences if sentence.ticked is not False]
    text = " ".join([title, *(s.text for s in sentences)])
    levels = () if _SEQUENTIAL.search(text) else levels_in(cues, sentences)
    if levels is None or (levels and _highest_named_gy(text) > levels[0].dose_gy + _SAME_DOSE_GY):
        return None
    ordered = list(levels or _ordered(cues, sentences))
    count = _fraction_count(sentences)
    daily = list(_daily_doses(cues, sentences))
    if not ordered and count:
        ordered = [one._replace(dose_gy=one.dose_gy * count, fractions=count) for one in daily]
        if _highest_named_gy(text) > max((one.dose_gy for one in ordered), default=0.0) + _SAME_DOSE_GY:
            return None  # the highest target bears another dose than any that is read
    if not ordered:
        return None
    total = [o for o in ordered if o.is_total]
    sequential = bool(_SEQUENTIAL.search(text)) and not _SIMULTANEOUS.search(text)
    with_count = [o for o in ordered if o.fractions]
    counts = {o.fractions for o in with_count}
    if total:
        main = max(total, key=lambda o: (o.dose_gy, o.fractions is not None))
        is_of_phase = sequential and any(o.fractions == count and o.dose_gy < main.dose_gy for o in with_count)
        dose, fractions = main.dose_gy, fractions_of_total(ordered, main, None if is_of_phase else count)
    elif (sequential or _adds_a_boost(text)) and len(with_count) >= 2 and len(counts) >= 2:
        phases = distinct(with_count)
        whole = course_of(phases)
        main = whole or phases[0]
        dose = whole.dose_gy if whole else sum(o.dose_gy for o in phases)
        fractions = whole.fractions if whole else sum(o.fractions or 0 for o in phases)
        if dose > _MOST_COURSE_GY:
            return None  # one of them is the dose of the course, and which is not known
    else:
        main = max(with_count or ordered, key=lambda o: o.dose_gy)
        shared = _SIMULTANEOUS.search(main.text) is not None
        higher = [o for o in ordered if o.dose_gy > main.dose_gy]
        fractions = main.fractions or count
        beside = [o for o in higher if o.text == main.text and (o.target or shared)]
        beside += [o for o in higher if _is_of_fractions(o.dose_gy, fractions, daily)]
        main = max(beside, key=lambda o: o.dose_gy, default=main)  # targets of one line share its fractions
        dose = main.dose_gy
    if not total and not sequential and fractions and _is_below_its_fractions(dose, fractions, daily):
        return None
    if len(counts) == 1 and fractions is None and not (total and sequential):
        fractions = next(iter(counts))
    if fractions is None and not sequential:
        fractions = _whole_number_of(dose, {one.dose_gy for one in daily})
    if dose < _LEAST_COURSE_GY or (fractions is None and _highest_named_gy(text) > dose + _SAME_DOSE_GY):
        return None
    targets = _targets(ordered, sentences, dose, sequential or bool(total))
    return Prescription(round(dose, 3), fractions, targets, main.placed, 0.93 * main.placed.sureness)


def _is_below_its_fractions(dose_gy: float, fractions: int, daily: Sequence[OrderedDose]) -> bool:
    """Whether a target of the same fractions has a higher dose by its dose of one fraction than the one read."""
    return any(one.dose_gy * fractions > dose_gy + _SAME_DOSE_GY for one in daily)


def _is_of_fractions(dose_gy: float, fractions: int | None, daily: Sequence[OrderedDose]) -> bool:
    """Whether one of the doses of one fraction makes up a dose in the fractions of the target beside it."""
    return fractions is not None and any(abs(one.dose_gy * fractions - dose_gy) < _SAME_DOSE_GY for one in daily)


def _highest_named_gy(text: str) -> float:
    """The highest dose in Gy in the name of a target of a text; 0 where none bears one."""
    return max((implied_gy(found[1]) or 0.0 for found in TARGET.finditer(text)), default=0.0)


def _adds_a_boost(text: str) -> bool:
    """Whether a text names a boost behind a dose, and puts nothing off."""
    return _ADDS_A_BOOST.search(text) is not None and _DEFERRED.search(text) is None


def _ordered(cues: Cues, sentences: Sequence[Sentence]) -> Iterator[OrderedDose]:
    headers: list[str] = []
    in_columns, rows = doses_in_target_columns(sentences)
    yield from in_columns
    for sentence in each_row_once(sentences):
        if sentence.row in rows:
            continue
        text = sentence.text
        if sentence.row >= 0:
            by_column = dose_of_columns(sentence)
            if by_column is not None:
                yield by_column
                yield from sum_of_columns(sentence, by_column)
                continue
            low = text.lower()
            if (
                re.search(r"\b(?:target|volume|phase|site|ptv)\b", low)
                and re.search(r"\b(?:dose|gy|cgy)\b", low)
                and not any(c.isdigit() for c in low)
            ):
                headers = [low]
                continue
            from_row = dose_of_row(sentence, bool(headers), headers[0] if headers else "")
            if from_row is not None:
                yield from_row
                continue
        yield from _of_text(cues, sentence)


_LIMITS = re.compile(
    r"\b(?:constraint|limit|max(?:imum)?\b|mean\b|previous|superseded|replaces|instead of|to date|so far)",
    re.IGNORECASE,
)
_NOT_THE_ORDER = re.compile(
    r"\b(?:previous|prior|earlier|instead of|not|superseded|replaces|old|max\w*|mean|limit|under|below|received|after|had)\s+"
    r"(?:\w+\s+){0,2}$|\b(?:over|above|than|exceed\w*|beyond)\s*$|(?<![-=])[<>≤≥]=?\s*$|(?<!rx )(?<!order )(?<!prescription )\b[DV]\d+\S*\s*$"
    r"|\b(?:previous|prior|earlier|old|former|void(?:ed)?|superseded) (?:order|rx|prescription|version|script)s?\b\W*$"
    r"|\b(?:hx|history|h/o|prior|previous)(?: of)?:? (?:rt|xrt|ebrt|radiation|irradiation|radiotherapy)\b[^.;]*$"
    r"|\b(?:rt|xrt|ebrt|radiation|irradiation|radiotherapy),? (?:in )?\(?(?:19|20)\d\d\W*$"
    r"|\b(?:previous|prior|earlier) (?:course|rt|radiation|irradiation|radiotherapy|treatment|plan)\b[^.;]*$"
    r"|\((?:was|were|formerly|originally|from)\s*:?\s*$|\b(?:formerly|originally|original(?: (?:order|dose|rx|prescription))?)\s*(?::|was|were|had been|read|said)?\s*$"
    r"|\b(?:first|earlier|other) (?:course|treatment|irradiation|series) (?:of|in|from) (?:\w+ )?(?:19|20)\d\d\b[^.;]*$"
    r"|\b(?:19|20)\d\d (?:course|treatment|radiation|irradiation|radiotherapy|rt)\b\W*(?:of\s+)?$"
    r"|\b(?:supersed|replac)(?:es|ing)\b[^.;:()]{0,40}\(\s*$|\((?:supersed|replac)(?:es|ing)\b[^.;:()]*$",
    re.IGNORECASE,
)
_CHANGED_FROM = re.compile(
    r"\b(?:chang|reduc|lower|rais|increas|decreas|revis|amend|correct)\w*\b[^.;]{0,40}\bfrom\s+(?:\w+ )?$",
    re.IGNORECASE,
)
_AS_ANOTHER_SHEET_SAID = re.compile(
    r"\b(?:first|earlier|old|previous|prior|former|original) (?:sheet|order|version|draft|page|script|prescription|rx|form)\b[^.;:)]{0,40}"
    r"\b(?:read|said|had|gave|was|asked for|called for)\b\s+(?:for )?(?:(?!\b(?:now|instead|today|changed|amended|replaced|new|this)\b)[^;:)])*$",
    re.IGNORECASE,
)  # such as: first sheet of 4/9 read 59.4 Gy, torn up
_NO_TOTAL_LABEL = re.compile(
    r"per fraction|fraction(?:al)? dose|daily dose|limit|constraint|max|tolerance", re.IGNORECASE
)


def _of_text(cues: Cues, sentence: Sentence) -> Iterator[OrderedDose]:
    text = sentence.text
    if _LIMITS.search(text) and not re.search(r"fractions|\bfx\b", text, re.IGNORECASE):
        return
    doses = merged(_doses(cues, sentence))
    for at, (start, dose, fractions) in enumerate(doses):
        if 0 < dose <= MOST_GY:
            before = text[max(start - 40, doses[at - 1][0] if at else 0, 0) : start]
            is_labelled = TOTAL.search(sentence.label) is not None and not DOSE.search(sentence.label)
            is_in_row = sentence.row >= 0 and fractions is None and _ROW_OF_TOTALS.match(text) is not None
            total = is_labelled or is_in_row or TOTAL.search(before) is not None
            count = fractions
            if total and _goes_on(text, doses[: at + 1], doses[at + 1 :]):
                total, count = False, fractions or _count_before(text, start)
            if _is_a_sum(text, start, is_first=at == 0):
                total, count = True, fractions or _count_behind(text, start)
            target = _nearest_target(text, start)
            yield OrderedDose(dose, count, target, total, bool(BOOST.search(text)), sentence.placed, text)


_ROW_OF_TOTALS = re.compile(r"\W*total(?: dose)?\b\W*\d", re.IGNORECASE)  # one for each target that heads a column
_TAKEN_TO = re.compile(
    r"\b(?:bring|tak|carr(?:y)?|rais)(?:s|es|ies|ing)?\b[^.;\d]{0,45}\b(?:up )?to\s+(?:a |an )?$|\bfor a total (?:dose )?of\s+$",
    re.IGNORECASE,
)  # such as: bringing the tumor bed to 60 Gy
_REACHED = re.compile(
    r"(?:\b(?:then|boost\w*|thereafter|followed by|cone ?-?down|additional|further)\b[^.]*\bto\s+(?:a |an )?(?:total (?:dose )?of\s+)?"
    r"|(?:->|→|=>)\s*)$",
    re.IGNORECASE,
)  # such as: then 5 fractions of 2 Gy, to 60 Gy
_ALTOGETHER = re.compile(
    r"[\d.,]+\s?(?:c?gy|rads?),?\s+(?:altogether|in all\b|in total|in sum|all told|cumulative(?:ly)?|overall|combined)",
    re.IGNORECASE,
)


def _is_a_sum(text: str, at: int, is_first: bool) -> bool:
    """Whether the dose at a place of a text is what the phases before it and its own make up."""
    before = text[max(at - 70, 0) : at]
    is_reached = not is_first and _REACHED.search(before) is not None
    return is_reached or bool(_TAKEN_TO.search(before) or _ALTOGETHER.match(text, at))


_GOES_ON = re.compile(r"\b(?:then|thereafter|followed by|cone ?-?down|boost\w*)\b", re.IGNORECASE)


def _goes_on(
    text: str, until: Sequence[tuple[int, float, int | None]], behind: Sequence[tuple[int, float, int | None]]
) -> bool:
    """Whether a total is that of its phase, and another phase follows: 2 Gy each, total 50 Gy; then 10 Gy in 5 fractions."""
    *before, (at, total_gy, _) = until
    if not behind or not _GOES_ON.search(text[at : behind[0][0]]):
        return False
    phases = [[gy for _, gy, count in part if count] for part in (before, behind)]
    return not any(len(part) > 1 and abs(sum(part) - total_gy) < _SAME_DOSE_GY for part in phases)


def _count_before(text: str, at: int) -> int | None:
    """The one number of fractions that stands before a place of a text; None where there is none or several."""
    counts = {count_only(found) for found in COUNT_ONLY.finditer(text[:at])}
    return next(iter(counts)) if len(counts) == 1 else None


_COUNT_BEHIND = re.compile(
    r"[\d.,]+\s?(?:c?gy|rads?)\s+(?:after|in|over)\s+(?:a total of |all )?(\d{1,2})\s+(?:fractions|fx|sessions|treatments)\b",
    re.IGNORECASE,
)


def _count_behind(text: str, at: int) -> int | None:
    found = _COUNT_BEHIND.match(text, at)
    return int(found[1]) if found is not None else None


def _doses(cues: Cues, sentence: Sentence) -> list[tuple[int, float, int | None]]:
    """Place, dose in Gy and fractions of each dose of a sentence; each stretch of it is read once."""
    text = sentence.text
    read: list[tuple[re.Match[str], tuple[float, int | None] | None]] = []
    for pattern, reader in DOSE_READERS:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end() and match.end() > other.start() for other, _ in read):
                read.append((match, reader(match)))
    orders = OrdersOfText(text, cues, sorted(match.span() for match, _ in read))
    metric = _METRIC.search(text)
    found = [
        (match.start(1), *one)
        for match, one in read
        if one is not None
        and not (metric is not None and sentence.row >= 0 and metric.start() < match.start())
        and not _NOT_THE_ORDER.search(text[max(match.start() - 30, 0) : match.start()])
        and not _CHANGED_FROM.search(text[: match.start()])
        and not _AS_ANOTHER_SHEET_SAID.search(text[: match.start()])
        and orders.orders(match.span(), may_report=False)
        and not is_of_others(text, match.span(), cues)
        and not _ONLY_IF.match(text, match.end())
        and not _IF_EVER.search(text[: match.start()])
        and not _NOT_CHOSEN.match(text, match.end())
        and not (one[1] is None and _AT_MOST_BEHIND.match(text, match.end()))
    ]
    return [
        one
        for one in found
        if one[2] is not None or (_is_a_total(sentence, one[0]) and not _IS_A_LIMIT.search(text[: one[0]]))
    ]


_IS_A_LIMIT = re.compile(
    r"\b(?:(?:at (?:least|most)|(?:no|not) (?:more|less|lower|higher) than|nothing (?:above|over|below|under)|minimum(?: of)?|min)\s+"
    r"|[DV]\d+(?:\.\d+)?\s?(?:%|cc|cm3|c?Gy)?\b[^.;:,\d]{0,30})$"
    r"|\d\s?%\s+(?:of\b|to\b|gets?\b|receiv\w+|cover\w*)(?:[PC]TV[ _]?\d+|[^.;:,\d]){0,40}$",
    re.IGNORECASE,
)  # such as: PTV: D95 at least 47.5 Gy
_METRIC = re.compile(r"(?<![\w-])[DV]\d+(?:\.\d+)?\s?(?:%|cc|cm3|c?Gy)", re.IGNORECASE)  # behind it a row gives limits
_AT_MOST_BEHIND = re.compile(
    r"\W{0,2}(?:(?:dose )?(?:to|in|at) (?:any |the hottest )?\d*\.?\d+ ?(?:cc|cm3|cm³|ml)\b|at (?:the )?(?:very )?most\b|at any point|at a point|anywhere"
    r"|or (?:less|lower|below|under)\b|\(?(?:max(?:imum)?|mean|average)\b(?! \w+ (?:fractions|fx)))",
    re.IGNORECASE,
)  # such as: brachial plexus 66 Gy to 0.1 cc at most
_NOT_CHOSEN = re.compile(
    r"(?:,\s*\d+(?:\.\d+)? ?c?Gy\b)?[^.;\d]*\b(?:was|were|is|are)\b[^.;\d]*\b(?:an option|(?:not|never) (?:chosen|taken|wanted|used)|rejected|declined|deferred|postponed|on hold|undecided|pending)\b",
    re.IGNORECASE,
)  # such as: 60 Gy in 10 fractions were an option of the board
_IF_EVER = re.compile(
    r"\b(?:if (?:it|they|this|that|one|she|he) (?:is|are|were|should|must)\b|if ever\b|if needed\b|should (?:it|this|they) )[^.;:]{0,50}$",
    re.IGNORECASE,
)
_ONLY_IF = re.compile(r"[^;.,()\d]{0,20}\b(?:if|unless|in case|should)\b", re.IGNORECASE)


_UP_TO = re.compile(
    r"\d\s?c?gy\s?(?:/|per|a|each|daily|qd|bid|b\.i\.d\.|twice)[ \w.]{0,14}\bto\s+(?:a (?:total|dose) of\s+)?$",
    re.IGNORECASE,
)  # such as: 2.2 Gy/fx to 66 Gy


def _is_a_total(sentence: Sentence, at: int) -> bool:
    """Whether a dose without fractions beside it is that of the course and not of one fraction."""
    found = DOSE.match(sentence.text, at)
    if found is None or in_gy(found[1], found[2]) <= 12.5 or _NO_TOTAL_LABEL.search(sentence.label):
        return False
    if re.search(r"\btotal\b[^.;\d]*$", sentence.text[max(at - 30, 0) : at], re.IGNORECASE):
        return True
    if _UP_TO.search(sentence.text[:at]):
        return True
    behind = re.split(r"[(\d]", sentence.text[found.end() : found.end() + 25])[0]  # what follows is another dose
    before = re.split(r"[),;]", sentence.text[max(at - 22, 0) : at])[-1]
    around = (behind, before)
    return not any(_PER_FRACTION.search(part) for part in around)


def _nearest_target(text: str, at: int) -> str:
    names = [(m.start(), m[1]) for m in TARGET.finditer(text)]
    behind = [
        name
        for start, name in names
        if start > at and re.search(r"\bto\b", text[at:start]) and len(text[at:start]) < 60
    ]
    if behind:
        return behind[0]
    before = [name for start, name in names if start < at]
    if before or not names:
        return before[-1] if before else ""
    start, name = names[0]
    between = text[at:start]
    return name if len(DOSE.findall(between)) <= 1 and not _GOES_ON.search(between) else ""


def _targets(
    ordered: Sequence[OrderedDose], sentences: Sequence[Sentence], dose: float, sequential: bool
) -> tuple[TargetDose, ...]:
    found: dict[str, TargetDose] = {}
    totals = [one for one in ordered if one.target and one.is_total]
    for one in totals:
        if one.text.lower().lstrip().startswith(one.target.lower()):
            found[_key(one.target)] = TargetDose(one.target, round(one.dose_gy, 3), one.placed)
    for one in ordered:
        if one.target and not one.is_total:
            implied = implied_gy(one.target)
            value = (
                implied if sequential and implied and implied > one.dose_gy else with_phases_before(ordered, one, dose)
            )
            key = _key(one.target)
            if key not in found:
                found[key] = TargetDose(one.target, round(value, 3), one.placed)
    for one in totals:
        found.setdefault(_key(one.target), TargetDose(one.target, round(one.dose_gy, 3), one.placed))
    for sentence in sentences:
        for match in TARGET.finditer(sentence.text):
            implied = implied_gy(match[1])
            if _key(match[1]) not in found and implied and implied <= dose + 0.5:
                found[_key(match[1])] = TargetDose(match[1], implied, sentence.placed)
    if not found:
        bare = _only_target(sentences)
        place = next((o.placed for o in ordered), None)
        if place is not None:
            found[""] = TargetDose(bare or "PTV", round(dose, 3), place)
    named = [t for t in found.values() if implied_gy(t.name)]
    if named and len(found) > len(named):
        doses = {t.dose_gy for t in named}
        return tuple(t for t in found.values() if t in named or t.dose_gy not in doses)
    return tuple(found.values())


def _only_target(sentences: Sequence[Sentence]) -> str:
    """The first target that sentences name; '' where a table names several, as it is not known whose dose it is."""
    if len({_key(m[1]) for s in sentences if s.row >= 0 for m in TARGET.finditer(s.text)}) > 1:
        return ""
    return next((m[1] for s in sentences for m in TARGET.finditer(s.text)), "")


def _key(name: str) -> str:
    """A name of a target by which PTV 45 and PTV_45 are one."""
    return re.sub(r"[\s_-]", "", name.lower())


_SAME_DOSE_GY = 0.6
_LEAST_COURSE_GY, _MOST_COURSE_GY = 4.0, 90.0
_OF_ONE_FRACTION = re.compile(
    rf"(?<![\w.]){NUMBER}\s?(c?gy)\s*(?:/|per|a|each)\s*(?:daily )?(?:fx|fractions?|day|treatment|session)?\b"
    rf"|\b(?:dose (?:per|/|a) ?(?:fx|fraction|day)|daily dose|fraction(?:al)? (?:dose|size))\W{{1,3}}{NUMBER}\s?(c?gy)\b"
    rf"|(?<![\w.]){NUMBER}\s?(c?gy) (?:daily|qd|q\.d\.|bid|b\.i\.d\.|twice (?:a day|daily))(?!\w)"
    rf"|\bgy at {NUMBER}\s?(c?gy)\b(?=\s*(?:[;,.]|$))",
    re.IGNORECASE,
)
_LEAST_DAILY_GY, _MOST_DAILY_GY = 1.0, 12.5
_MOST_FRACTIONS = 45


def _daily_doses(cues: Cues, sentences: Sequence[Sentence]) -> Iterator[OrderedDose]:
    """The doses of one fraction that sentences order, each with its target, such as: PTV60 at 2 Gy/fx."""
    for sentence in sentences:
        text = sentence.text
        found = list(_OF_ONE_FRACTION.finditer(text))
        orders = OrdersOfText(text, cues, [match.span() for match in found])
        for match in found:
            number, unit = (group for group in match.groups() if group)
            gy = in_gy(number, unit)
            is_set_aside = _NOT_THE_ORDER.search(text[max(match.start() - 30, 0) : match.start()])
            if (
                _LEAST_DAILY_GY <= gy <= _MOST_DAILY_GY
                and not is_set_aside
                and orders.orders(match.span(), may_report=False)
            ):
                yield OrderedDose(gy, None, _nearest_target(text, match.start()), False, False, sentence.placed, text)


def _whole_number_of(dose_gy: float, daily_gy: Collection[float]) -> int | None:
    """The fractions that make up a dose by the one daily dose of an order; None where they are no whole number."""
    if len(daily_gy) != 1:
        return None
    number = dose_gy / next(iter(daily_gy))
    whole = round(number)
    return whole if 1 <= whole <= _MOST_FRACTIONS and abs(number - whole) * 100 < 1 else None


_ADDED = re.compile(
    r"\badd(?:s|ed|ing|itional)?\b\W{0,2}(\d{1,2})\b[^.;\d]{0,40}?(?:from\s+)?(\d{1,2})\s?(?:to|->|→)\s?(\d{1,2})\b",
    re.IGNORECASE,
)  # such as: add 3 fractions (30 to 33)


def _count_with_added(sentences: Sequence[Sentence]) -> int | None:
    """The fractions of a course after an order that adds some; None where none does, or its numbers do not fit."""
    for sentence in sentences:
        found = _ADDED.search(sentence.text)
        if found is not None and int(found[2]) + int(found[1]) == int(found[3]):
            return int(found[3])
    return None


def _fraction_count(sentences: Sequence[Sentence]) -> int | None:
    after_addition = _count_with_added(sentences)
    if after_addition is not None:
        return after_addition
    for sentence in sentences:
        found = COUNT_ONLY.search(sentence.text)
        if found and not re.search(
            r"after|per week|weekly|first|(?<!per )(?<!each )fraction \d", sentence.text, re.IGNORECASE
        ):
            return count_only(found)
        if re.search(r"fractions?\b|# ?fx|number of fx", sentence.label, re.IGNORECASE) and not re.search(
            r"dose|per|size", sentence.label, re.IGNORECASE
        ):
            number = re.search(r"(?<![\d.])\d{1,2}(?![\d.]|\s?c?gy)", sentence.text.split(":")[-1], re.IGNORECASE)
            if number and int(number.group()):
                return int(number.group())
    return None
