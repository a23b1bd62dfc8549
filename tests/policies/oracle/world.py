"""The facts of a course, apart from the SQL: what was planned, what was delivered, what was documented."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

from tests.policies.oracle.codes import (
    BRACHY,
    BRACHY_UNTIL_2008,
    CLINICAL,
    CONVENTIONAL_UNTIL_2014,
    IMRT,
    INTRAOPERATIVE,
    JAN_2015,
    JAN_2026,
    LEVELS,
    OTHER_ALWAYS,
    OTHER_FROM_2026,
    OTHER_G,
    PLAN,
    PLAN_3D,
    PROTONS,
    SIMULATIONS,
    STEREOTACTIC,
)
from tests.policies.oracle.counting import components, in_parts

MET, NOT_MET, NOT_DOCUMENTED, NOT_APPLICABLE = "met", "not_met", "not_documented", "not_applicable"
Rows = Iterable[tuple[str, str, int | None]]
PHYSICIANS = {"radiation_oncologist", "treating_physician"}
_KINDS = {
    "imrt": IMRT[0] | IMRT[1],
    "other": OTHER_ALWAYS | OTHER_G | OTHER_FROM_2026,
    "conventional": CONVENTIONAL_UNTIL_2014 | LEVELS | {"77402"},
    "proton": PROTONS,
    "brachytherapy": BRACHY | BRACHY_UNTIL_2008,
    "special": INTRAOPERATIVE,
}


class Phase(NamedTuple):
    """The plan of a course or a replan: planned on a day, and prepared from the change of anatomy that led to it."""

    planned_on: date | None
    prepared_from: date | None


class World:
    """The facts, by course and by line."""

    def __init__(self, tables: dict[str, list[Any]]) -> None:
        self.tables: dict[str, list[Any]] = defaultdict(list, tables)
        self.lines = sorted(self.tables["claim_lines"], key=lambda line: (line.service_date, line.claim_line_id))
        self.by_course = self._by_course(self.lines)
        self.documents = self._by_course(
            one for one in self.tables["documents"] if one.state not in ("draft", "superseded")
        )
        self.plans = self._by_course(self.tables["plans"])
        self.fractions = self._by_course(self.tables["fractions"])
        self.courses = {course.course_id: course for course in self.tables["courses"]}
        self.stated: dict[str, set[str]] = defaultdict(set)
        self.details: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for entry in self.tables["document_elements"]:
            self.stated[entry.document_id].add(entry.element)
            self.details[entry.document_id].add((entry.element, entry.detail))
        self.signed_by: dict[str, set[str]] = defaultdict(set)
        for entry in self.tables["signatures"]:
            self.signed_by[entry.document_id].add(entry.role)
        self._phases: dict[str, dict[int, Phase]] = {}
        self.imrt_days = {(line.member_id, line.service_date) for line in self.lines if self.delivers_imrt(line)}

    @staticmethod
    def _by_course(rows: Iterable[Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            found[row.course_id].append(row)
        return found

    def planned_as_imrt(self, course: str) -> bool:
        return (
            any(line.procedure_code in PLAN for line in self.by_course[course])
            or any(plan.is_imrt for plan in self.plans[course])
            or (course in self.courses and bool(self.courses[course].delivery_technique))
        )

    def kind_of_delivery(self, line: Any) -> str:
        """What a line delivers, even under a code of another time; '' where it delivers nothing."""
        if line.procedure_code in LEVELS and line.service_date >= JAN_2026:
            return "level"
        return next((kind for kind, codes in _KINDS.items() if line.procedure_code in codes), "")

    def delivers_imrt(self, line: Any) -> bool:
        kind = self.kind_of_delivery(line)
        return kind == "imrt" or (kind == "level" and self.planned_as_imrt(line.course_id))

    def delivers_other(self, line: Any) -> bool:
        """By a code that the policy lists and that was in force."""
        if line.procedure_code in OTHER_G:
            return bool(JAN_2015 <= line.service_date < JAN_2026)
        return line.procedure_code in OTHER_ALWAYS or (
            line.procedure_code in OTHER_FROM_2026 and line.service_date >= JAN_2026
        )

    def delivers_conventionally(self, line: Any) -> bool:
        """By a code that the policy does not list and that was in force."""
        kind = self.kind_of_delivery(line)
        if kind == "level":
            return not self.planned_as_imrt(line.course_id)
        ended = line.procedure_code in CONVENTIONAL_UNTIL_2014 and line.service_date >= JAN_2015
        return kind == "conventional" and not ended

    def is_imrt_course(self, course: str) -> bool:
        return self.planned_as_imrt(course) or any(map(self.delivers_imrt, self.by_course[course]))

    def in_imrt_courses(self, codes: set[str]) -> list[Any]:
        return [line for line in self.lines if line.procedure_code in codes and self.is_imrt_course(line.course_id)]

    def under_review(self, course: str) -> bool:
        motion = any(
            line.procedure_code == "77293" and line.service_date >= date(2014, 1, 1) for line in self.by_course[course]
        )
        return self.is_imrt_course(course) or motion

    def is_looked_at(self, course: str) -> bool:
        """Under review, or asked about before any claim."""
        return self.under_review(course) or not self.by_course[course]

    def recorded_on(self, course: str) -> list[date]:
        return [fraction.delivered_on for fraction in self.fractions[course]]

    def treatment_days(self, course: str) -> dict[date, tuple[int, int, int]]:
        """For each day of treatment: fractions recorded, billed, and billed as stereotactic ones."""
        days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
        for day in self.recorded_on(course):
            days[day][0] += 1
        for line in self.by_course[course]:
            if self.kind_of_delivery(line):
                units = line.units if "technical" in components(line) else 0
                days[line.service_date][1] += units
                days[line.service_date][2] += units if line.procedure_code in STEREOTACTIC else 0
        return {day: (counts[0], counts[1], counts[2]) for day, counts in days.items()}

    def treatment_start(self, course: str) -> date | None:
        """Day of the first treatment of any kind, as recorded or billed."""
        return min(self.treatment_days(course), default=None)

    def may_begin_on(self, course: str) -> date | None:
        """The same, or a day before it where more fractions are billed for one day than a day has, five for a week."""
        start = self.treatment_start(course)
        if start is None or self.recorded_on(course):
            return start
        weeks = {
            line.service_date: -(-line.units // 5)
            for line in sorted(self.by_course[course], key=lambda one: one.units)
            if self.kind_of_delivery(line) and line.units > 2
        }
        return min([start, *(day - timedelta(days=7 * count - 1) for day, count in weeks.items())])

    def is_completed(self, course: str) -> bool:
        """Whether every planned fraction is recorded or billed."""
        planned = self.courses[course].planned_fractions or 0
        given = sum(recorded or billed for recorded, billed, _ in self.treatment_days(course).values())
        return 0 < planned <= given

    def begins_at_hand(self, course: str) -> bool:
        """Whether planning, the first fraction or the record shows that nothing was delivered before.

        Where the first day bears a physician's part alone, the claims of the delivery itself are not supplied.
        """
        start = self.treatment_start(course)
        if start is None or not sum(self.treatment_days(course)[start][:2]):
            return False
        planning = PLAN | PLAN_3D | CLINICAL | SIMULATIONS
        record = self.courses.get(course)
        # The claims of whoever treats are supplied from the planning on only where the same provider planned.
        treating = {
            (line.billing_npi, line.setting)
            for line in self.by_course[course]
            if self.kind_of_delivery(line) and "technical" in components(line) and line.service_date <= start
        }
        on_record = start in self.recorded_on(course)
        return (
            any(
                line.procedure_code in planning
                and line.service_date <= start
                and (on_record or (line.billing_npi, line.setting) in treating)
                for line in self.by_course[course]
            )
            or any((plan.plan_date or plan.approved_on or date.max) <= start for plan in self.plans[course])
            or any(one.fraction_number == 1 and one.delivered_on == start for one in self.fractions[course])
            or bool(record and record.first_delivery and record.first_delivery >= start)
        )

    def imrt_days_of(self, course: str) -> list[date]:
        billed = [line.service_date for line in self.by_course[course] if self.delivers_imrt(line)]
        return billed + self.recorded_on(course)

    def imrt_start(self, course: str) -> date | None:
        return min(self.imrt_days_of(course), default=None)

    def changes(self, course: str) -> list[tuple[date, date]]:
        """Changes of anatomy during treatment: the day of the note, and the day by which the CT is noted too."""
        start = self.imrt_start(course)
        record = self.courses.get(course)
        last = max(self.imrt_days_of(course), default=date.max)
        end = max(record.last_delivery, last) if record and record.last_delivery else date.max
        if record and not record.last_delivery and self.is_completed(course):
            end = last
        notes = sorted(
            (document.document_date, document.document_id)
            for document in self.documents[course]
            if document.kind == "anatomy_change" and document.document_date and start
            if document.document_date >= start
        )
        signed = [note for note in notes if self.signed_by[note[1]] & PHYSICIANS and note[0] <= end]
        changed = [note for note in signed if "anatomy_change" in self.stated[note[1]]]
        complete = [day for day, name in changed if "repeat_planning_ct" in self.stated[name]]
        alone = [day for day, name in changed if "repeat_planning_ct" not in self.stated[name]]
        scans = [day for day, name in notes if self.stated[name] & {"anatomy_change", "repeat_planning_ct"} == {
            "repeat_planning_ct"
        }]  # fmt: skip
        return [(day, day) for day in complete] + [
            (day, max(day, scan)) for day, scan in zip(alone, scans, strict=False)
        ]

    def changes_by(self, course: str, day: date) -> int:
        return sum(documented <= day for _, documented in self.changes(course))

    def phases(self, course: str) -> dict[int, "Phase"]:
        """The plan of a course and each replan that a change of anatomy led to, by their places among its plans."""
        if course not in self._phases:
            self._phases[course] = self._phases_of(course)
        return self._phases[course]

    def _phases_of(self, course: str) -> dict[int, "Phase"]:
        days: dict[str, set[date]] = defaultdict(set)
        for line in self.by_course[course]:
            for part in components(line) if line.procedure_code in PLAN else ():
                days[part].add(line.service_date)
        planned = [min(filter(None, group)) for group in zip_longest(*map(sorted, days.values()))]
        found = {1: Phase(planned[0] if planned else None, None)}
        for place, (before, day) in enumerate(pairwise(planned), start=2):
            changed = [
                one.document_date
                for one in self.documents[course]
                if one.kind == "anatomy_change" and one.document_date and before < one.document_date <= day
            ]
            if changed:
                found[place] = Phase(day, max(changed))
        return found

    def phase(self, document: Any) -> int:
        """The plan or replan that a document belongs to: by the plan's line that it names, else by its day."""
        phases = self.phases(document.course_id)
        for line in self.by_course[document.course_id]:
            if line.claim_line_id == document.claim_line_id and line.procedure_code in PLAN:
                return max(
                    place for place, one in phases.items() if one.planned_on and one.planned_on <= line.service_date
                )
        day = self.day_of(document)
        return 0 if day is None and len(phases) > 1 else self.phase_on(document.course_id, day)

    def day_of(self, document: Any) -> date | None:
        """The day that a document bears, else the first on which a physician, else a physicist, signed it."""
        signed = [one for one in self.tables["signatures"] if one.document_id == document.document_id]
        by_role = [
            min((one.signed_on for one in signed if one.role in roles and one.signed_on), default=None)
            for roles in (PHYSICIANS, {"medical_physicist"})
        ]
        return document.document_date or by_role[0] or by_role[1]

    def phase_on(self, course: str, day: date | None) -> int:
        """The plan or replan under way on a day; without a day, the first."""
        phases = self.phases(course)
        return max(
            (place for place, one in phases.items() if day and one.prepared_from and one.prepared_from <= day),
            default=1,
        )

    def portals_described(self, course: str) -> dict[int, tuple[int, int]]:
        """For the plan and each replan the number of portals by its latest description, and by all together."""
        stated: dict[int, list[tuple[date, str, int]]] = defaultdict(list)
        places: dict[str, frozenset[str]] = {}
        for document in self.documents[course]:
            if document.kind == "portal_description":
                details = self.details[document.document_id]
                numbers = [int(detail) for element, detail in details if element == "portal_count" and detail.isdigit()]
                if numbers:
                    day = document.document_date or date.min
                    stated[self.phase(document)].append((day, document.document_id, max(numbers)))
                places[document.document_id] = frozenset(
                    detail.lower() for element, detail in details if element == "portal_locations" and detail
                )
        return {
            place: (
                max(descriptions)[2],
                # The same number at the same places is the same portals again.
                sum(number for number, _ in {(number, places[name] or name) for _, name, number in descriptions}),
            )
            for place, descriptions in stated.items()
        }

    def says(self, line: Any, kind: str) -> set[str]:
        """What documents of this kind state about the line: its own, or those about its code or the course."""
        return {element for one in self.documents_about(line, kind) for element in self.stated[one.document_id]}

    def says_of_that_day(self, line: Any, kind: str) -> set[str]:
        """As says, by documents that name the line or bear its day."""
        return {
            element
            for one in self.documents_about(line, kind)
            if one.claim_line_id or one.document_date == line.service_date
            for element in self.stated[one.document_id]
        }

    def documents_about(self, line: Any, kind: str) -> list[Any]:
        return [
            document
            for document in self.documents[line.course_id]
            if document.kind == kind
            and (
                document.claim_line_id == line.claim_line_id
                or (not document.claim_line_id and document.procedure_code in ("", line.procedure_code))
            )
        ]

    def units_documented(
        self,
        lines: Iterable[Any],
        kind: str,
        elements: set[str],
        group: Callable[[Any], Any],
        signed_by: set[str] | None = None,
        *,
        weekly: bool = False,
    ) -> dict[str, int]:
        """Units of each line that records cover: its own ones, and what earlier lines left of those of its code.

        Where `signed_by` names roles, a record counts that one of them signed; a weekly one bears a day of treatment.
        """
        lines = list(lines)
        own, shared, missing = {}, {}, {}
        for line in lines:
            entries = {
                (one.document_id, detail, bool(one.claim_line_id))
                for one in self.documents_about(line, kind)
                if not weekly or self._is_during_treatment(one)
                for element, detail in self.details[one.document_id]
                if element in elements and (signed_by is None or self.signed_by[one.document_id] & signed_by)
            }
            own[line.claim_line_id] = sum(is_own for *_, is_own in entries)
            shared[line.claim_line_id] = len(entries) - own[line.claim_line_id]
            missing[line.claim_line_id] = max(0, line.units - own[line.claim_line_id])
        so_far = in_parts(lines, group, lambda line: missing[line.claim_line_id])
        return {
            line.claim_line_id: line.units
            - max(0, min(missing[line.claim_line_id], so_far[line.claim_line_id] - shared[line.claim_line_id]))
            for line in lines
        }

    def _is_during_treatment(self, document: Any) -> bool:
        day, start = self.day_of(document), self.may_begin_on(document.course_id)
        return day is not None and (start is None or day >= start)

    def modalities(self, course: str) -> set[str]:
        """Other modalities that delivery lines or documents of the course show."""
        shown: set[str] = set()
        for line in self.by_course[course]:
            kind = self.kind_of_delivery(line)
            if kind in ("conventional", "proton") or (
                kind == "other" and (line.member_id, line.service_date) not in self.imrt_days
            ):
                shown.add("external_beam")
            elif kind in ("brachytherapy", "special"):
                shown.add(kind)
        for document in self.documents[course]:
            if document.kind == "other_modality":
                shown |= self.stated[document.document_id]
        return shown
