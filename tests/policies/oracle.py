"""The coding, supervision and utilization demands of the IMRT policy in plain Python, apart from the SQL.

`answers(tables)` takes lists of rows by table name and gives {rule: {subject: (outcome, units_allowed)}};
units_allowed is None where a rule does not cut. The codes and their days stand here a second time on purpose.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from math import inf
from typing import Any, NamedTuple

MET, NOT_MET, NOT_DOCUMENTED, NOT_APPLICABLE = "met", "not_met", "not_documented", "not_applicable"
Answer = tuple[str, int | None]
Answers = dict[str, dict[str, Answer]]

_2015, _2026 = date(2015, 1, 1), date(2026, 1, 1)
_PLAN, _PLAN_3D, _CLINICAL, _SIMULATION, _MOTION = {"77301"}, {"77295"}, {"77263"}, {"77290"}, {"77293"}
_TELETHERAPY = ({"77305", "77310", "77315", "77321"}, {"77306", "77307", "77321"})
_BRACHY_PLAN = ({"77326", "77327", "77328"}, {"77316", "77317", "77318"})
_DEVICES, _DOSIMETRY, _PHYSICS, _CONSULT = {"77332", "77333", "77334"}, {"77331"}, {"77336"}, {"77370"}
_MANAGEMENT, _SPECIAL, _UNLISTED = {"77427"}, {"77470"}, {"77499"}
_VISITS = {"99204", "99205", "99214", "99215", "99244", "99245"}
_OTHER_ALWAYS = {"77401", "77422", "77423", "77371", "77372", "77373"}
_OTHER_G = {f"G60{number:02d}" for number in range(3, 15)}
_IMRT = ({"77418", "0073T"}, {"G6015", "G6016", "77385", "77386"})
_LEVELS = {"77407", "77412"}
# Conventional delivery by areas and energy until 2014; brachytherapy until 2008, until 2015 and from 2016.
_CONVENTIONAL_UNTIL_2014 = {f"774{number:02d}" for number in (3, 4, 6, 8, 9, 11, 13, 14, 16)}
_BRACHY_UNTIL_2008 = {"77781", "77782", "77783", "77784"}
_BRACHY_UNTIL_2015 = {"77776", "77777", "77785", "77786", "77787"}
_BRACHY_FROM_2016 = {"77767", "77768", "77770", "77771", "77772"}
_BRACHY = {"77761", "77762", "77763", "77778", "77789"} | _BRACHY_UNTIL_2015 | _BRACHY_FROM_2016
_INTRAOPERATIVE = {"77424", "77425"}
_SPECIAL_THERAPIES = {"total_body", "hemibody", "per_oral", "endocavitary", "intraoperative_cone"}
# Codes that came or went, as far as the random courses use them: (first day, day after the last).
_LIFETIMES = {
    **dict.fromkeys(_IMRT[0] | _TELETHERAPY[0] - {"77321"} | _BRACHY_PLAN[0] | {"77421", "76950"}, (None, _2015)),
    **dict.fromkeys(_CONVENTIONAL_UNTIL_2014 | {"0197T"}, (None, _2015)),
    **dict.fromkeys(_BRACHY_UNTIL_2008, (None, date(2009, 1, 1))),
    **dict.fromkeys(_BRACHY_UNTIL_2015, (None, date(2016, 1, 1))),
    **dict.fromkeys(_IMRT[1] | _OTHER_G | {"G6001", "G6002"}, (_2015, _2026)),
    **dict.fromkeys(_TELETHERAPY[1] - {"77321"} | _BRACHY_PLAN[1] | {"77387"}, (_2015, None)),
    **dict.fromkeys(_BRACHY_FROM_2016, (date(2016, 1, 1), None)),
    "77014": (None, _2026),
    "77436": (_2026, None),
}
_ALWAYS_KNOWN = (
    _PLAN | _PLAN_3D | _CLINICAL | _SIMULATION | _MOTION | {"77321", "77300", "77402"} | _DEVICES | _DOSIMETRY
    | _PHYSICS | _CONSULT | _MANAGEMENT | _SPECIAL | _UNLISTED | _VISITS | _OTHER_ALWAYS | _LEVELS | _BRACHY
    | _INTRAOPERATIVE
)  # fmt: skip


def answers(tables: dict[str, list[Any]]) -> Answers:
    """What each rule says of each subject; rules that say nothing are there with no subject."""
    world = _World(tables)
    found: Answers = {rule.__name__: {} for rule in _RULES}
    for rule in _RULES:
        for subject, outcome, units_allowed in rule(world):
            assert subject not in found[rule.__name__], f"{rule.__name__} answers {subject} twice"
            found[rule.__name__][subject] = (outcome, units_allowed)
    return found


Rows = Iterable[tuple[str, str, int | None]]


class _World:
    """The facts, by course and by line."""

    def __init__(self, tables: dict[str, list[Any]]) -> None:
        self.tables: dict[str, list[Any]] = defaultdict(list, tables)
        self.lines = sorted(self._standing(), key=lambda line: (line.service_date, line.claim_line_id))
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

    def _standing(self) -> list[Any]:
        """Lines that are no void and that no later claim replaces or voids."""
        lines = self.tables["claim_lines"]
        later: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            if line.claim_frequency in "78" and line.original_claim_id:
                later[line.original_claim_id].add(line.claim_id)
        return [
            line
            for line in lines
            if line.claim_frequency != "8"
            and not (later[line.claim_id] - {line.claim_id})
            and not (line.claim_id in later[line.claim_id] and line.claim_frequency != "7")
        ]

    def planned_as_imrt(self, course: str) -> bool:
        return any(line.procedure_code in _PLAN for line in self.by_course[course]) or any(
            plan.is_imrt for plan in self.plans[course]
        )

    def delivers_imrt(self, line: Any) -> bool:
        if line.service_date < _2015:
            return line.procedure_code in _IMRT[0]
        if line.service_date < _2026:
            return line.procedure_code in _IMRT[1]
        return line.procedure_code in _LEVELS and self.planned_as_imrt(line.course_id)

    def delivers_other(self, line: Any) -> bool:
        if line.procedure_code in _OTHER_ALWAYS:
            return True
        return line.procedure_code in _OTHER_G and _2015 <= line.service_date < _2026

    def delivers_conventionally(self, line: Any) -> bool:
        if line.procedure_code in _LEVELS and line.service_date >= _2026:
            return not self.planned_as_imrt(line.course_id)
        if line.procedure_code in _CONVENTIONAL_UNTIL_2014:
            return line.service_date < _2015
        return line.procedure_code in _LEVELS | {"77402"}

    def delivers_apart(self, line: Any) -> bool:
        if line.procedure_code in _BRACHY_FROM_2016:
            return line.service_date >= date(2016, 1, 1)
        if line.procedure_code in _BRACHY_UNTIL_2015:
            return line.service_date < date(2016, 1, 1)
        if line.procedure_code in _INTRAOPERATIVE:
            return line.service_date >= date(2012, 1, 1)
        return line.procedure_code in _BRACHY

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
            if "technical" in _components(line)
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
                and not (line.procedure_code in _LEVELS and line.service_date >= _2026)
            ):
                shown.add("external_beam")
            elif self.delivers_apart(line):
                shown.add("special" if line.procedure_code in _INTRAOPERATIVE else "brachytherapy")
        for document in self.documents[course]:
            if document.kind == "other_modality":
                shown |= self.stated[document.document_id]
        return shown


def _modifiers(line: Any) -> set[str]:
    return {line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4}


def _components(line: Any) -> set[str]:
    """The physician's part, the technical part, or both."""
    has_26, has_tc = "26" in _modifiers(line), "TC" in _modifiers(line)
    if has_26 and not has_tc:
        return {"professional"}
    if has_tc and not has_26:
        return {"technical"}
    return {"technical"} if line.setting == "institutional" else {"professional", "technical"}


def _is_distinct(line: Any) -> bool:
    return bool(_modifiers(line) & {"59", "XU"})


def _room(
    lines: Iterable[Any], group: Callable[[Any], Any], limit: Callable[[Any], float]
) -> Iterable[tuple[Any, int]]:
    """Each line with the units that still have room under the limit, earlier lines first, each component alone."""
    billed: Counter[Any] = Counter()
    for line in lines:
        parts = [(group(line), part) for part in sorted(_components(line))]
        left = min(limit(line) - billed[part] for part in parts)
        billed.update(dict.fromkeys(parts, line.units))
        yield line, int(max(0, min(line.units, left)))


def one_plan_per_course(world: _World) -> Rows:
    plans = [line for line in world.lines if line.procedure_code in _PLAN]
    yield from _excused_by_changes(world, plans, 1)


def no_3d_plan_beside_the_imrt_plan(world: _World) -> Rows:
    with_plan = {line.course_id for line in world.lines if line.procedure_code in _PLAN}
    plans = [line for line in world.lines if line.procedure_code in _PLAN_3D and line.course_id in with_plan]
    yield from _excused_by_changes(world, plans, 0)


def _excused_by_changes(world: _World, plans: list[Any], free: int) -> Rows:
    def limit(line: Any) -> int:
        return free + sum(day <= line.service_date for day in world.changes(line.course_id))

    for line, room in _room(plans, lambda line: line.course_id, limit):
        later = any(day > line.service_date for day in world.changes(line.course_id))
        if room == line.units:
            yield line.claim_line_id, MET, room
        elif world.says(line, "field_change_note") & {"cone_down", "changed_field_size"} and not later:
            yield line.claim_line_id, NOT_MET, room
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, room


def delivery_follows_an_imrt_plan(world: _World) -> Rows:
    for line in filter(world.delivers_imrt, world.lines):
        billed = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in _PLAN]
        shown = [plan for plan in world.plans[line.course_id] if plan.is_imrt]
        days = [plan.plan_date or plan.approved_on for plan in shown]
        if any(day and day <= line.service_date for day in billed + days):
            yield line.claim_line_id, MET, None
        elif None in days:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, NOT_MET, None


def clinical_planning_precedes_the_plan(world: _World) -> Rows:
    for line in world.lines:
        plans = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in _PLAN]
        if line.procedure_code not in _CLINICAL or not plans:
            continue
        if line.service_date <= min(plans):
            yield line.claim_line_id, MET, None
        elif line.service_date > max(plans):
            yield line.claim_line_id, NOT_MET, None
        else:
            changed = any(day <= max(plans) for day in world.changes(line.course_id))
            yield line.claim_line_id, MET if changed else NOT_DOCUMENTED, None


def records_review_counted_once(world: _World) -> Rows:
    for line in world.lines:
        visits = [
            other
            for other in world.by_course[line.course_id]
            if other.procedure_code in _VISITS and other.service_date <= line.service_date
        ]
        if line.procedure_code not in _CLINICAL or not visits:
            continue
        in_planning = "records_review" in world.says(line, "clinical_planning_note")
        in_visit = any("records_review" in world.says(visit, "visit_note") for visit in visits)
        yield line.claim_line_id, NOT_MET if in_planning and in_visit else MET, None


def simulation_at_the_initial_setup(world: _World) -> Rows:
    for line in world.in_imrt_courses(_SIMULATION):
        first = min(
            other.service_date for other in world.by_course[line.course_id] if other.procedure_code in _SIMULATION
        )
        start = world.imrt_start(line.course_id)
        is_initial = line.service_date == first and (start is None or first <= start)
        reason = "resimulation_reason" in world.says(line, "simulation_record") or world.changes(line.course_id)
        yield line.claim_line_id, MET if is_initial or reason else NOT_DOCUMENTED, None


def teletherapy_isodose_for_another_modality(world: _World) -> Rows:
    yield from _isodose(world, _TELETHERAPY, "external_beam")


def brachytherapy_isodose_for_brachytherapy(world: _World) -> Rows:
    yield from _isodose(world, _BRACHY_PLAN, "brachytherapy")


def _isodose(world: _World, codes: tuple[set[str], set[str]], modality: str) -> Rows:
    for line in world.in_imrt_courses(codes[0] | codes[1]):
        if line.procedure_code in codes[line.service_date >= _2015]:
            shown = modality in world.modalities(line.course_id)
            yield line.claim_line_id, MET if shown else NOT_DOCUMENTED, None


def no_special_dosimetry_for_verification(world: _World) -> Rows:
    for line in world.in_imrt_courses(_DOSIMETRY):
        said = world.says(line, "special_dosimetry_record")
        start = world.treatment_start(line.course_id)
        if said & {"apart_from_verification", "other_modality"}:
            outcome = MET
        elif "plan_verification" in said or (start and line.service_date < start):
            outcome = NOT_MET
        else:
            outcome = NOT_DOCUMENTED
        yield line.claim_line_id, outcome, None


def devices_are_part_of_the_plan(world: _World) -> Rows:
    for line in world.in_imrt_courses(_DEVICES):
        if not _is_distinct(line) and "26" not in _modifiers(line):
            serves_another = _serves_another_modality(world, line) or world.modalities(line.course_id)
            yield line.claim_line_id, MET if serves_another else NOT_MET, None


def one_device_per_gantry_stop(world: _World) -> Rows:
    lines = [line for line in world.in_imrt_courses(_DEVICES) if "26" in _modifiers(line) and not _is_distinct(line)]
    apart = [line for line in lines if _serves_another_modality(world, line)]
    yield from ((line.claim_line_id, MET, line.units) for line in apart)

    def limit(line: Any) -> float:
        stops = [
            (plan.gantry_stops or 0) + (plan.arcs or 0)
            for plan in world.plans[line.course_id]
            if plan.is_imrt is not False
            and plan.approval != "REJECTED"
            and not (plan.gantry_stops is None and plan.arcs is None)
        ]
        return min(6, sum(stops) if stops else inf)

    rest = [line for line in lines if line not in apart]
    for line, room in _room_of_all(rest, lambda line: line.course_id, limit):
        if room == line.units:
            yield line.claim_line_id, MET, room
        else:
            another = world.modalities(line.course_id)
            yield line.claim_line_id, NOT_DOCUMENTED if another else NOT_MET, room


def _serves_another_modality(world: _World, line: Any) -> bool:
    return "other_modality" in world.says(line, "device_record")


def _room_of_all(
    lines: Iterable[Any], group: Callable[[Any], Any], limit: Callable[[Any], float]
) -> Iterable[tuple[Any, int]]:
    """As _room, for services that have no components."""
    billed: Counter[Any] = Counter()
    for line in lines:
        left = limit(line) - billed[group(line)]
        billed[group(line)] += line.units
        yield line, int(max(0, min(line.units, left)))


def weekly_physics_during_treatment(world: _World) -> Rows:
    for line in world.in_imrt_courses(_PHYSICS):
        start = world.treatment_start(line.course_id)
        if start is None:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, NOT_MET if line.service_date < start else MET, None


def one_physics_unit_per_five_fractions(world: _World) -> Rows:
    lines = [
        line
        for line in world.in_imrt_courses(_PHYSICS)
        if (start := world.treatment_start(line.course_id)) is None or line.service_date >= start
    ]
    yield from _per_five(world, lines, 1, _room)


def one_management_unit_per_five_fractions(world: _World) -> Rows:
    lines = [line for line in world.lines if line.procedure_code in _MANAGEMENT and not _modifiers(line) & {"26", "TC"}]
    yield from _per_five(world, lines, 3, _room_of_all)


def _per_five(world: _World, lines: list[Any], remainder: int, room_of: Callable[..., Any]) -> Rows:
    def units(fractions: int) -> int:
        return fractions // 5 + (fractions % 5 >= remainder)

    def shown(line: Any) -> int:
        recorded, billed = world.fractions(line.course_id)
        return units(recorded or billed)

    def at_most(line: Any) -> int:
        return units(max(world.fractions(line.course_id)))

    by_record = {line.claim_line_id: room for line, room in room_of(lines, lambda x: x.course_id, shown)}
    for line, room in room_of(lines, lambda x: x.course_id, at_most):
        if max(world.fractions(line.course_id)) == 0:
            yield line.claim_line_id, NOT_DOCUMENTED, line.units
        elif room < line.units:
            yield line.claim_line_id, NOT_MET, room
        elif by_record[line.claim_line_id] < line.units:
            yield line.claim_line_id, NOT_DOCUMENTED, room
        else:
            yield line.claim_line_id, MET, room


def no_other_delivery_on_imrt_days(world: _World) -> Rows:
    yield from _beside_imrt(world, world.delivers_other)


def no_conventional_delivery_on_imrt_days(world: _World) -> Rows:
    yield from _beside_imrt(world, world.delivers_conventionally)


def _beside_imrt(world: _World, delivers: Callable[[Any], bool]) -> Rows:
    days = {(line.member_id, line.service_date) for line in world.lines if world.delivers_imrt(line)}
    members = {member for member, _ in days}
    for line in filter(delivers, world.lines):
        if line.member_id in members:
            beside = (line.member_id, line.service_date) in days
            yield line.claim_line_id, NOT_MET if beside else MET, None


def management_without_component_modifier(world: _World) -> Rows:
    for line in world.lines:
        if line.procedure_code in _MANAGEMENT:
            wrong = _modifiers(line) & {"26", "TC"}
            yield line.claim_line_id, NOT_MET if wrong else MET, None


def special_treatment_is_a_separate_therapy(world: _World) -> Rows:
    for line in world.in_imrt_courses(_SPECIAL):
        said = world.says(line, "special_treatment_record")
        if said & _SPECIAL_THERAPIES or "special" in world.modalities(line.course_id):
            yield line.claim_line_id, MET, None
        else:
            lesser = said & {"lesser_procedure", "regular_variant"}
            yield line.claim_line_id, NOT_MET if lesser else NOT_DOCUMENTED, None


def unlisted_procedure_is_a_lesser_one(world: _World) -> Rows:
    for line in world.in_imrt_courses(_UNLISTED):
        said = world.says(line, "special_treatment_record")
        if "lesser_procedure" in said:
            yield line.claim_line_id, MET, None
        else:
            yield line.claim_line_id, NOT_MET if "regular_variant" in said else NOT_DOCUMENTED, None


def motion_management_with_its_plan(world: _World) -> Rows:
    plan_days = {(line.member_id, line.service_date) for line in world.lines if line.procedure_code in _PLAN | _PLAN_3D}
    for line in world.lines:
        if line.procedure_code in _MOTION and line.service_date >= date(2014, 1, 1):
            there = (line.member_id, line.service_date) in plan_days
            yield line.claim_line_id, MET if there else NOT_MET, None


def bill_type_and_revenue_code_change_nothing(world: _World) -> Rows:
    for course in {line.course_id for line in world.tables["claim_lines"]}:
        yield course, MET, None


def diagnosis_on_the_loaded_list(world: _World) -> Rows:
    on_claim: dict[str, set[str]] = defaultdict(set)
    for entry in world.tables["claim_diagnoses"]:
        on_claim[entry.claim_id].add(entry.icd10)
    of_course: dict[str, set[str]] = defaultdict(set)
    for entry in world.tables["diagnoses"]:
        of_course[entry.course_id].add(entry.icd10)
    for line in world.lines:
        is_motion = line.procedure_code in _MOTION and line.service_date >= date(2014, 1, 1)
        if not (line.procedure_code in _PLAN or is_motion or world.delivers_imrt(line)):
            continue
        covered = {
            entry.icd10
            for entry in world.tables["covered_diagnoses"]
            if entry.procedure_code == line.procedure_code and _holds(entry, line.service_date)
        }
        given = on_claim[line.claim_id] or of_course[line.course_id]
        if not covered:
            outcome = NOT_APPLICABLE
        elif not given:
            outcome = NOT_DOCUMENTED
        else:
            outcome = MET if covered & given else NOT_MET
        yield line.claim_line_id, outcome, None


def _holds(entry: Any, day: date) -> bool:
    return (entry.valid_from is None or entry.valid_from <= day) and (entry.valid_to is None or day <= entry.valid_to)


def general_supervision_of_ultrasound_guidance(world: _World) -> Rows:
    yield from _supervised(world, {"76950", "G6001"}, 1)


def direct_supervision_of_xray_guidance(world: _World) -> Rows:
    yield from _supervised(world, {"77421", "G6002", "77014"}, 2)


def _supervised(world: _World, codes: set[str], needed: int) -> Rows:
    for line in world.lines:
        if line.procedure_code not in codes or not _in_force(line) or "technical" not in _components(line):
            continue
        virtual = 2 if line.service_date >= _2026 else 1
        level = {"general": 1, "direct": 2, "personal": 3, "virtual_direct": virtual}
        levels = [
            level[entry.supervision]
            for entry in world.tables["image_guidance"]
            if entry.course_id == line.course_id and entry.guided_on == line.service_date and entry.supervision
        ]
        if not levels:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, MET if max(levels) >= needed else NOT_MET, None


def _in_force(line: Any) -> bool:
    first, after = _LIFETIMES.get(line.procedure_code, (None, None))
    return not ((first and line.service_date < first) or (after and line.service_date >= after))


def codes_in_force_on_the_date(world: _World) -> Rows:
    for line in world.lines:
        if line.procedure_code in _ALWAYS_KNOWN | _LIFETIMES.keys():
            yield line.claim_line_id, MET if _in_force(line) else NOT_MET, None


def services_within_usual_counts(world: _World) -> Rows:
    def limit(line: Any) -> int:
        return 1 + sum(day <= line.service_date for day in world.changes(line.course_id))

    for codes in (_CLINICAL, _MOTION, _CONSULT):
        lines = world.in_imrt_courses(codes)
        for line, room in _room(lines, lambda line: line.course_id, limit):
            yield line.claim_line_id, MET if room == line.units else NOT_MET, None


def no_duplicate_line(world: _World) -> Rows:
    claims: dict[Any, set[str]] = defaultdict(set)
    same_service: Counter[Any] = Counter()
    for line in world.lines:
        claims[_as_billed(line)].add(line.claim_id)
        same_service[line.member_id, line.service_date, line.procedure_code] += 1
    for line in world.lines:
        if same_service[line.member_id, line.service_date, line.procedure_code] == 1:
            continue
        first = min(claims[_as_billed(line)])
        yield line.claim_line_id, MET if line.claim_id == first else NOT_MET, None


def _as_billed(line: Any) -> tuple[Any, ...]:
    modifiers = (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4)
    who = (line.member_id, line.billing_npi, line.rendering_npi, line.setting)
    return (line.procedure_code, line.service_date, *modifiers, *who)


def units_within_the_limit(world: _World) -> Rows:
    for line, adjudication, room in _under_limits(world):
        if adjudication in (1, 2):
            yield line.claim_line_id, MET if room == line.units else NOT_MET, room


def units_within_the_limit_unless_documented(world: _World) -> Rows:
    for line, adjudication, room in _under_limits(world):
        if adjudication == 3:
            documented = "proof_of_work" in world.says(line, "procedure_record")
            yield line.claim_line_id, MET if room == line.units or documented else NOT_MET, None


class _Limit(NamedTuple):
    units: int
    adjudication: int


def _under_limits(world: _World) -> Iterable[tuple[Any, int, int]]:
    limits: dict[str, _Limit] = {}
    for line in world.lines:
        fitting = [
            entry
            for entry in world.tables["unit_limits"]
            if (entry.procedure_code, entry.setting) == (line.procedure_code, line.setting)
            and _holds(entry, line.service_date)
        ]
        if fitting:
            limits[line.claim_line_id] = _Limit(
                min(entry.units for entry in fitting), min(entry.adjudication for entry in fitting)
            )

    def day(line: Any) -> tuple[Any, ...]:
        return line.member_id, line.billing_npi, line.setting, line.procedure_code, line.service_date

    lines = [line for line in world.lines if line.claim_line_id in limits]
    for line, room in _room(lines, day, lambda line: limits[line.claim_line_id].units):
        limit = limits[line.claim_line_id]
        if limit.adjudication == 1:
            room = min(line.units, limit.units)  # noqa: PLW2901
        yield line, limit.adjudication, room


_RULES: tuple[Callable[[_World], Rows], ...] = (
    one_plan_per_course,
    no_3d_plan_beside_the_imrt_plan,
    delivery_follows_an_imrt_plan,
    clinical_planning_precedes_the_plan,
    records_review_counted_once,
    simulation_at_the_initial_setup,
    teletherapy_isodose_for_another_modality,
    brachytherapy_isodose_for_brachytherapy,
    no_special_dosimetry_for_verification,
    devices_are_part_of_the_plan,
    one_device_per_gantry_stop,
    weekly_physics_during_treatment,
    one_physics_unit_per_five_fractions,
    one_management_unit_per_five_fractions,
    management_without_component_modifier,
    no_other_delivery_on_imrt_days,
    no_conventional_delivery_on_imrt_days,
    special_treatment_is_a_separate_therapy,
    unlisted_procedure_is_a_lesser_one,
    motion_management_with_its_plan,
    bill_type_and_revenue_code_change_nothing,
    diagnosis_on_the_loaded_list,
    general_supervision_of_ultrasound_guidance,
    direct_supervision_of_xray_guidance,
    codes_in_force_on_the_date,
    services_within_usual_counts,
    no_duplicate_line,
    units_within_the_limit,
    units_within_the_limit_unless_documented,
)
