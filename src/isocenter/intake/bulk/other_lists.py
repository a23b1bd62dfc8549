"""Tables that lie beside claims and list no services: coverages, prices, providers, appointments and others."""

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning, diagnosis_columns
from isocenter.intake.bulk.name_words import words_of
from isocenter.intake.bulk.shapes import NoHeader, names_a_code_and_a_day, shape_of
from isocenter.terms.problems import clause, worded

_AUTHORIZATIONS = {
    "auth", "auths", "authorization", "authorizations", "precert", "precertification", "preauth", "preauthorization",
}  # fmt: skip
_COVERAGES = {"coverage", "elig", "eligibility", "enrolled", "enrollment"}
_BEGINS, _ENDS = {"effective", "eff"}, {"end", "term", "termination", "through"}
_PERSONS = {"birth", "birthdate", "dob", "gender", "sex"}
_PRICES = {"fee", "fees", "rate", "rates", "price", "allowed", "amount", "charge", "rvu", "rvus"}
_PROVIDERS = {"name", "specialty", "taxonomy"}
_PAYMENTS = {"check", "deposit", "eft", "era", "remit", "remittance"}
_APPOINTMENTS = {"appt", "appts", "appointment", "appointments"}
_BILLED = {"charge_amount", "allowed_amount", "place_of_service", "bill_type", "revenue_code"}
_PAID = {"paid", "payment", "payments", "pd", "pmt"}
# Why less was paid; how much, as a deductible, payers' extracts of claims say too.
_ADJUSTED = {"adjustment", "carc", "grp", "rarc", "reason", "remark"}
_OF_A_BILL = {"setting", "place_of_service", "bill_type", "revenue_code", "diagnosis_pointers"}
# Of a table that names these a person has to say whether the course rests on it.
_OF_A_COURSE = {
    "approval", "approved", "diagnosis", "document", "dose", "field", "fraction", "fractions", "fx", "gy", "icd",
    "machine", "note", "notes", "physician", "signature", "signed", "site", "treatment",
}  # fmt: skip
_REMARKS = {"document", "note", "notes"}  # which say nothing of a course where they are no columns of a table
_WORDS = re.compile("[a-z]+")
_ADDED_UP = {"average", "avg", "count", "max", "min", "subtotal", "sum", "total", "totals"}
_COUNTED = ("units", "charge_amount", "allowed_amount")
_OF_ANY_SERVICE = {"procedure_code", "member_id", "service_date"}


class ListsNoServices(UnreadableInput):
    """A table beside claims that lists something else, such as prices."""


def what_is_listed(columns: Sequence[str]) -> str:
    """The sentence that a table of these columns lists no services; '' where it may state them, or facts of a course.

    A remark on such a table is enough: no line and no fact is lost with it.
    """
    if _is_a_remittance(columns):
        return "it lists payments for services, as a remittance does, and bills none"
    listed = _listed(columns)
    return worded("it lists {listed} and no services", listed=clause(listed)) if listed else ""


def _is_a_remittance(columns: Sequence[str]) -> bool:
    """Whether columns are of payments by check or transfer, of why they were adjusted, and of none that bills have."""
    said = {word for name in columns for word in words_of(name)}
    is_of_payments = all(not said.isdisjoint(words) for words in (_PAYMENTS, _PAID, _ADJUSTED))
    return (
        is_of_payments and columns_by_meaning(columns).keys().isdisjoint(_OF_A_BILL) and not diagnosis_columns(columns)
    )


def names_no_service(sheet: Path, beside: Iterable[str]) -> bool:
    """Whether a sheet, written as CSV, names neither a service nor facts of a course.

    Such are totals by month or by code, remarks of whoever prepared the claims, and a list that explains the columns
    of the sheet of claims `beside` it. All of its cells count, not its names alone: what a person wrote under other
    names may be a line of a claim.
    """
    try:
        columns: Sequence[str] = shape_of(sheet, sheet.name).columns
    except NoHeader as wrong:
        if wrong.is_of_claims:
            return False
        columns = ()
    except UnreadableInput:
        return False
    with sheet.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    if not columns:
        return _name_no_service(rows, _OF_A_COURSE - _REMARKS)
    if _explain(rows, beside):
        return not any(map(names_a_code_and_a_day, rows))
    said = {word for name in columns for word in words_of(name)}
    single = [name for name in columns if _ADDED_UP.isdisjoint(words_of(name))]
    found = columns_by_meaning(single)
    if said & _OF_A_COURSE or not _are_totals(single, found):
        return False
    counted = {name for ours in _COUNTED for name in found.get(ours, ())} | (set(columns) - set(single))
    return _name_no_service([_without(columns, counted, cells) for cells in rows], _OF_A_COURSE)


def _name_no_service(rows: Iterable[Sequence[str]], of_a_course: Collection[str]) -> bool:
    """Whether no row has a code and a day, nor one of the words that facts of a course are stated in."""
    return not any(
        names_a_code_and_a_day(cells) or not set(of_a_course).isdisjoint(_WORDS.findall(" ".join(cells).lower()))
        for cells in rows
    )


def _explain(rows: Sequence[Sequence[str]], columns: Iterable[str]) -> bool:
    """Whether most rows below the first begin with the name of one of the columns."""
    names = {name.strip().casefold() for name in columns}
    begun = [cells[0].strip().casefold() in names for cells in rows[1:] if any(cells)]
    return 2 * sum(begun) > len(begun)


def _are_totals(columns: Sequence[str], found: Mapping[str, Sequence[str]]) -> bool:
    """Whether no column names what a service needs, or one alone does and all others count."""
    of_a_service = found.keys() & _OF_ANY_SERVICE
    others = len(columns) - sum(len(found[ours]) for ours in found.keys() & {*_COUNTED, *of_a_service})
    return not of_a_service or (len(of_a_service) == 1 and others == 0)


def _without(columns: Sequence[str], names: Collection[str], cells: Sequence[str]) -> list[str]:
    """The cells of a row but those under these names; all of a row that is of another length."""
    if len(cells) != len(columns):
        return list(cells)
    return [cell for name, cell in zip(columns, cells, strict=True) if name not in names]


def _listed(columns: Sequence[str]) -> str:
    words = [set(words_of(name)) for name in columns]
    said = set().union(*words)
    found = columns_by_meaning(columns).keys()
    if "claim_id" not in found and any(one & _AUTHORIZATIONS and one & {"id", "number"} for one in words):
        return "" if _may_be_billed(found) else "authorizations"
    if said & _APPOINTMENTS and not found & {"claim_id", "units", "charge_amount", "allowed_amount"}:
        return "" if said & _OF_A_COURSE else "appointments"
    if "procedure_code" in found:
        names_a_service = found & {"claim_id", "member_id", "service_date", "units"}
        return "prices of procedures" if said & _PRICES and not names_a_service else ""
    if said & _OF_A_COURSE:
        return ""
    if "member_id" in found:
        if said & _COVERAGES or (said & _BEGINS and said & _ENDS):
            return "members and their coverage"
        others = [name for name, one in zip(columns, words, strict=True) if "name" not in one]  # FIRST_NAME is no day
        is_of_services = columns_by_meaning(others).keys() & {"claim_id", "service_date", "units"}
        return "members" if said & _PERSONS and not is_of_services else ""
    if "npi" in said and said & _PROVIDERS:
        return "providers"
    return "payments" if said & _PAYMENTS and said & _PAID else ""


def _may_be_billed(meanings: Collection[str]) -> bool:
    """Whether columns that name an authorization may be of services billed under it: an authorization spans days."""
    is_of_days = {"procedure_code", "service_date"} <= set(meanings) and not _BILLED.isdisjoint(meanings)
    return is_of_days or (are_of_claim_lines(meanings) and "last_service_date" not in meanings)
