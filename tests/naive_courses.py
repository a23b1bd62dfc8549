"""A plain twin of the query that tells courses apart: what it should have found, line by line, without SQL."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine

_DELIVERS = {
    "imrt_delivery", "imrt_delivery_if_planned", "other_delivery", "conventional_delivery", "brachytherapy_delivery",
    "special_delivery",
}  # fmt: skip
_PLANS = {
    "imrt_plan", "plan_3d", "complex_clinical_planning", "complex_simulation", "teletherapy_isodose",
    "brachytherapy_isodose", "basic_dosimetry", "stereotactic_delivery",
}  # fmt: skip
_NO_TUMOR = ""


@dataclass(frozen=True)
class Month:
    """Services of one member for one tumor within a calendar month: they are never parted."""

    member: str
    tumor: str
    lines: tuple[ClaimLine, ...]

    @property
    def first(self) -> date:
        return min(line.service_date for line in self.lines)

    @property
    def last(self) -> date:
        return max(line.service_date for line in self.lines)


@dataclass
class Course:
    """Months that belong together, and the tumor that they are for."""

    tumor: str
    months: list[Month]

    @property
    def first(self) -> date:
        return min(month.first for month in self.months)

    @property
    def last(self) -> date:
        return max(month.last for month in self.months)


def courses_of(lines: Sequence[ClaimLine], diagnoses: Iterable[ClaimDiagnosis], rulebook: Rulebook) -> dict[str, str]:
    """Claim line id: the course that it belongs to, '' where none."""
    found = {line.claim_line_id: line.course_id for line in lines}
    for courses in _courses_of_members(lines, diagnoses, rulebook):
        for name, course in courses:
            found.update((line.claim_line_id, name) for month in course.months for line in month.lines)
    return found


def possible_courses_of(
    lines: Sequence[ClaimLine], diagnoses: Iterable[ClaimDiagnosis], rulebook: Rulebook
) -> set[tuple[str, str]]:
    """Claim line id and another course that it may belong to; '' for one that the claims do not set apart."""
    lists, gap = _lists_of_codes(rulebook), _gap_of(rulebook)
    found: set[tuple[str, str]] = set()
    for courses in _courses_of_members(lines, diagnoses, rulebook):
        for name, course in courses:
            for month in [one for one in course.months if one.tumor != course.tumor or one.tumor == _NO_TUMOR]:
                for other, beside in courses:
                    own = Course(beside.tumor, [one for one in beside.months if one.tumor == beside.tumor])
                    if other == name or beside.tumor == _NO_TUMOR or (month.first - own.last).days > gap:
                        continue
                    for line in month.lines:
                        early = gap if lists[line.procedure_code] & _PLANS else 0
                        ahead = (own.first - line.service_date).days
                        if ahead <= early and (line.service_date - own.last).days <= gap:
                            found.add((line.claim_line_id, other))
            found |= {(line.claim_line_id, "") for month in _shared(course, lists) for line in month.lines}
    return found


def _shared(course: Course, lists: dict[str, set[str]]) -> list[Month]:
    """The months of a course that may be for a tumor that was planned under its name and treated under none."""
    served: dict[str, set[str]] = defaultdict(set)
    for month in course.months:
        served[month.tumor] |= _served(month, lists)
    planned = {tumor for tumor, services in served.items() if tumor != _NO_TUMOR and services & _PLANS}
    untreated = {tumor for tumor in planned if not served[tumor] & _DELIVERS}
    if len(planned) < 2 or not untreated or not served[_NO_TUMOR] & _DELIVERS:
        return []
    return [month for month in course.months if month.tumor == _NO_TUMOR or month.tumor in untreated]


def _courses_of_members(
    lines: Sequence[ClaimLine], diagnoses: Iterable[ClaimDiagnosis], rulebook: Rulebook
) -> list[list[tuple[str, Course]]]:
    """The courses of each member, with their names."""
    lists = _lists_of_codes(rulebook)
    tumor_of_claim = _tumors_of_claims(diagnoses, rulebook)
    told = [line for line in lines if not line.course_id and line.procedure_code in lists]
    found = []
    for member in {line.member_id for line in told}:
        months = _months([line for line in told if line.member_id == member], tumor_of_claim)
        found.append(_named(member, _courses_of_member(months, lists, _gap_of(rulebook))))
    return found


def _gap_of(rulebook: Rulebook) -> int:
    return int(next(reading.value for reading in rulebook.readings if reading.name == "course_gap_days"))


def _tumors_of_claims(diagnoses: Iterable[ClaimDiagnosis], rulebook: Rulebook) -> dict[str, str]:
    named = [(entry.claim_id, entry.position, _tumor(entry.icd10, rulebook)) for entry in diagnoses]
    found: dict[str, str] = {}
    for claim, _, tumor in sorted(entry for entry in named if entry[2]):
        found.setdefault(claim, tumor)
    return found


def _tumor(icd10: str, rulebook: Rulebook) -> str:
    _, rows = rulebook.tables["icd10_sites"]
    for first, last, site, side, _ in rows:
        if site != "reirradiation" and len(icd10) == len(first) and first <= icd10 <= last:
            return f"{site} {side}" if site else icd10[:3]
    return _NO_TUMOR


def _months(lines: list[ClaimLine], tumor_of_claim: dict[str, str]) -> list[Month]:
    def key(line: ClaimLine) -> tuple[str, int, int]:
        tumor = tumor_of_claim.get(line.claim_id, _NO_TUMOR)
        return (tumor, line.service_date.year, line.service_date.month)

    return [
        Month(of_month[0].member_id, tumor, of_month)
        for (tumor, _, _), group in groupby(sorted(lines, key=key), key=key)
        if (of_month := tuple(group))
    ]


def _runs(months: Iterable[Month], gap: int) -> list[list[Month]]:
    """Months parted wherever nothing was served for longer than the gap."""
    runs: list[list[Month]] = []
    for month in sorted(months, key=lambda month: month.first):
        if runs and (month.first - max(earlier.last for earlier in runs[-1])).days <= gap:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _served(month: Month, lists: dict[str, set[str]]) -> set[str]:
    return {name for line in month.lines for name in lists[line.procedure_code]}


def _bridges(month: Month, lists: dict[str, set[str]]) -> bool:
    served = _served(month, lists)
    return month.tumor == _NO_TUMOR and (bool(served & _DELIVERS) or not served & _PLANS)


def bridging_days(
    lines: Sequence[ClaimLine], diagnoses: Iterable[ClaimDiagnosis], rulebook: Rulebook
) -> dict[str, list[date]]:
    """For each member the days of months in which claims that name no tumor treat: they bridge any course's break."""
    lists = _lists_of_codes(rulebook)
    known = [line for line in lines if not line.course_id and line.procedure_code in lists]
    tumor_of_claim = _tumors_of_claims(diagnoses, rulebook)
    found: dict[str, list[date]] = defaultdict(list)
    for member in {line.member_id for line in known}:
        for month in _months([line for line in known if line.member_id == member], tumor_of_claim):
            if _bridges(month, lists):
                found[member] += [line.service_date for line in month.lines]
    return found


def _lists_of_codes(rulebook: Rulebook) -> dict[str, set[str]]:
    lists: dict[str, set[str]] = defaultdict(set)
    for code in rulebook.codes:
        if code.code_list != "high_level_visit":
            lists[code.code].add(code.code_list)
    return lists


def _courses_of_member(months: list[Month], lists: dict[str, set[str]], gap: int) -> list[Course]:
    main: list[Course] = []
    spans = []
    unclear: list[Month] = []
    bridging = [month for month in months if _bridges(month, lists)]
    phases = []
    for tumor in {month.tumor for month in months}:
        own = [month for month in months if month.tumor == tumor]
        for timed in _runs(own if tumor == _NO_TUMOR else own + bridging, gap):
            run = [month for month in timed if month.tumor == tumor]
            if tumor == _NO_TUMOR:
                unclear += run
            elif run:
                phases.append((run, max(month.last for month in timed)))
    for number, (run, goes_on_to) in enumerate(phases):
        served = {name for month in run for name in _served(month, lists)}
        nameless = [
            month.last
            for month in months
            if month.tumor == _NO_TUMOR
            and _served(month, lists) & _DELIVERS
            and _is_of(month, number, phases, months, lists, gap)
        ]
        if served & _PLANS and (served & _DELIVERS or nameless):
            main.append(Course(run[0].tumor, list(run)))
            # The course goes on as long as treatment that names no tumor does.
            last = main[-1].last if served & _DELIVERS else max(main[-1].last, *nameless)
            spans.append((main[-1].first, last, goes_on_to, run[0].tumor, main[-1]))
        else:
            unclear += run
    lonely: list[Month] = []
    for month in unclear:
        near = [
            (not (first <= month.last and last >= month.first), first, tumor, course)
            for first, last, goes_on_to, tumor, course in spans
            if (first - month.last).days <= gap and (month.first - goes_on_to).days <= gap
        ]
        if near:
            min(near, key=lambda one: one[:3])[3].months.append(month)
        else:
            lonely.append(month)
    return main + [Course(_NO_TUMOR, run) for run in _runs(lonely, gap)]


def _planned_by(
    month: Month, phases: Sequence[tuple[list[Month], date]], lists: dict[str, set[str]], gap: int
) -> list[int]:
    """The numbers of the tumors' phases that had been planned when a month of treatment began."""
    return [
        number
        for number, (run, goes_on_to) in enumerate(phases)
        if min(one.first for one in run) <= month.first
        and (month.first - goes_on_to).days <= gap
        and any(_served(one, lists) & _PLANS for one in run)
    ]


def _is_of(
    month: Month,
    number: int,
    phases: Sequence[tuple[list[Month], date]],
    months: Sequence[Month],
    lists: dict[str, set[str]],
    gap: int,
) -> bool:
    """Whether a month of treatment that names no tumor is of this one: all else that was planned had been treated."""
    planned = _planned_by(month, phases, lists, gap)
    if number not in planned:
        return False
    began = min(one.first for one in phases[number][0])
    for other in planned:
        run = phases[other][0]
        ended = max(one.last for one in run)
        is_treated = any(_served(one, lists) & _DELIVERS for one in run) and ended < month.first
        goes_on = any(
            one.tumor == _NO_TUMOR and _served(one, lists) & _DELIVERS and one.last > ended and one.first < began
            for one in months
        )
        if other != number and (not is_treated or goes_on):
            return False
    return True


def _named(member: str, courses: list[Course]) -> list[tuple[str, Course]]:
    found = []
    for first, same_day in groupby(sorted(courses, key=lambda one: (one.first, one.tumor)), key=lambda one: one.first):
        for number, course in enumerate(same_day, start=1):
            found.append((f"{member} from {first}" + (f" ({number})" if number > 1 else ""), course))
    return found
