"""Who writes which kinds of documents, and who wrote a paper: a physician, physics, other staff, or an office."""

import re

from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.words.dates import first_date

PHYSICIANS = ("radiation_oncologist", "treating_physician")
PHYSICIANS_WRITE = {
    "necessity_statement",
    "prescription",
    "clinical_planning_note",
    "image_review",
    "dvh_review",
    "anatomy_change",
    "field_change_note",
    "teaching_physician_statement",
}
PHYSICS = {"medical_physicist", "dosimetrist"}
PHYSICS_WRITES = {
    "plan_report",
    "portal_description",
    "dosimetric_verification",
    "dosimetry_calculation",
    "weekly_physics_check",
    "special_physics_consultation",
    "special_dosimetry_record",
}
_BY_AN_OFFICE = re.compile(
    r"\b(?:completed|filled (?:in|out)|prepared|answered|submitted) by\b\W*(?:(?:☐|\[ ?\])[^☐☒☑\[]*)*(?:(?:☒|☑|\[[xX]\])\s*)?"
    r"(?:the )?(?:office|front desk|clerical|billing|authorization|scheduling|administrative|clerk|secretary|staff\b(?! (?:physician|oncologist|radiation)))",
    re.IGNORECASE,
)
_BY_STAFF = re.compile(
    r"\W*(?:\d{1,3}\s+)?(?:RN|LPN|LVN|RTT?|RT\(T\)|nurse|nursing|therapist|dietitian)\b", re.IGNORECASE
)


_ABSENT = re.compile(
    r"\bno[- ]shows?\b|\bdid ?n[o']t (?:come|show|appear|attend|keep|present)\b|\bfailed to (?:come|show|appear|attend|keep)\b"
    r"|\b(?:visit|appointment|otv|clinic)s?\W{1,3}(?:was |were |is )?(?:cancell?ed|missed|not kept|rescheduled|skipped)\b",
    re.IGNORECASE,
)


def records_an_absence(one: PaperRead) -> bool:
    """Whether an entry that nobody signed says that the patient did not come: what did not take place is no visit."""
    return not one.signatures and any(_ABSENT.search(sentence.text) for sentence in one.sentences)


def is_signed_by_physics_alone(one: PaperRead) -> bool:
    """Whether only physicists and dosimetrists signed: the statistics of a plan that they print are no review of it."""
    return bool(one.signatures) and all(signature.role in PHYSICS for signature in one.signatures)


def is_filled_in_by_an_office(one: PaperRead) -> bool:
    """Whether a form says that office staff answered it, and no physician signed: its ticks are not a physician's."""
    by_physician = any(signature.role in PHYSICIANS for signature in one.signatures)
    return not by_physician and any(_BY_AN_OFFICE.search(line.row.text) for line in one.paper.lines)


def is_an_entry_of_staff(one: PaperRead) -> bool:
    """Whether an entry that nobody signed begins with its day, perhaps a fraction, and who of the staff wrote it."""
    texts = [] if one.signatures else [line.row.text for line in one.paper.lines]
    days = [(text, day) for text in texts if (day := first_date(text)) is not None and day.start <= 1]
    return any(_BY_STAFF.match(text, day.stop) for text, day in days)
