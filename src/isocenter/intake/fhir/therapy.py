"""Finds the courses of radiotherapy of a record: which orders, summaries and phases belong to one course.

Sources: HL7 CodeX Radiation Therapy 2.0 and mCODE 3.0 (profiles of ServiceRequest and Procedure).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from isocenter.files.texts import shown
from isocenter.intake.fhir.references import Directory, codes, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.intake.fhir.therapy_course import (
    SNOMED,
    CourseSources,
    Given,
    Row,
    earlier_courses,
    is_completed_before,
    label,
    rows_of_course,
    unlike,
)
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.problems import Problem, Unread, clause, worded

_COURSE, _PHASE = "1217123003", "1222565005"
_COURSE_PROFILES = ("radiotherapy-planned-course", "radiotherapy-course-prescription", "radiotherapy-course-summary")
_PHASE_PROFILES = ("radiotherapy-planned-phase", "radiotherapy-phase-prescription", "radiotherapy-treated-phase")
_MOST_COURSES_NAMED = 8
NOT_GIVEN = {
    "cancelled": "it was cancelled",
    "not-done": "it was not done",
    "entered-in-error": "it was entered in error",
    "revoked": "it was revoked",
}


_STATUSES = {
    "ServiceRequest": {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"},
    "Procedure": {
        "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown",
    },
}  # fmt: skip


def why_not_given(resource: Json) -> str:
    """Why an order or a procedure is not carried out, or is not known to be; '' where nothing says so."""
    if resource.get("doNotPerform") is True:
        return "it says that the service is not to be done (doNotPerform)"
    return NOT_GIVEN.get(text(resource, "status"), "") or why_status_unknown(resource)


def why_status_unknown(resource: Json) -> str:
    """What is wrong with the status of an order or a procedure that FHIR does not have; it may be withdrawn."""
    kind, status = text(resource, "resourceType"), text(resource, "status")
    if not status or status in NOT_GIVEN or status in _STATUSES.get(kind, {status}):
        return ""
    return f"its status is {shown(status)[:60]!r}, which a {kind} of FHIR does not have"


def why_left_out(one: Found, what: str) -> Problem:
    """The problem of an order or a procedure that why_not_given gives a reason for; `what` says what becomes of it."""
    sentence = worded("{reason}; {what}", reason=clause(why_not_given(one.resource)), what=what)
    return (Unread if why_status_unknown(one.resource) else Problem)(one.file, one.place, sentence)


def is_therapy(resource: Json) -> bool:
    """Whether a ServiceRequest or Procedure is a course or phase of radiotherapy."""
    return _is_course(resource) or _is_phase(resource)


def _is_course(resource: Json) -> bool:
    return _is(resource, _COURSE, _COURSE_PROFILES)


def _is_phase(resource: Json) -> bool:
    return _is(resource, _PHASE, _PHASE_PROFILES)


def _is(resource: Json, code: str, profiles: tuple[str, ...]) -> bool:
    """Whether a resource has a code, or, where it has none, one of these profiles."""
    if resource.get("resourceType") not in ("ServiceRequest", "Procedure"):
        return False
    own = codes(resource.get("code"), SNOMED)
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    if own or not isinstance(claimed, list):
        return code in own
    return any(isinstance(one, str) and one.split("|", 1)[0].endswith(profiles) for one in claimed)


def read_therapy(
    found: Sequence[Found], subjects: Sequence[str], directory: Directory, asked_on: date | None = None
) -> Iterator[tuple[str, Row]]:
    """The courses of radiotherapy with their diagnoses, plans as stated, and courses given before them.

    A planned course and the summary of what was given of it become one course. `subjects` are the members of the
    resources in `found`. Each row comes with its file. What is stated of a technique is a plan of the record: nothing
    of it was measured. Where services are asked for on a day, courses that were completed before it are earlier ones.
    """
    phases, planned = _phases_given(found), _courses_given(found, subjects, directory)
    yield from ((one.path, one) for one in _left_out(found, directory))
    for one in _replaced(planned, directory):
        yield one.file, Problem(one.file, one.place, "a later order replaces it; the course was left out")
    given: list[Given] = []
    taken: set[str] = set()  # ids of courses, plans and documents
    placed: set[int] = set()
    over: set[str] = set()
    of_courses = _phases_of_courses(phases, planned, directory)
    for key, sources in planned.items():
        sources.phases = of_courses[key]
        placed |= set(map(id, sources.phases))
        first = sources.all[0]
        course_id = unlike(text(first.resource, "id") or label(first.resource), taken)
        rows = list(rows_of_course(course_id, sources, given, directory, taken))
        if asked_on is not None and sources.ended_before(asked_on):
            over.add(course_id)
            rows = [Problem(row.path, row.place, row.sentence) for row in rows if isinstance(row, Problem)]
        yield from ((first.file, row) for row in rows)
    for one in phases:
        if id(one) not in placed and not _of_several_servers(one.resource, directory):
            if asked_on is None or is_completed_before(one.resource, asked_on):
                sentence = "it is a phase of a course that was not supplied; it was left out; add the course"
                yield one.file, Problem(one.file, one.place, sentence)
            else:
                sentence = (
                    "it is a phase of a course that was not supplied and may be the one requested; add the course"
                )
                yield one.file, Unread(one.file, one.place, sentence)
    yield from (("" if not found else found[0].file, row) for row in earlier_courses(given, over))


def of_one_course(described: Sequence[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
    """The rows of a record beside services that are asked for; of several courses that may be meant none, by name."""
    courses = [(file, row.course_id) for file, row in described if isinstance(row, Course)]
    if len(courses) < 2:
        yield from described
        return
    named = ", ".join(course_id for _, course_id in courses[:_MOST_COURSES_NAMED])
    sentence = worded(
        "the record describes {count} courses that are not over ({named}), and which one is asked for is not known;"
        " state which are completed, and when, or send one alone",
        count=len(courses),
        named=shown(named)[:200],
    )
    yield courses[0][0], Unread(courses[0][0], "", sentence)
    yield from ((file, row) for file, row in described if isinstance(row, Problem | PriorIrradiation))


def _phases_given(found: Sequence[Found]) -> list[Found]:
    return [one for one in found if _is_phase(one.resource) and not why_not_given(one.resource)]


def _courses_given(found: Sequence[Found], subjects: Sequence[str], directory: Directory) -> dict[str, CourseSources]:
    """The orders of courses with the summaries that follow them, by the addresses of the orders."""
    planned: dict[str, CourseSources] = {}
    for one, member in zip(found, subjects, strict=True):
        resource = one.resource
        if not _is_course(resource) or why_not_given(resource) or _of_several_servers(resource, directory):
            continue
        if resource["resourceType"] == "ServiceRequest":
            planned.setdefault(directory.address_of(resource), CourseSources(member)).order = one
        else:
            key = _based_on(resource, directory) or directory.address_of(resource)
            planned.setdefault(key, CourseSources(member)).summaries.append(one)
    return planned


def _left_out(found: Sequence[Found], directory: Directory) -> Iterator[Problem]:
    """The phases and courses that were not given, or of which it is not known what they belong to."""
    for one in found:
        is_phase = _is_phase(one.resource)
        if not is_phase and not _is_course(one.resource):
            continue
        if why_not_given(one.resource):
            yield why_left_out(one, "the phase was left out" if is_phase else "the course was left out")
        elif order := _of_several_servers(one.resource, directory):
            sentence = worded(
                "it follows {order}, which several servers have, and it does not say whose is meant; it was left out;"
                " give the address of its server (fullUrl)",
                order=order,
            )
            yield Unread(one.file, one.place, sentence)


def _replaced(planned: "dict[str, CourseSources]", directory: Directory) -> list[Found]:
    """The orders of which nothing was given and which another order replaces; they are taken out of `planned`."""
    gone: list[Found] = []
    for sources in list(planned.values()):
        for reference in objects(sources.order.resource, "replaces") if sources.order else []:
            earlier = directory.resolve(reference, sources.order.resource if sources.order else None)
            known = planned.get(directory.address_of(earlier)) if earlier is not None else None
            if known is not None and known is not sources and known.order and not known.summaries:
                gone.append(known.order)
                del planned[directory.address_of(known.order.resource)]
    return gone


def _based_on(resource: Json, directory: Directory) -> str:
    """The order that a procedure, or an order of a part, follows."""
    for reference in objects(resource, "basedOn"):
        order = directory.resolve(reference, resource)
        if order is not None and _is_course(order):
            return directory.address_of(order)
        if order is None and text(reference, "reference"):
            return directory.address_in(text(reference, "reference"), resource)
    return ""


def _of_several_servers(resource: Json, directory: Directory) -> str:
    """The order that a summary or a phase follows where several servers have one of its type and id; '' elsewhere."""
    if resource["resourceType"] == "ServiceRequest" and _is_course(resource):
        return ""
    addresses = [
        text(reference, "reference") for name in ("basedOn", "partOf") for reference in objects(resource, name)
    ]
    return next((one for one in addresses if directory.is_of_several_servers(one, resource)), "")


def _phases_of_courses(
    phases: Sequence[Found], planned: Mapping[str, CourseSources], directory: Directory
) -> dict[str, list[Found]]:
    """The phases of each course, by the address of its order: its own, and the parts of these.

    Phases may name each other in a circle.
    """
    course_at = {
        address: key
        for key, sources in planned.items()
        for address in (key, *(directory.address_of(one.resource) for one in sources.summaries))
    }
    own: dict[str, list[Json]] = {key: [] for key in planned}
    parts: dict[int, list[Json]] = {}  # by the identity of the phase that they are parts of
    following = [one.resource for one in phases]
    seen = set(map(id, following))
    while following:
        phase = following.pop()
        for address, named in _wholes_of(phase, directory):
            if address in course_at:
                own[course_at[address]].append(phase)
            elif named is not None and _is_phase(named):
                parts.setdefault(id(named), []).append(phase)
                following += [named] if id(named) not in seen else []
                seen.add(id(named))
    place_of = {id(one.resource): place for place, one in enumerate(phases)}
    of_courses = {key: _with_parts(direct, parts) for key, direct in own.items()}
    return {
        key: [phases[place] for place in sorted(place_of[own_id] for own_id in reached & place_of.keys())]
        for key, reached in of_courses.items()
    }


def _wholes_of(phase: Json, directory: Directory) -> Iterator[tuple[str, Json | None]]:
    """What a phase follows or is a part of: the address, and the resource where it was supplied."""
    for reference in (one for member in ("basedOn", "partOf") for one in objects(phase, member)):
        named = directory.resolve(reference, phase)
        if named is not None:
            yield directory.address_of(named), named
        else:
            yield directory.address_in(text(reference, "reference"), phase), None


def _with_parts(phases: Sequence[Json], parts: Mapping[int, Sequence[Json]]) -> set[int]:
    """The identities of phases, of their parts, and of the parts of these."""
    reached = set(map(id, phases))
    following = list(phases)
    while following:
        new = [one for one in parts.get(id(following.pop()), ()) if id(one) not in reached]
        reached |= set(map(id, new))
        following += new
    return reached
