"""A table of the diagnoses of claims beside their lines, recognized by the names of its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isocenter.intake.bulk.column_names import columns_by_meaning, diagnosis_columns
from isocenter.intake.bulk.name_words import words_of

_COLUMNS = (3, 4)  # claim, diagnosis, its place on the claim; and the member
_PLACES = {"number", "order", "position", "rank", "priority"}
_OF_A_PLACE = _PLACES | {"diagnosis", "icd", "code"}


OURS = ("claim_id", "icd10", "position", "member_id")
_OF_ADMISSION = {"admit", "admitting", "admission"}


@dataclass(frozen=True, slots=True)
class WideDiagnoses:
    """The columns of a table with a claim a row: its number, its diagnoses by their places, and the member or ''."""

    claim: str
    codes: tuple[str, ...]  # the principal diagnosis first
    member: str = ""

    @property
    def sentence(self) -> str:
        """How its columns are taken."""
        taken = f"its columns were taken by their names: claim_id from {self.claim}; diagnoses from"
        return f"{taken} {', '.join(self.codes)}" + (f"; member_id from {self.member}" if self.member else "")

    def rows(self, columns: Sequence[str], cells: Sequence[object]) -> Iterator[list[object]]:
        """A row of the table as one of each of its diagnoses, in the order of OURS."""
        given = dict(zip(columns, cells, strict=True))
        for place, name in enumerate(self.codes, start=1):
            if given[name] not in (None, ""):
                yield [given[self.claim], given[name], place, given[self.member] if self.member else ""]


def wide_diagnoses(columns: Sequence[str]) -> WideDiagnoses | None:
    """The columns of a table of claims and several diagnoses of each; None where there is anything else beside them.

    The diagnosis of admission may be among them, and is none of the claim's.
    """
    codes = diagnosis_columns([name for name in columns if not _is_a_place(set(words_of(name)))])
    others = [name for name in columns if name not in codes and not set(words_of(name)) & _OF_ADMISSION]
    by_meaning = columns_by_meaning(others)
    claims = by_meaning.get("claim_id") or by_meaning.get("patient_account_number") or []
    members = by_meaning.get("member_id", [])
    if len(codes) < 2 or len(claims) != 1 or len(members) > 1 or {*claims, *members} != {*others}:
        return None
    return WideDiagnoses(claims[0], tuple(codes), *members)


def as_our_diagnoses(columns: Sequence[str]) -> list[str]:
    """The columns by our names where they are a claim, a diagnosis and its place, with or without a member.

    Any other columns stay as they are: a further one may say that a diagnosis is none of the claim's, as of admission.
    """
    given = list(columns)
    if len(given) not in _COLUMNS:
        return given
    places = [name for name in given if _is_a_place(set(words_of(name)))]
    others = [name for name in given if name not in places]
    codes = diagnosis_columns(others)
    by_meaning = columns_by_meaning([name for name in others if name not in codes])
    claims = by_meaning.get("claim_id") or by_meaning.get("patient_account_number") or []
    found = {"claim_id": claims, "icd10": codes, "position": places}
    if len(given) > len(found):
        found["member_id"] = by_meaning.get("member_id", [])
    if any(len(names) != 1 for names in found.values()) or len({names[0] for names in found.values()}) < len(given):
        return given
    ours = {names[0]: name for name, names in found.items()}
    return [ours[name] for name in given]


def how_taken(given: Sequence[str], ours: Sequence[str]) -> str:
    """What is to be said of columns that were given our names; '' where they have them already."""
    if list(given) == list(ours):
        return ""
    taken = "; ".join(f"{name} from {own}" for own, name in zip(given, ours, strict=True) if own != name)
    return f"its columns were taken by their names: {taken}"


def _is_a_place(said: set[str]) -> bool:
    return bool(said & _PLACES) and said <= _OF_A_PLACE and "code" not in said
