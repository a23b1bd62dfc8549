"""Who the patients of an 837 are: number, name, birth date and sex, as their NM1 and DMG segments state them."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from isocenter.intake.x12.patients import Dependent
from isocenter.intake.x12.segments import Batch, batches
from isocenter.terms.claims import SUBSCRIBER
from isocenter.terms.courses import Member
from isocenter.terms.generations import with_generation

_SUBSCRIBER, _PATIENT = "IL", "QC"


def members_of(path: Path) -> Iterator[Member]:
    """Each person of the file once."""
    seen: set[Member] = set()
    member: Member | None = None
    dependent: Dependent | None = None
    subscriber_id = relationship = ""
    for parts in _segments(path):
        if parts[0] == "NM1" and len(parts) > 1 and parts[1] in (_SUBSCRIBER, _PATIENT):
            parts.extend([""] * (10 - len(parts)))
            subscriber_id = parts[9].strip() if parts[1] == _SUBSCRIBER else subscriber_id
            own_number = parts[9].strip()
            family_name = with_generation(parts[3].strip(), parts[7])
            member = Member(own_number or subscriber_id, family_name, parts[4].strip())
            is_dependent = parts[1] == _PATIENT and own_number in ("", subscriber_id)
            dependent = Dependent(relationship, member.given_name) if is_dependent else None
        elif parts[0] == "DMG" and member is not None and len(parts) > 2:
            sex = parts[3].strip() if len(parts) > 3 else ""
            member = member._replace(birth_date=_day(parts[2]), sex=sex if sex in ("M", "F") else "")
            dependent = dependent._replace(birth=parts[2].strip()) if dependent else None
        elif parts[0] == "PAT" and len(parts) > 1:
            relationship = parts[1].strip()
        elif parts[0] in ("CLM", "HL") and member is not None:
            member = member._replace(patient=dependent.name if dependent else SUBSCRIBER)
            if member.member_id and member not in seen:
                seen.add(member)
                yield member
            member = None


def _segments(path: Path) -> Iterator[list[str]]:
    """The elements of each segment, by the marks of its interchange."""
    for found in batches(path):
        if isinstance(found, Batch):
            for segment in found.segments:
                yield segment.strip().split(found.delimiters.element)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip()[:8], "%Y%m%d").date()
    except ValueError:
        return None
