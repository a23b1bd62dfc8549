"""What a column of a table of claims holds, as far as its name says: MBR_ID, Svc From Dt, RVNU_CD, LINE_ALWD_AMT."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count, dropwhile

from isocenter.intake.bulk.name_words import (
    BIRTH,
    JOINED,
    MEASURE,
    NO_DIAGNOSIS,
    SAYS_NO_MORE,
    SIGNS,
    STATUS,
    VERSION,
    Sign,
    words_of,
)
from isocenter.intake.bulk.row_flags import flag_columns

_OF_A_LINE = {"claim_id", "member_id", "service_date", "units"}
_MOST_OF_A_LINE = 3
# What took the place of a row, or who took it back: Replaced By, Voided By.
_TAKEN_BACK_BY = re.compile(r".*\b(replaced|superseded|corrected|voided|reversed|deleted|cancelled|canceled) by\b.*")
# The day on which a row was taken back: Void Date, Voided On, Reversal Dt.
_DAY_TAKEN_BACK = re.compile(
    r"(?=.*\b(void|voided|reversal|reversed|deleted|delete|deletion|cancel|cancelled|canceled|cancellation)\b)"
    r"(?=.*\b(date|on|at)\b)(?!.*\b(appointment|coverage|policy|plan|member|eligibility|amount|by)\b)"
)
# Which person of a member's number a line is about: DEP_SEQ, PERSON_CODE, MBR_SFX, and the day of birth.
_PERSON_ON_NUMBER = re.compile(
    r"(dep(nd\w*?|endent)?[ _.-]*(seq\w*|sfx|suffix|nbr|no|num\w*|cd|code|id)?"
    r"|(pers(on)?|pat(ient)?|ptnt|mbr|mem(ber|b)?|bene|sub(scr\w*?)?)[ _.-]*(seq\w*|sfx|suffix)"
    r"|pers(on)?[ _.-]*(cd|code))",
    re.IGNORECASE,
)
_NAMED_AFTER_A_CODE = re.compile(r"(77[2-6][0-9]{2}|G60[0-9]{2}|G0339|G0340|7[67]0[0-9]{2})\b.*")
_SHORT_MODIFIER = re.compile(r"M[-_ ]?[1-4]", re.IGNORECASE)
# A number of these is one person's.
_OF_ONE_PERSON = {"person", "patient", "recipient", "beneficiary", "mbi", "hicn", "hic", "mrn"}
_DIAGNOSIS = {"diagnosis", "icd"}
_NO_MODIFIER = {"date", "description", "desc", "concept"}
# Of Medicare's carrier and outpatient files, as researchers get them.
_OF_RESEARCH_FILES = {
    "CARR_CLM_PMT_DNL_CD", "CARR_LINE_PRVDR_TYPE_CD", "DESYNPUF_ID", "HCPCS_1ST_MDFR_CD", "LINE_1ST_EXPNS_DT",
    "LINE_LAST_EXPNS_DT", "LINE_PLACE_OF_SRVC_CD", "LINE_PRCSG_IND_CD", "PRF_PHYSN_NPI", "REV_CNTR_APC_HIPPS_CD",
    "REV_CNTR_UNIT_CNT",
}  # fmt: skip


def columns_by_meaning(columns: Sequence[str]) -> dict[str, list[str]]:
    """For each column of ours the columns of a table whose names mean it, the surest first; none is named twice."""
    words = {name: said for name in columns if "concept" not in (said := words_of(name))}  # numbers of a vocabulary
    # A number of one person on a member's number, such as MBR_SFX, is that of no member.
    taken: set[str] = {*modifier_columns(columns), *diagnosis_columns(columns), *person_columns(columns)}
    named_by: dict[str, list[str]] = {}
    for ours, sign in SIGNS.items():
        named = _fitting({name: said for name, said in words.items() if name not in taken}, sign)
        if named:
            named_by[ours] = named
            taken.add(named[0])
    return named_by


def are_of_claim_lines(meanings: Iterable[str]) -> bool:
    """Whether columns of these meanings make claim lines: a procedure code, and most of what else names a service."""
    found = set(meanings)
    return "procedure_code" in found and len(found & _OF_A_LINE) >= _MOST_OF_A_LINE


def joined_columns(columns: Sequence[str], ours: str) -> tuple[str, ...]:
    """The columns that hold a date or a type of bill in three parts, in their order; () where there are none."""
    words = {name: words_of(name) for name in columns}
    found: list[str] = []
    for sign in JOINED[ours]:
        named = [name for name in _fitting(words, sign) if name not in found]
        if not named:
            return ()
        found.append(named[0])
    return tuple(found)


def says_more(ours: str, name: str) -> bool:
    """Whether a name has words beyond those by which a column of ours is known, as MEMBER_TIER for the member's number.

    Words that say whose, which or of what line it is do not count, nor does the name of a system before that of a
    number, as in EDW_MEMBER_ID.
    """
    known = {word for group in SIGNS[ours].groups for word in group}
    said = words_of(name)
    if ours in ("claim_id", "member_id"):
        said = list(dropwhile(lambda word: word not in known, said))
    return any(word not in known | SAYS_NO_MORE and not word.isdecimal() and len(word) > 1 for word in said)


def may_hold_days_of_service(name: str) -> bool:
    """Whether a name does not say that its days are others, such as those of birth, of payment or of a coverage."""
    return not set(words_of(name)) & SIGNS["service_date"].others


def modifier_columns(columns: Sequence[str]) -> list[str]:
    """The columns of modifiers, in the order of their numbers; a single one may hold several."""
    short = [name for name in columns if _SHORT_MODIFIER.fullmatch(name.strip())]
    named = _numbered(columns, {"modifier"}, _NO_MODIFIER)
    return (named or (sorted(short) if len(short) > 1 else []))[:4]


def with_repeats_numbered(columns: Sequence[str]) -> tuple[str, ...]:
    """The names, those of modifiers and diagnoses numbered where several columns have one: Mod, Mod 2, Mod 3.

    A line has several of them, so that the same name says no less, and of claim lines what is not read may have one
    name too, as Name of the patient and of the payer; any other name belongs to one column. A number that another
    column has is passed over: of Mod, Mod 2, Mod the last is Mod 3.
    """
    given = Counter(name.strip().casefold() for name in columns)
    if max(given.values(), default=0) < 2:
        return tuple(columns)
    several = {*_numbered(columns, {"modifier"}, _NO_MODIFIER), *diagnosis_columns(columns)}
    if are_of_claim_lines(columns_by_meaning(list(dict.fromkeys(columns)))):
        several |= {name for name in columns if given[name.strip().casefold()] > 1 and _says_nothing_of_a_line(name)}
    taken, met = set(given), set[str]()
    numbered = []
    for name in columns:
        bare = name.strip().casefold()
        is_again = name in several and bare in met
        met.add(bare)
        if is_again:
            number = next(number for number in count(2) if f"{bare} {number}" not in taken)
            taken.add(f"{bare} {number}")
            numbered.append(f"{name.strip()} {number}")
        else:
            numbered.append(name)
    return tuple(numbered)


def _says_nothing_of_a_line(name: str) -> bool:
    """Whether no column of claim lines, and no state of a row or person on a number, is known by a name."""
    one = [name]
    states = status_columns(one) or flag_columns(one) or days_taken_back(one) or taken_back_by(one)
    others = measure_columns(one) or version_columns(one) or person_columns(one) or birth_columns(one, "")
    return bool(name.strip()) and not (columns_by_meaning(one) or states or others)


def is_of_a_claim(name: str) -> bool:
    """Whether a name of an amount says that it is the total of a claim: CLM_TOT_CHRG_AMT, Total Charges."""
    said = set(words_of(name))
    return bool(said & {"claim", "total", "header"}) and not said & {"line", "revenue", "extended"}


def code_with_modifier_columns(columns: Sequence[str]) -> list[str]:
    """The columns of modifiers whose names say that they hold the code too, as HCPCS_MOD."""
    return [name for name in modifier_columns(columns) if {"hcpcs", "cpt", "procedure"} & {*words_of(name)}]


def diagnosis_columns(columns: Sequence[str]) -> list[str]:
    """The columns of diagnoses, the principal one first."""
    return _numbered(columns, _DIAGNOSIS, NO_DIAGNOSIS)


def code_columns(columns: Sequence[str]) -> list[str]:
    """The columns that are named after procedure codes, as in a table with a column of units for each code."""
    named = [name for name in columns if _NAMED_AFTER_A_CODE.fullmatch(name.strip())]
    return named if len(named) > 1 else []


def person_columns(columns: Sequence[str]) -> list[str]:
    """The columns that number the persons who share a member's number."""
    return [name for name in columns if _PERSON_ON_NUMBER.fullmatch(name.strip())]


def coverage_of_extract(columns: Sequence[str]) -> str:
    """The coverage of an extract whose columns only one program names so; '' where they are of any.

    NCH is Medicare's National Claims History, MSIS the information system of Medicaid; CUR_CLM_UNIQ_ID is in Medicare's
    claim and claim line feed alone.
    """
    named = {name.upper() for name in columns}
    words = {word for name in named for word in name.split("_")}
    if "NCH" in words or "CUR_CLM_UNIQ_ID" in named:
        return "medicare"
    return "medicaid" if "MSIS" in words else ""


def coverage_by_usual_names(columns: Sequence[str]) -> str:
    """Medicare, where several columns have names that its research files alone give to lines of claims; else ''."""
    return "medicare" if len({name.upper() for name in columns} & _OF_RESEARCH_FILES) > 1 else ""


def birth_columns(columns: Sequence[str], member_column: str) -> list[str]:
    """The columns of days of birth; [] where the column of members numbers each person by its name."""
    if set(words_of(member_column)) & _OF_ONE_PERSON:
        return []
    return _fitting({name: words_of(name) for name in columns}, BIRTH)


def status_columns(columns: Sequence[str]) -> list[str]:
    """The columns that may say that a row is no service line that was billed and is in force."""
    words = {name: words_of(name) for name in columns}
    of_charges = [name for name, said in words.items() if sorted(said) == ["charge", "status"]]
    fitting = [*_fitting(words, STATUS), *of_charges]
    said_by = {name: set(words_of(name)) for name in fitting}
    return [name for name, said in said_by.items() if not (_is_of_service(said) or _numbers_transactions(said))]


def days_taken_back(columns: Sequence[str]) -> list[str]:
    """The columns that hold the day on which a row was voided, reversed or deleted."""
    return [name for name in columns if _DAY_TAKEN_BACK.match(" ".join(words_of(name)))]


def taken_back_by(columns: Sequence[str]) -> list[str]:
    """The columns that say what replaced a row, or who voided it."""
    return [name for name in columns if _TAKEN_BACK_BY.match(" ".join(words_of(name)))]


def _is_of_service(said: set[str]) -> bool:
    """Whether a type or a state is one of the service: the type of service, the payment status of a revenue line."""
    return {"type", "service"} <= said or {"revenue", "status", "indicator"} <= said


def _numbers_transactions(said: set[str]) -> bool:
    """Whether a name is that of the number of a transaction, which tells nothing of its state."""
    return "transaction" in said and bool(said & {"id", "number"}) and not said & {"type", "status", "code"}


def repeated_columns(columns: Sequence[str], name: str) -> list[str]:
    """The columns whose names differ from that of a column in their last number alone: HCPCS_CD_2 of HCPCS_CD_1."""
    bare = re.sub(r"\d+$", "", name)
    return [one for one in columns if name not in (one, bare) and re.sub(r"\d+$", "", one) == bare]


def measure_columns(columns: Sequence[str]) -> list[str]:
    """The columns that may say what the number of units counts, as UN or MJ."""
    return _fitting({name: words_of(name) for name in columns}, MEASURE)


def version_columns(columns: Sequence[str]) -> list[str]:
    """The columns that may number the versions of a claim."""
    return _fitting({name: words_of(name) for name in columns}, VERSION)


def _fitting(words: dict[str, list[str]], sign: Sign) -> list[str]:
    ranked = []
    for place, (name, said) in enumerate(words.items()):
        given = set(said)
        if given & sign.others:
            continue
        rank = next((rank for rank, group in enumerate(sign.groups) if group <= given), None)
        if rank is not None:
            ranked.append((rank, len(given), place, name))
    return [name for _, _, _, name in sorted(ranked)]


def _numbered(columns: Sequence[str], signs: set[str], others: set[str]) -> list[str]:
    found = []
    for place, name in enumerate(columns):
        said = words_of(name)
        if set(said) & signs and not set(said) & others:
            numbers = [int(word) for word in said if word.isdecimal() and len(word) < 3]
            order = 0 if "principal" in said else (numbers[-1] if numbers else 1)
            order = 1 if {"1st", "from"} & set(said) and not numbers else order
            found.append((order, place, name))
    return [name for _, _, name in sorted(found)]
