"""A table of the diagnoses of claims beside their lines, recognized by the names of its columns."""

from collections.abc import Sequence

from isocenter.intake.bulk.column_names import columns_by_meaning, diagnosis_columns, words_of

_COLUMNS = (3, 4)  # claim, diagnosis, its place on the claim; and the member
_PLACES = {"number", "order", "position", "rank", "priority"}
_OF_A_PLACE = _PLACES | {"diagnosis", "icd", "code"}


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
    """What is to be said of columns that were given our names; '' where they bear them already."""
    if list(given) == list(ours):
        return ""
    taken = "; ".join(f"{name} from {own}" for own, name in zip(given, ours, strict=True) if own != name)
    return f"its columns were taken by their names: {taken}"


def _is_a_place(said: set[str]) -> bool:
    return bool(said & _PLACES) and said <= _OF_A_PLACE and "code" not in said
