"""Which prescription of a chart is in force, and what it orders: dose, fractions, targets, constraints."""

import re
from collections.abc import Iterator, Mapping, Sequence

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.course.paper_read import PaperRead, cited
from isocenter.chart.course.writers import PHYSICIANS
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.orders import constraints as numbers
from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.chart.orders.limits_of_plans import limits_listed_in, refers_to_limits_of_a_note
from isocenter.chart.orders.orders import are_stopped, holds_parts_stopped, in_force
from isocenter.chart.orders.prescriptions import Prescription, prescription_of


def _is_prescription(one: PaperRead, found: Abstraction) -> bool:
    return "prescription" in _kinds_found(one, found)


def _kinds_found(one: PaperRead, found: Abstraction) -> set[str]:
    return {
        d.kind
        for d in found.documents
        if d.file == one.file and d.title == one.paper.title and d.pages == one.paper.pages
    }


def take_prescription(
    grammar: Grammar, read: Sequence[PaperRead], found: Abstraction, read_by: Mapping[tuple[str, int], str]
) -> None:
    """Dose and constraints of the prescriptions in force; a superseded one orders nothing.

    A planning paper's limits count where no prescription limits a critical structure, and where one refers to them;
    its own limit of a structure and metric then takes the place of the one in the planning paper.
    """
    valid = {id(one): in_force(one.sentences) for one in read if _is_prescription(one, found)}
    ordering = [
        one
        for one in read
        if id(one) in valid and (one.paper.state != "superseded" or holds_parts_stopped(one.sentences))
    ]
    ordering = [
        one for one in ordering if one.paper.state != "draft" and not are_stopped(one.sentences)
    ] or ordering  # a draft, or what was stopped, orders only where it is alone
    limits = [(one, limit) for one in ordering for limit in numbers.constraints_in(grammar, valid[id(one)])]
    if any(_is_signed(one) and not limit.is_target for one, limit in limits):
        limits = [
            (one, limit) for one, limit in limits if _is_signed(one)
        ]  # a sheet that nobody signed orders no others
    refers = any(_is_signed(one) and refers_to_limits_of_a_note(s.text) for one in ordering for s in valid[id(one)])
    if refers or all(limit.is_target for _, limit in limits):
        own = {(limit.structure.lower(), limit.metric) for _, limit in limits}
        listed = _listed_in_plans(grammar, read, found)
        limits += [(one, limit) for one, limit in listed if (limit.structure.lower(), limit.metric) not in own]
    limits = _as_changed(limits)
    seen: set[tuple[str, str, float]] = set()
    for one, limit in limits:
        key = (limit.structure.lower(), limit.metric, limit.limit / 100 if limit.unit == "cGy" else limit.limit)
        if key not in seen:
            seen.add(key)
            found.constraints.append((limit, cited(one.file, limit.placed, limit.sureness, read_by)))
    given = [
        (one, prescription)
        for one in ordering
        if (prescription := prescription_of(grammar.cues, valid[id(one)], one.paper.title)) is not None
    ]
    if not given:
        given = _in_untitled(grammar, read)
    if not given:
        for one in read:
            if one.paper.type is not None and "clinical_planning_note" in one.paper.type.kinds and not given:
                prescription = prescription_of(grammar.cues, in_force(one.sentences), one.paper.title)
                if prescription is not None:
                    given = [(one, prescription._replace(sureness=0.7))]
    if given:
        one, found.prescription = _in_force(given)
        found.prescription_cited = cited(one.file, found.prescription.placed, found.prescription.sureness, read_by)
        found.target_cites = [
            cited(one.file, t.placed, found.prescription.sureness, read_by) for t in found.prescription.targets
        ]


def _as_changed(limits: Sequence[tuple[PaperRead, ConstraintFound]]) -> list[tuple[PaperRead, ConstraintFound]]:
    """The limits without those that an addendum changes: of the same structure and metric as one of its own."""
    changed = {_limited(limit): one for one, limit in limits if one.paper.state == "addendum"}
    return [(one, limit) for one, limit in limits if changed.get(_limited(limit), one) is one]


def _limited(limit: ConstraintFound) -> tuple[str, str, str]:
    return limit.structure.lower(), limit.metric, limit.comparison[:1]


def _is_signed(one: PaperRead) -> bool:
    return any(signature.role in PHYSICIANS for signature in one.signatures)


_PLANNING = {"clinical_planning_note", "simulation_record", "visit_note"}
_WITH_REASONS = {*_PLANNING, "necessity_statement"}
_OF_PLANS = 0.8  # how sure a limit of such a paper is, in parts of one of a prescription


def _listed_in_plans(
    grammar: Grammar, read: Sequence[PaperRead], found: Abstraction
) -> Iterator[tuple[PaperRead, ConstraintFound]]:
    """The limits that a physician listed and signed in a planning paper."""
    for one in read:
        kinds = _kinds_found(one, found)
        plans = kinds <= _PLANNING or (kinds <= _WITH_REASONS and bool(kinds & _PLANNING))
        if _is_signed(one) and not one.paper.state and plans:
            for limit in limits_listed_in(grammar, in_force(one.sentences)):
                yield one, limit._replace(sureness=_OF_PLANS * limit.sureness)


_NAMES_ITSELF = re.compile(r"^\W*(?:radiation |treatment )?(?:prescription|rx)\b", re.IGNORECASE)


def _in_untitled(grammar: Grammar, read: Sequence[PaperRead]) -> list[tuple[PaperRead, Prescription]]:
    """Prescriptions in papers without a known title that call themselves so and give dose and fractions."""
    given: list[tuple[PaperRead, Prescription]] = []
    for one in read:
        if one.paper.type is None and any(_NAMES_ITSELF.search(s.text) for s in one.sentences):
            prescription = prescription_of(grammar.cues, in_force(one.sentences), one.paper.title)
            if prescription is not None and prescription.dose_gy and prescription.fractions:
                given.append((one, prescription._replace(sureness=0.8 * prescription.sureness)))
    return given


_ANOTHER_MODALITY = re.compile(
    r"\b(?:protons?|electrons?|brachytherapy|hdr|ldr|ir-?192|i-?125|seeds?|y-?90|orthovoltage|superficial x-?rays?)\b|\d\s?MeV\b",
    re.IGNORECASE,
)
_PHOTONS = re.compile(r"\b(?:photons?|imrt|vmat|arcs?|tomotherapy)\b|\d\s?(?:MV|X)\b", re.IGNORECASE)


def _is_of_another_modality(prescription: Prescription) -> bool:
    """Whether the words of an order name protons, electrons or sources and no photons: another sheet orders the IMRT."""
    words = prescription.placed.as_printed
    return _ANOTHER_MODALITY.search(words) is not None and _PHOTONS.search(words) is None


def _in_force(given: Sequence[tuple[PaperRead, Prescription]]) -> tuple[PaperRead, Prescription]:
    """The prescription in force: a revised one if there is, else the first with a dose and fractions."""
    given = [pair for pair in given if not _is_of_another_modality(pair[1])] or given
    revised = [
        pair
        for pair in given
        if re.search(
            r"revis|amend|new|supersedes|replaces",
            pair[0].paper.title + " ".join(line.row.text for line in pair[0].paper.lines[:3]),
            re.IGNORECASE,
        )
    ]
    whole = [pair for pair in given if pair[1].dose_gy and pair[1].fractions]
    changed = [pair for pair in whole if _changes_the_course(*pair)]
    if changed and not revised:
        return _with_targets_of(given[0], changed[-1])
    boosts = [pair for pair in whole if not re.search(r"\bboost\b", pair[0].paper.title, re.IGNORECASE)]
    return (revised or boosts or whole or list(given))[-1 if revised else 0]


_OF_THE_WHOLE_COURSE = re.compile(r"\b(?:totals?|in all|altogether|whole course|instead of)\b", re.IGNORECASE)
_MOST_EACH_GY = 25.0


def _changes_the_course(one: PaperRead, prescription: Prescription) -> bool:
    """Whether an addendum gives the dose and the fractions of the whole course, not those of what it adds."""
    each = (prescription.dose_gy or 0.0) / (prescription.fractions or 1)
    words = " ".join(line.row.text for line in one.paper.lines)
    return one.paper.state == "addendum" and each <= _MOST_EACH_GY and _OF_THE_WHOLE_COURSE.search(words) is not None


def _with_targets_of(
    first: tuple[PaperRead, Prescription], changed: tuple[PaperRead, Prescription]
) -> tuple[PaperRead, Prescription]:
    """A changed prescription with the targets of the first one, the highest of them at the changed dose."""
    (one, before), (addendum, after) = first, changed
    dose = after.dose_gy or 0.0
    lower = [target for target in before.targets if target.dose_gy < min(before.dose_gy or 0.0, dose)]
    highest = [target._replace(dose_gy=dose) for target in before.targets if target.dose_gy == before.dose_gy]
    if one.file != addendum.file or len(after.targets) > 1 or not highest:
        return changed
    return addendum, after._replace(targets=(*lower, *highest))
