"""What prescriptions order: dose and fractions, the targets with their doses, boosts."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.grammar.plain_writing import orders_plainly_written
from isocenter.chart.orders.dose_levels import levels_in
from isocenter.chart.orders.dose_tables import TARGET, OrderedDose
from isocenter.chart.orders.doses_ordered import doses_ordered
from isocenter.chart.orders.fractions_ordered import daily_doses, fraction_count, whole_number_of
from isocenter.chart.orders.phases import course_of, distinct, fractions_of_total, implied_gy, with_phases_before
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed

_SEQUENTIAL = re.compile(
    r"(?:gy|fx|fractions|\d)\s*(?:->|→)|\bgy\b[^.;+]{0,14}(?:\+|\bplus\b)\s*\d|\bthereafter\b|\bsubsequent(?:ly)?\b|\bafterwards?\b|\breducing to\b|\bphase\b|\bsequential\b|\bfollowed by\b|\bthen\b|\bcone[ -]?down\b|\badditional\b|\bafter (?:this|that|which)\b|\ba further\b|\binitial (?:\w+ ){0,3}boost\b|\bboost of\b|\bboost(?:ed|ing)?\b[^.;:\d]{0,30}\bto (?:a total of )?\d|\bboost to\b|\bboost:|\bboost \d",
    re.IGNORECASE,
)
_ADDS_A_BOOST = re.compile(r"\d\s?c?gy\b.*(?<!no )(?<!without )\bboost\b(?!\W+(?:none|not?|is|was)\b)", re.IGNORECASE)
_DEFERRED = re.compile(
    r"\b(?:deferred|defer|pending|postponed|later|tbd|held|optional|possible|consider\w*|if|depending|may)\b",
    re.IGNORECASE,
)
_SIMULTANEOUS = re.compile(
    r"simultaneous|\bsib\b|integrated boost|dose[ -]paint\w*|concurrent boost|concomitant boost|same (?:fractions|sessions|time)|together",
    re.IGNORECASE,
)
_SAME_DOSE_GY = 0.6
_LEAST_COURSE_GY, _MOST_COURSE_GY = 4.0, 90.0


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
    ordered = list(levels or doses_ordered(cues, sentences))
    count = fraction_count(sentences)
    daily = list(daily_doses(cues, sentences))
    if not ordered and count:
        ordered = [one._replace(dose_gy=one.dose_gy * count, fractions=count) for one in daily]
        if _highest_named_gy(text) > max((one.dose_gy for one in ordered), default=0.0) + _SAME_DOSE_GY:
            return None  # the highest target bears another dose than any that is read
    if not ordered:
        return None
    is_total = any(one.is_total for one in ordered)
    if not is_total and (_BOOST_AFTER.search(text) or _repeats_a_phase(ordered)):
        return None  # what the doses make up together is not said
    sequential = bool(_SEQUENTIAL.search(text)) and not _SIMULTANEOUS.search(text)
    adds_a_boost = _adds_a_boost(text) or (_has_a_row_of_boost(ordered) and not _SIMULTANEOUS.search(text))
    course = _course(ordered, count, daily, sequential=sequential, adds_a_boost=adds_a_boost)
    if course is None:
        return None
    main, dose, fractions = course
    if not is_total and not sequential and fractions and _is_below_its_fractions(dose, fractions, daily):
        return None
    counts = {one.fractions for one in ordered if one.fractions}
    if len(counts) == 1 and fractions is None and not (is_total and sequential):
        fractions = next(iter(counts))
    if fractions is None and not sequential:
        fractions = whole_number_of(dose, {one.dose_gy for one in daily})
    if dose < _LEAST_COURSE_GY or (fractions is None and _highest_named_gy(text) > dose + _SAME_DOSE_GY):
        return None
    targets = _targets(ordered, sentences, dose, sequential or is_total)
    return Prescription(round(dose, 3), fractions, targets, main.placed, 0.93 * main.placed.sureness)


_BOOST_AFTER = re.compile(r"\bboost\b[^.;]{0,60}\bafter\s+(?:\w+\s+){0,2}\d+(?:\.\d+)?\s?c?gy\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:then|followed by|thereafter)\b", re.IGNORECASE)


def _repeats_a_phase(ordered: Sequence[OrderedDose]) -> bool:
    """Whether one sentence orders the same dose in the same fractions again after it, as in a course with a rest."""
    phases = [(o.text, o.dose_gy, o.fractions) for o in ordered if o.fractions and _THEN.search(o.text)]
    return len(phases) != len(set(phases))


class _Course(NamedTuple):
    """The dose that says what the whole course is, or begins it; its dose in Gy and fractions."""

    main: OrderedDose
    dose_gy: float
    fractions: int | None


def _course(
    ordered: Sequence[OrderedDose],
    count: int | None,
    daily: Sequence[OrderedDose],
    *,
    sequential: bool,
    adds_a_boost: bool,
) -> _Course | None:
    """The course of all doses ordered: their total, the sum of their phases, or the highest of those given together."""
    total = [o for o in ordered if o.is_total]
    with_count = [o for o in ordered if o.fractions]
    if total:
        main = max(total, key=lambda o: (o.dose_gy, o.fractions is not None))
        is_of_phase = sequential and any(o.fractions == count and o.dose_gy < main.dose_gy for o in with_count)
        return _Course(main, main.dose_gy, fractions_of_total(ordered, main, None if is_of_phase else count))
    if (sequential or adds_a_boost) and len({o.fractions for o in with_count}) > 1:
        phases = distinct(with_count)
        whole = course_of(phases)
        if whole is not None:
            return _Course(whole, whole.dose_gy, whole.fractions)
        dose = sum(o.dose_gy for o in phases)
        if dose > _MOST_COURSE_GY:
            return None  # one of them is the dose of the course, and which is not known
        return _Course(phases[0], dose, sum(o.fractions or 0 for o in phases))
    return _highest_of_levels(ordered, count, daily)


def _highest_of_levels(
    ordered: Sequence[OrderedDose], count: int | None, daily: Sequence[OrderedDose]
) -> _Course | None:
    """The highest of the doses given together, with its fractions; None where a higher one beside it has unknown ones."""
    main = max([o for o in ordered if o.fractions] or ordered, key=lambda o: o.dose_gy)
    shared = _SIMULTANEOUS.search(main.text) is not None
    higher = [o for o in ordered if o.dose_gy > main.dose_gy]
    fractions = main.fractions or count
    beside = [o for o in higher if o.text == main.text and (o.target or shared)]
    beside += [o for o in higher if _is_of_fractions(o.dose_gy, fractions, daily)]
    if not beside and any(o.text == main.text and o.dose_gy > main.dose_gy + _SAME_DOSE_GY for o in higher):
        return None
    main = max(beside, key=lambda o: o.dose_gy, default=main)  # targets of one line share its fractions
    return _Course(main, main.dose_gy, fractions)


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


def _has_a_row_of_boost(ordered: Sequence[OrderedDose]) -> bool:
    """Whether a table gives a boost its own dose, below that of another target, and other fractions."""
    rows = [one for one in ordered if one.placed.text == one.text and one.fractions]
    boosts = [one for one in rows if one.is_boost]
    others = [one for one in rows if not one.is_boost]
    return any(
        boost.dose_gy < one.dose_gy and boost.fractions != one.fractions for boost in boosts for one in others
    ) and all(boost.fractions not in {one.fractions for one in others} for boost in boosts)


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
            names = [one.target, *_joined_to(one.target, one.text)] if key not in found else []
            found |= {
                _key(name): TargetDose(name, round(value, 3), one.placed) for name in names if _key(name) not in found
            }
    for one in totals:
        found.setdefault(_key(one.target), TargetDose(one.target, round(one.dose_gy, 3), one.placed))
    for sentence in sentences:
        for match in TARGET.finditer(sentence.text):
            implied = implied_gy(match[1])
            if _key(match[1]) not in found and implied and implied <= dose + 0.5:
                found[_key(match[1])] = TargetDose(match[1], implied, sentence.placed)
    if not found:
        is_one_dose = len({round(one.dose_gy, 1) for one in ordered}) == 1  # else it is not known whose is the highest
        bare = _only_target(sentences) if is_one_dose else ""
        place = next((o.placed for o in ordered), None)
        if place is not None:
            found[""] = TargetDose(bare or "PTV", round(dose, 3), place)
    named = [t for t in found.values() if implied_gy(t.name)]
    if named and len(found) > len(named):
        doses = {t.dose_gy for t in named}
        return tuple(t for t in found.values() if t in named or t.dose_gy not in doses)
    return tuple(found.values())


def _joined_to(target: str, text: str) -> list[str]:
    """The targets that share the dose of the one before them, such as: to PTV_Breast and PTV_Nodes; none that bears its own dose."""
    at = re.search(rf"\bto (?:the )?{re.escape(target)}(?![\w.])", text)
    stop, names = (at.end(), list[str]()) if at is not None else (len(text), [])
    while (more := _JOINED.match(text, stop)) is not None and implied_gy(more[1]) is None:
        names.append(more[1])
        stop = more.end()
    return names if _NO_MORE_OF_THEM.match(text, stop) else []


_JOINED = re.compile(rf"\s*(?:,|\band\b|&|\+|, and\b)\s*(?:the )?{TARGET.pattern}", re.IGNORECASE)
_NO_MORE_OF_THEM = re.compile(
    r"\s*(?:$|[.;)](?!\d)|,(?!\s*(?:(?!boost)[a-z]+ )?\d)|(?:in|over) \d+ (?:daily )?(?:fractions?|fx|fr)\b|at \d[\d.]* ?c?gy\s*(?:per|a|each|/))",
    re.IGNORECASE,
)  # so that the last of them bears no dose of its own, such as: and PTV_Low will receive 54 Gy


def _only_target(sentences: Sequence[Sentence]) -> str:
    """The first target that sentences name; '' where a table names several, as it is not known whose dose it is."""
    if len({_key(m[1]) for s in sentences if s.row >= 0 for m in TARGET.finditer(s.text)}) > 1:
        return ""
    return next((m[1] for s in sentences for m in TARGET.finditer(s.text)), "")


def _key(name: str) -> str:
    """A name of a target by which PTV 45 and PTV_45 are one."""
    return re.sub(r"[\s_-]", "", name.lower())
