"""The settings of the organization: each with its default, its meaning and where the default comes from."""

from dataclasses import dataclass
from typing import Literal

from isocenter.errors import UnknownName
from isocenter.web.given import number_given
from isocenter.web.models import Person, Setting


@dataclass(frozen=True, slots=True)
class OrganizationSetting:
    """One setting that an administrator may change."""

    name: str
    label: str
    kind: Literal["number", "yes_no", "text"]
    default: str
    source: str
    least: int = 0
    most: int = 1_000_000


SETTINGS = (
    OrganizationSetting(
        "standard_days",
        "Calendar days to answer a standard request",
        "number",
        "7",
        "CMS-0057-F; 42 CFR 422.568(b)(1), from January 1, 2026",
        1,
        60,
    ),
    OrganizationSetting(
        "expedited_hours",
        "Hours to answer an expedited request",
        "number",
        "72",
        "42 CFR 422.572(a)",
        1,
        720,
    ),
    OrganizationSetting(
        "clock_stops",
        "The clock stops while requested documents are outstanding",
        "yes_no",
        "yes",
        "Set by the plan; for prior authorization by Medicare Advantage check 42 CFR 422.568(b)(2) first",
    ),
    OrganizationSetting(
        "second_reader",
        "A denial or partial approval needs a second reader",
        "yes_no",
        "no",
        "Set by the plan",
    ),
    OrganizationSetting(
        "own_uploads",
        "A reviewer may decide a request that he or she uploaded",
        "yes_no",
        "no",
        "Separation of duties; set by the plan",
    ),
    OrganizationSetting(
        "answer_days",
        "Calendar days in which documents are to be sent",
        "number",
        "45",
        "CMS Pub. 100-08, chapter 3, section 3.2.3.2",
        1,
        120,
    ),
    OrganizationSetting(
        "sender", "Name and address on letters, lines separated by semicolons", "text", "", "Your organization"
    ),
    OrganizationSetting("answer_to", "Fax, portal or address for answers", "text", "", "Your organization"),
    OrganizationSetting(
        "appeal_rights",
        "Appeal rights, as every letter of denial states them",
        "text",
        "",
        "Your organization; for Medicare Advantage 42 CFR 422.568(e) and form CMS-10003",
    ),
    OrganizationSetting(
        "retention_years",
        "Years that the files of a decided request are kept",
        "number",
        "10",
        "42 CFR 422.504(d): ten years",
        1,
        100,
    ),
    OrganizationSetting(
        "retention_acts",
        "Files of requests decided longer ago are removed by the program",
        "yes_no",
        "no",
        "Set by the plan; review, determinations, letters and journal stay",
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def value_of(name: str) -> str:
    """The value in force of a setting."""
    kept = Setting.objects.filter(name=name).values_list("value", flat=True).first()
    return _BY_NAME[name].default if kept is None else str(kept)


def number(name: str) -> int:
    """The value in force of a setting that is a number."""
    return int(value_of(name))


def is_on(name: str) -> bool:
    """Whether a yes-or-no setting is on."""
    return value_of(name) == "yes"


def change(name: str, value: str, person: Person) -> None:
    """Set a setting; UnknownName says what is allowed where the value is not."""
    setting = _BY_NAME.get(name)
    if setting is None:
        raise UnknownName(f"there is no setting {name!r}")
    value = value.strip()
    stated = number_given(value)
    if setting.kind == "number" and not (stated is not None and setting.least <= stated <= setting.most):
        raise UnknownName(f"{setting.label}: {value[:40]!r} is not a number from {setting.least} to {setting.most}")
    if setting.kind == "yes_no" and value not in ("yes", "no"):
        raise UnknownName(f"{setting.label}: {value[:40]!r} is neither yes nor no")
    Setting.objects.update_or_create(name=name, defaults={"value": value, "changed_by": person})
