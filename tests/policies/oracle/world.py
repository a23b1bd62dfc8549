"""The facts of a course, apart from the SQL: what stands, what was planned, what was delivered."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.policies.oracle.codes import (
    BRACHY,
    BRACHY_FROM_2016,
    BRACHY_UNTIL_2015,
    CONVENTIONAL_UNTIL_2014,
    IMRT,
    INTRAOPERATIVE,
    JAN_2015,
    JAN_2026,
    LEVELS,
    OTHER_ALWAYS,
    OTHER_G,
    PLAN,
)
from tests.policies.oracle.counting import components

MET, NOT_MET, NOT_DOCUMENTED, NOT_APPLICABLE = "met", "not_met", "not_documented", "not_applicable"
Rows = Iterable[tuple[str, str, int | None]]


class World:
    """The facts, by course and by line."""

    def __init__(self, tables: dict[str, list[Any]]) -> None:
        self.tables: dict[str, list[Any]] = defaultdict(list, tables)
        self.lines = sorted(self.tables["claim_lines"], key=lambda line: (line.service_date, line.claim_line_id))
        self.by_course: dict[str, list[Any]] = defaultdict(list)
        for line in self.lines:
            self.by_course[line.course_id].append(line)
        self.stated: dict[str, set[str]] = defaultdict(set)
        for entry in self.tables["document_elements"]:
            self.stated[entry.document_id].add(entry.element)
        self.documents: dict[str, list[Any]] = defaultdict(list)
        for document in self.tables["documents"]:
            self.documents[document.course_id].append(document)
        self.plans: dict[str, list[Any]] = defaultdict(list)
        for plan in self.tables["plans"]:
            self.plans[plan.course_id].append(plan)
        self.treated_on: dict[str, list[date]] = defaultdict(list)
        for fraction in self.tables["fractions"]:
            self.treated_on[fraction.course_id].append(fraction.delivered_on)

    def planned_as_imrt(self, course: str) -> bool:
        return any(line.procedure_code in PLAN for line in self.by_course[course]) or any(
            plan.is_imrt for plan in self.plans[course]
        )

    def delivers_imrt(self, line: Any) -> bool:
        if line.service_date < JAN_2015:
            return line.procedure_code in IMRT[0]
        if line.service_date < JAN_2026:
            return line.procedure_code in IMRT[1]
        return line.procedure_code in LEVELS and self.planned_as_imrt(line.course_id)

    def delivers_other(self, line: Any) -> bool:
        if line.procedure_code in OTHER_ALWAYS:
            return True
        return line.procedure_code in OTHER_G and JAN_2015 <= line.service_date < JAN_2026

    def delivers_conventionally(self, line: Any) -> bool:
        if line.procedure_code in LEVELS and line.service_date >= JAN_2026:
            return not self.planned_as_imrt(line.course_id)
        if line.procedure_code in CONVENTIONAL_UNTIL_2014:
            return line.service_date < JAN_2015
        return line.procedure_code in LEVELS | {"77402"}

    def delivers_apart(self, line: Any) -> bool:
        if line.procedure_code in BRACHY_FROM_2016:
            return line.service_date >= date(2016, 1, 1)
        if line.procedure_code in BRACHY_UNTIL_2015:
            return line.service_date < date(2016, 1, 1)
        if line.procedure_code in INTRAOPERATIVE:
            return line.service_date >= date(2012, 1, 1)
        return line.procedure_code in BRACHY

    def is_imrt_course(self, course: str) -> bool:
        return self.planned_as_imrt(course) or any(map(self.delivers_imrt, self.by_course[course]))

    def in_imrt_courses(self, codes: set[str]) -> list[Any]:
        return [line for line in self.lines if line.procedure_code in codes and self.is_imrt_course(line.course_id)]

    def treatment_start(self, course: str) -> date | None:
        """Day of the first delivery of any kind, as recorded or billed."""
        billed = [
            line.service_date
            for line in self.by_course[course]
            if self.delivers_imrt(line)
            or self.delivers_other(line)
            or self.delivers_conventionally(line)
            or self.delivers_apart(line)
        ]
        return min(billed + self.treated_on[course], default=None)

    def imrt_start(self, course: str) -> date | None:
        billed = [line.service_date for line in self.by_course[course] if self.delivers_imrt(line)]
        return min(billed + self.treated_on[course], default=None)

    def fractions(self, course: str) -> tuple[int, int]:
        """Fractions as recorded, and as billed."""
        billed = sum(
            line.units
            for line in self.by_course[course]
            if "technical" in components(line)
            and (self.delivers_imrt(line) or self.delivers_other(line) or self.delivers_conventionally(line))
        )
        return len(self.treated_on[course]), billed

    def changes(self, course: str) -> list[date]:
        """Days on which a change of anatomy with a repeat planning CT is documented."""
        return [
            document.document_date
            for document in self.documents[course]
            if document.kind == "anatomy_change"
            and document.document_date
            and {"anatomy_change", "repeat_planning_ct"} <= self.stated[document.document_id]
        ]

    def says(self, line: Any, kind: str) -> set[str]:
        """What documents of this kind state about the line: its own, or those about its code or the course."""
        said: set[str] = set()
        for document in self.documents[line.course_id]:
            about_line = document.claim_line_id == line.claim_line_id
            about_all = not document.claim_line_id and document.procedure_code in ("", line.procedure_code)
            if document.kind == kind and (about_line or about_all):
                said |= self.stated[document.document_id]
        return said

    def modalities(self, course: str) -> set[str]:
        """Other modalities that delivery lines or documents of the course show."""
        shown: set[str] = set()
        imrt_days = {(line.member_id, line.service_date) for line in self.lines if self.delivers_imrt(line)}
        for line in self.by_course[course]:
            is_refused = (line.member_id, line.service_date) in imrt_days
            if (self.delivers_other(line) and not is_refused) or (
                self.delivers_conventionally(line)
                and not (line.procedure_code in LEVELS and line.service_date >= JAN_2026)
            ):
                shown.add("external_beam")
            elif self.delivers_apart(line):
                shown.add("special" if line.procedure_code in INTRAOPERATIVE else "brachytherapy")
        for document in self.documents[course]:
            if document.kind == "other_modality":
                shown |= self.stated[document.document_id]
        return shown
