"""Delivery: treatment records added up to fractions, beside what the plan asked for.

A session may be split over several records, a fraction over several days. Whatever does not add up (a part of a
fraction, a number given twice, a record of another plan) is reported in a sentence, and what became of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from isocenter.terms.courses import Fraction, GuidanceProtocol, ImageGuidance
from isocenter.terms.imaging import TreatmentPlan
from isocenter.terms.problems import FRACTION_RECORD, Problem, UnreadPart, gathered, worded
from isocenter.terms.treatment_records import TreatmentRecord

# A recorded meterset is rounded and overshoots a little at the beam's end.
SLACK_MU = 1.0
SLACK_SHARE = 0.01

WORST_FIRST = ("MACHINE", "OPERATOR", "UNKNOWN", "", "NORMAL")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the records of one plan add up to."""

    fractions: tuple[Fraction, ...]
    image_guidance: tuple[ImageGuidance, ...]
    problems: tuple[Problem, ...]


@dataclass(eq=False)
class _Session:
    """What was delivered of one fraction on one day."""

    treated_on: date
    number: int | None
    mu_of_beam: dict[int, float] = field(default_factory=dict)
    termination_of_beam: dict[int, str] = field(default_factory=dict)
    has_unknown_mu: bool = False

    @property
    def place(self) -> str:
        named = "session without a number" if self.number is None else f"fraction {self.number}"
        return f"{named}, {self.treated_on}"

    @property
    def delivered_mu(self) -> float | None:
        return None if self.has_unknown_mu or not self.mu_of_beam else sum(self.mu_of_beam.values())

    @property
    def termination(self) -> str:
        """The worst way in which a beam ended; a beam taken up again ends as its last part did."""
        ends = set(self.termination_of_beam.values()) or {""}
        return min(ends, key=lambda end: WORST_FIRST.index(end) if end in WORST_FIRST else 2)


class _Journal(NamedTuple):
    """Where problems are written down."""

    path: str
    problems: list[Problem]

    def note(self, place: str, template: str, **values: object) -> None:
        self.problems.append(Problem(self.path, place, worded(template, **values)))


def add_up_delivery(
    course_id: str,
    records: Iterable[TreatmentRecord],
    plan: TreatmentPlan,
    path: str,
    guidance: GuidanceProtocol | None = None,
) -> Delivery:
    """The fractions that the records of a plan show, and the set-ups whose table shift they hold.

    path names the records in problems. Records name neither the imaging nor the facility's tolerance, nor who
    guided under whose supervision: every image-guided set-up takes that from `guidance` where the case states it.
    """
    journal = _Journal(path, [])
    own = _records_of_plan(records, plan, journal)
    planned_mu = {beam.number: beam.monitor_units for beam in plan.treatment_beams if beam.monitor_units is not None}
    sessions = _number_all(_gather_sessions(own, plan, planned_mu, journal), journal)
    fractions = _join_days(sessions, planned_mu, journal)
    _check_plan_of_records(own, plan, journal)
    for session in fractions:
        _check_amounts(session, planned_mu, journal)
    _check_numbers(fractions, plan.fractions, journal)
    total_mu = sum(planned_mu.values()) if planned_mu else None
    plan_id = plan.sop_instance_uid or plan.label
    unnamed = {record.treated_on for record in own if not record.plan_uid}
    return Delivery(
        fractions=tuple(
            Fraction(
                course_id,
                s.number or 0,
                s.treated_on,
                s.delivered_mu,
                total_mu,
                s.termination,
                "" if s.treated_on in unnamed else plan_id,
            )
            for s in fractions
        ),
        image_guidance=_guided_setups(course_id, own, guidance or GuidanceProtocol("")),
        problems=(*gathered(journal.problems), *([] if fractions else _nothing_delivered(own, path))),
    )


def _nothing_delivered(records: Sequence[TreatmentRecord], path: str) -> list[Problem]:
    """That no record of the plan shows a fraction: what was delivered is not known then."""
    if not records:
        return []
    sentence = (
        f"None of the treatment records of the plan ({len(records)}) shows that a treatment beam was delivered, so the "
        "fractions are not known; ask for the records of the treatment."
    )
    return [UnreadPart(path, "fractions", sentence).of_kind(FRACTION_RECORD)]


def _records_of_plan(
    records: Iterable[TreatmentRecord], plan: TreatmentPlan, journal: _Journal
) -> list[TreatmentRecord]:
    """The dated records of this plan, each once, by date."""
    kept: list[TreatmentRecord] = []
    seen: set[str] = set()
    for record in records:
        place = f"record {record.sop_instance_uid}"
        if record.sop_instance_uid and record.sop_instance_uid in seen:
            journal.note(place, "The same record appears twice; it counts once.")
        elif record.plan_uid and record.plan_uid != plan.sop_instance_uid:
            journal.note(
                place, "It was delivered from another plan ({uid}) and does not count here.", uid=record.plan_uid
            )
        elif record.treated_on is None:
            journal.note(
                place, "It has no treatment date, so it does not count as a fraction; export it with its date."
            )
        else:
            if not record.plan_uid:
                journal.note(place, "It names no plan; it is taken as one of this plan.")
            kept.append(record)
        seen.add(record.sop_instance_uid)
    return sorted(kept, key=lambda record: (_day(record), record.fraction_number or 0))


def _check_plan_of_records(records: Sequence[TreatmentRecord], plan: TreatmentPlan, journal: _Journal) -> None:
    """Note records that are older than the plan, and those of a machine that the plan does not name."""
    machines = {beam.machine.strip() for beam in plan.treatment_beams} - {""}
    for record in records:
        place = f"record of {_day(record)}"
        if plan.plan_date is not None and _day(record) < plan.plan_date:
            sentence = "It is dated before the plan was made ({made}); ask from which plan that session was delivered."
            journal.note(place, sentence, made=plan.plan_date)
        machine = record.machine.strip()
        if machine and machines and machine.casefold() not in {name.casefold() for name in machines}:
            sentence = "It was delivered on the machine {machine!r}; the plan is made for {planned}."
            planned = " and ".join(repr(name) for name in sorted(machines))
            journal.note(place, sentence, machine=machine, planned=planned)


def _day(record: TreatmentRecord) -> date:
    assert record.treated_on is not None
    return record.treated_on


def _gather_sessions(
    records: Sequence[TreatmentRecord], plan: TreatmentPlan, planned_mu: dict[int, float], journal: _Journal
) -> list[_Session]:
    """Records of one fraction on one day as one session; set-up beams and beams of no plan add nothing."""
    treating = {beam.number for beam in plan.treatment_beams}
    in_plan = {beam.number for beam in plan.beams}
    sessions: dict[tuple[date, int | None], _Session] = {}
    for record in records:
        key = (_day(record), record.fraction_number)
        session = sessions.setdefault(key, _Session(*key))
        for beam in record.beams:
            if beam.beam_number not in in_plan:
                journal.note(session.place, "Beam {beam} is not in the plan; it is left out.", beam=beam.beam_number)
            if beam.beam_number not in treating or beam.is_of_set_up:
                continue
            _check_order(session, beam.beam_number, beam.specified_mu, planned_mu, journal)
            if beam.delivered_mu is None:
                session.has_unknown_mu = True
                sentence = "Beam {beam} was delivered with no monitor units on record."
                journal.note(session.place, sentence, beam=beam.beam_number)
            delivered = session.mu_of_beam.get(beam.beam_number, 0.0) + (beam.delivered_mu or 0.0)
            session.mu_of_beam[beam.beam_number] = delivered
            session.termination_of_beam[beam.beam_number] = beam.termination
    for session in sessions.values():
        if not session.mu_of_beam:
            journal.note(session.place, "No treatment beam was delivered, so it does not count as a fraction.")
        elif session.delivered_mu == 0:
            journal.note(session.place, "No monitor units were delivered, so it does not count as a fraction.")
    return [session for session in sessions.values() if session.mu_of_beam and session.delivered_mu != 0]


def _check_order(
    session: _Session, beam: int, specified_mu: float | None, planned_mu: dict[int, float], journal: _Journal
) -> None:
    planned = planned_mu.get(beam)
    if planned is not None and specified_mu is not None and _differ(specified_mu, planned):
        # The rest of an interrupted beam is ordered again, so less than planned is no contradiction.
        if specified_mu < planned and session.mu_of_beam.get(beam, 0.0) > 0:
            return
        journal.note(
            session.place,
            "Beam {beam} was ordered with {ordered:.1f} MU; the plan has {planned:.1f} MU.",
            beam=beam,
            ordered=specified_mu,
            planned=planned,
        )


def _differ(mu: float, other_mu: float) -> bool:
    return abs(mu - other_mu) > max(SLACK_MU, SLACK_SHARE * other_mu)


def _number_all(sessions: list[_Session], journal: _Journal) -> list[_Session]:
    """Give sessions without a number the next one, or that of the day where the day has just one."""
    last = 0
    numbered: list[_Session] = []
    for session in sorted(sessions, key=lambda s: (s.treated_on, s.number is None, s.number or 0)):
        if session.number is None:
            that_day = [other for other in numbered if other.treated_on == session.treated_on]
            place = session.place
            if len(that_day) == 1:
                journal.note(
                    place,
                    "It has no fraction number; it counts to fraction {number} of that day.",
                    number=that_day[0].number,
                )
                _add(that_day[0], session)
                continue
            session.number = last + 1
            sentence = "It has no fraction number; by its date it counts as fraction {number}."
            journal.note(place, sentence, number=last + 1)
        last = session.number
        numbered.append(session)
    return numbered


def _add(session: _Session, other: _Session) -> None:
    for beam, mu in other.mu_of_beam.items():
        session.mu_of_beam[beam] = session.mu_of_beam.get(beam, 0.0) + mu
    session.termination_of_beam.update(other.termination_of_beam)
    session.has_unknown_mu = session.has_unknown_mu or other.has_unknown_mu


def _join_days(sessions: list[_Session], planned_mu: dict[int, float], journal: _Journal) -> list[_Session]:
    """One fraction of several days where the days complete each other; else both count, and the number is wrong."""
    fractions: dict[int, list[_Session]] = {}
    for session in sessions:
        earlier = fractions.setdefault(session.number or 0, [])
        if not earlier:
            earlier.append(session)
        elif _complete_each_other(earlier[-1], session, planned_mu):
            journal.note(
                session.place,
                "Fraction {number} was begun on {begun} and went on on {ended}; it counts once, on the later day.",
                number=session.number,
                begun=earlier[-1].treated_on,
                ended=session.treated_on,
            )
            _add(earlier[-1], session)
            earlier[-1].treated_on = session.treated_on
        else:
            journal.note(
                session.place,
                "Fraction {number} was also delivered on {day}; both count as delivered, so one of the numbers is "
                "wrong.",
                number=session.number,
                day=earlier[-1].treated_on,
            )
            earlier.append(session)
    joined = [session for several in fractions.values() for session in several]
    return sorted(joined, key=lambda s: (s.treated_on, s.number or 0))


def _complete_each_other(one: _Session, other: _Session, planned_mu: dict[int, float]) -> bool:
    """Whether no beam would exceed its planned monitor units if both were one fraction."""
    if not planned_mu or one.has_unknown_mu or other.has_unknown_mu:
        return not set(one.mu_of_beam) & set(other.mu_of_beam)
    together = {
        beam: one.mu_of_beam.get(beam, 0.0) + other.mu_of_beam.get(beam, 0.0)
        for beam in set(one.mu_of_beam) | set(other.mu_of_beam)
    }
    return all(
        beam not in planned_mu or mu <= planned_mu[beam] or not _differ(mu, planned_mu[beam])
        for beam, mu in together.items()
    )


def _check_amounts(session: _Session, planned_mu: dict[int, float], journal: _Journal) -> None:
    """Note beams that are missing, cut short, or delivered more than once."""
    if session.has_unknown_mu:
        return
    for beam, planned in sorted(planned_mu.items()):
        delivered = session.mu_of_beam.get(beam)
        if delivered is None:
            sentence = "Beam {beam} ({planned:.1f} MU) was not delivered; the fraction is partial."
            journal.note(session.place, sentence, beam=beam, planned=planned)
        elif _differ(delivered, planned) and delivered < planned:
            journal.note(
                session.place,
                "Beam {beam} delivered {delivered:.1f} of {planned:.1f} MU; the fraction is partial.",
                beam=beam,
                delivered=delivered,
                planned=planned,
            )
        elif _differ(delivered, planned):
            journal.note(
                session.place,
                "Beam {beam} delivered {delivered:.1f} MU where {planned:.1f} MU were planned; see whether it was "
                "delivered twice.",
                beam=beam,
                delivered=delivered,
                planned=planned,
            )


def _check_numbers(fractions: Sequence[_Session], planned: int | None, journal: _Journal) -> None:
    """Note numbers that are missing, beyond the plan, or out of order with their dates."""
    numbers = sorted({session.number or 0 for session in fractions})
    for before, after in pairwise(numbers):
        if after > before + 1:
            missing = f"{before + 1}" if after == before + 2 else f"{before + 1} to {after - 1}"
            journal.note(
                f"fraction {missing}",
                "No record shows fraction {missing}, though later ones were delivered.",
                missing=missing,
            )
    for session in fractions:
        number = session.number or 0
        if number < 1:
            journal.note(session.place, "Fraction numbers begin at 1; the record says {number}.", number=number)
        if planned is not None and number > planned:
            sentence = "The plan has {planned} fractions; the record says {number}."
            journal.note(session.place, sentence, planned=planned, number=number)
    for earlier, later in pairwise(fractions):
        if (later.number or 0) < (earlier.number or 0):
            journal.note(
                later.place,
                "Fraction {later} is dated after fraction {earlier} ({day}).",
                later=later.number,
                earlier=earlier.number,
                day=earlier.treated_on,
            )


def _guided_setups(
    course_id: str, records: Sequence[TreatmentRecord], guidance: GuidanceProtocol
) -> tuple[ImageGuidance, ...]:
    """One row for each different shift of a session."""
    rows: dict[tuple[date, int | None, tuple[float, ...]], ImageGuidance] = {}
    for record in records:
        if record.table_shift_mm is not None:
            length_mm = sum(part * part for part in record.table_shift_mm) ** 0.5
            key = (_day(record), record.fraction_number, record.table_shift_mm)
            guided = ImageGuidance(
                course_id,
                _day(record),
                guidance.method,
                length_mm,
                guidance.tolerance_mm,
                guidance.performed_by_role,
                guidance.supervision,
            )
            rows.setdefault(key, guided)
    return tuple(rows.values())
