"""Knows the code systems of diagnoses by the addresses and object identifiers that clients write."""

_ICD10 = ("icd-10", "icd10")
_ICD9 = ("icd-9", "icd9")
# ICD-10-CM and ICD-10; ICD-9-CM, diagnoses.
_ICD10_IDENTIFIERS = ("2.16.840.1.113883.6.90", "2.16.840.1.113883.6.3")
_ICD9_IDENTIFIERS = ("2.16.840.1.113883.6.103", "2.16.840.1.113883.6.42")


def is_icd10(system: str) -> bool:
    """Whether a code system is ICD-10-CM, or ICD-10."""
    return _is(system, _ICD10, _ICD10_IDENTIFIERS)


def is_icd9(system: str) -> bool:
    """Whether a code system is ICD-9-CM."""
    return _is(system, _ICD9, _ICD9_IDENTIFIERS)


def _is(system: str, names: tuple[str, ...], identifiers: tuple[str, ...]) -> bool:
    written = system.strip().lower()
    return any(name in written for name in names) or written.removeprefix("urn:oid:") in identifiers
