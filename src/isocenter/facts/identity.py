"""What names a claim and a line: numbers that come again are distinguished, and one member has one number."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from isocenter.facts.claims_of_one_number import again, is_not_kept, stated, turns_of_alike, turns_of_bills
from isocenter.facts.reversals import without_reversals
from isocenter.terms.claims import SUBSCRIBER, ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem, clause, worded
from isocenter.terms.tables import FactRow

# Shorter numbers may be parts of one another with a hyphen between them: 1-12 and 11-2.
_LONG_MEMBER_NUMBER = 9
_OF_ICD_9 = "is a code of ICD-9-CM, which was in use to 2015-09-30; it is not kept"
NO_CLAIM_OF_DIAGNOSES = (
    "no supplied claim that was looked up has a diagnosis among these, the first of which is of claim {number};"
    " write the numbers of claims as the claim lines have them"
)
TWICE = "the same line is given twice; one of them is judged"
# Several lines have one number and state different things.
NAME_OF_SEVERAL = (
    "several lines have this number and differ ({lines}); all are judged, and the review asks which"
    " of them count; give each line its own number, or leave out those that do not count"
)
PLACE_OF_SEVERAL = (
    "several lines have this place on a claim of this number ({lines}); they are taken for lines of several claims"
    " under one number"
)
_LINES_SHOWN = 3


def distinguish_claims(
    rows: Iterable[FactRow], covered: Collection[str] | None = None
) -> tuple[list[FactRow], list[Problem]]:
    """The rows with claim_id and claim_line_id as keys of the store, and a problem for each that is left out.

    A number that only one claim has stays as it is. Claims of other members, providers or settings, replacements
    under the number of their original, and lines whose number comes again get keys of their own. `covered` are the
    codes that a rule covers, where they are known: lines of others, which a screening does not keep, come last.
    """
    rows, given_twice = _without_lines_given_twice(with_members_apart(rows))
    rows, reversed_lines = without_reversals(rows)
    lines = [row for row in rows if isinstance(row, ClaimLine)]
    keyed, problems = _keyed_lines(lines, covered)
    claims_of: dict[str, list[ClaimLine]] = defaultdict(list)
    for written, line in zip(lines, keyed, strict=True):
        claims_of[written.claim_id].append(line)
    following = iter(keyed)
    kept: list[FactRow] = []
    problems += _diagnoses_of_no_claim(rows, claims_of)
    for row in rows:
        if isinstance(row, ClaimDiagnosis):
            row = row._replace(claim_id=_as_line_has_it(row.claim_id, claims_of))  # noqa: PLW2901
        if isinstance(row, ClaimLine):
            kept.append(next(following))
        elif isinstance(row, ClaimDiagnosis) and row.icd10[:1].isdecimal():
            problems.append(
                Problem(
                    "",
                    f"claim {row.claim_id}",
                    worded("diagnosis {icd10} {of_icd_9}", icd10=row.icd10, of_icd_9=clause(_OF_ICD_9)),
                )
            )
        elif isinstance(row, ClaimDiagnosis) and row.claim_id in claims_of:
            diagnoses, wrong = _diagnoses_of_keys(row, claims_of[row.claim_id])
            kept += diagnoses
            problems += wrong
        else:
            kept.append(row)
    return kept, list(dict.fromkeys((*given_twice, *reversed_lines, *problems)))


def _as_line_has_it(number: str, claims_of: Mapping[str, object]) -> str:
    """A claim's number without the point and zero that a program made of a whole number, where a claim has it so."""
    bare = number.removesuffix(".0")
    return bare if number not in claims_of and bare in claims_of and bare.isdecimal() else number


def _diagnoses_of_no_claim(rows: Iterable[FactRow], claims_of: Mapping[str, object]) -> list[Problem]:
    """A problem where diagnoses of claims are supplied and none of them is of a supplied claim."""
    numbers = [row.claim_id for row in rows if isinstance(row, ClaimDiagnosis)]
    if not claims_of or not numbers or any(_as_line_has_it(number, claims_of) in claims_of for number in numbers):
        return []
    return [Problem("", "diagnoses", worded(NO_CLAIM_OF_DIAGNOSES, number=numbers[0]))]


def member_key(member_id: str) -> str:
    """What a member's number is compared by: letters in upper case, and without the hyphens of a long number.

    Of digits alone it is without the zeros before it, which a spreadsheet takes away.
    """
    upper = member_id.strip().upper()
    bare = upper.replace("-", "").replace(" ", "")
    key = bare if len(bare) >= _LONG_MEMBER_NUMBER else upper
    return key.lstrip("0") or key if key.isascii() and key.isdecimal() else key


def member_key_sql(member: str) -> str:
    """The same of an SQL expression."""
    upper = f"upper(trim({member}))"
    bare = f"replace(replace({upper}, '-', ''), ' ', '')"
    key = f"case when length({bare}) >= {_LONG_MEMBER_NUMBER} then {bare} else {upper} end"
    is_padded = f"left({bare}, 1) = '0' and replace(translate({key}, '123456789', '000000000'), '0', '') = ''"
    return f"case when {is_padded} then coalesce(nullif(regexp_replace({key}, '^0+', ''), ''), {key}) else {key} end"


def shared_key(claim_id: str, member_id: str, patient: str, billing_npi: str, setting: str) -> str:
    """The key of a claim whose number others have too; the member may be named with or without the patient."""
    number = member_id.removesuffix(f" ({patient})") if patient else member_id
    return f"{claim_id} of {patient_key(member_key(number), patient)} by {billing_npi}, {setting}"


def shared_key_sql(claim: str, member: str, patient: str, billing: str, setting: str) -> str:
    """The same of SQL expressions."""
    number, bracketed = member, f"concat(' (', {patient}, ')')"
    if patient != "''":
        is_named = f"{patient} <> '' and right({member}, length({bracketed})) = {bracketed}"
        number = f"case when {is_named} then left({member}, length({member}) - length({bracketed})) else {member} end"
    person = patient_key_sql(member_key_sql(number), patient)
    return f"concat({claim}, ' of ', {person}, ' by ', {billing}, ', ', {setting})"


def patient_key(member_id: str, patient: str) -> str:
    """What names one of several persons who share a member's number; the subscriber has the number alone."""
    return member_id if patient in ("", SUBSCRIBER) else f"{member_id} ({patient})"


def patient_key_sql(member: str, patient: str) -> str:
    """The same of SQL expressions."""
    named = f"concat({member}, ' (', {patient}, ')')"
    return f"case when {patient} in ('', '{SUBSCRIBER}') then {member} else coalesce({named}, {member}) end"


def patients_number(member_id: str) -> str:
    """The member's number that the name of a patient begins with."""
    number, bracket, patient = member_id.rpartition(" (")
    return number if bracket and patient.endswith(")") else member_id


def patients_number_sql(member: str) -> str:
    """The same of an SQL expression."""
    return f"regexp_replace({member}, ' [(][^(]*[)]$', '')"


def with_members_apart(rows: Iterable[FactRow]) -> list[FactRow]:
    """Every member by one spelling, the first in the order of texts; persons of one number by names of their own."""
    rows = list(rows)
    spelled: dict[str, str] = {}
    patients: dict[str, set[str]] = defaultdict(set)
    of_claims: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        member = getattr(row, "member_id", "")
        if member:
            key = member_key(member)
            spelled[key] = min(spelled.get(key, member), member)
        if isinstance(row, ClaimLine) and row.patient:
            patients[member_key(member)].add(row.patient)
            of_claims[row.claim_id, member_key(member)].add(row.patient)
    return [_of_one_member(row, spelled, patients, of_claims) for row in rows]


def _of_one_member(
    row: FactRow,
    spelled: Mapping[str, str],
    patients: Mapping[str, set[str]],
    of_claims: Mapping[tuple[str, str], set[str]],
) -> FactRow:
    member = getattr(row, "member_id", "")
    if not member:
        return row
    key = member_key(member)
    name = spelled[key]
    if len(patients.get(key, ())) > 1:
        if isinstance(row, ClaimDiagnosis):
            treated = of_claims.get((row.claim_id, key), {""})
            name = patient_key(name, next(iter(treated))) if len(treated) == 1 else ""
        else:
            name = patient_key(name, getattr(row, "patient", ""))
    return row._replace(member_id=name)  # type: ignore[call-arg]


def _without_lines_given_twice(rows: Iterable[FactRow]) -> tuple[list[FactRow], list[Problem]]:
    """The rows with each numbered claim line once: before lines are taken back, or its copy would still be billed."""
    kept: list[FactRow] = []
    given: set[ClaimLine] = set()
    twice: list[str] = []
    for row in rows:
        if isinstance(row, ClaimLine) and row.claim_line_id:
            if row in given:
                twice.append(row.claim_line_id)
                continue
            given.add(row)
        kept.append(row)
    return kept, _lines_given_twice(twice)


def _keyed_lines(lines: Sequence[ClaimLine], covered: Collection[str] | None) -> tuple[list[ClaimLine], list[Problem]]:
    """Each line with its keys, and what is said of numbers that come again."""
    shared = _shared_numbers(lines)
    claims = _claims_of(lines, shared, covered)
    owners: dict[str, set[str]] = defaultdict(set)
    alike: dict[tuple[str, str], list[ClaimLine]] = defaultdict(list)
    for line, claim in zip(lines, claims, strict=True):
        if line.claim_line_id:
            owners[line.claim_line_id].add(_claim_key(line, shared))
            alike[claim, line.claim_line_id].append(line)
    of_several = {name for name, found in owners.items() if len(found) > 1}
    turns = _turns(alike, covered, of_several)
    names: set[str] = set()
    places = _places_of_unnumbered(lines, claims, covered)
    keyed: list[ClaimLine] = []
    problems: list[Problem] = []
    for row, (line, claim) in enumerate(zip(lines, claims, strict=True)):
        name = line.claim_line_id or (f"{claim}-{places[row]}" if claim else "")
        if line.claim_id and line.claim_line_id.startswith(f"{line.claim_id}-"):
            name = f"{claim}{line.claim_line_id.removeprefix(line.claim_id)}"
        elif line.claim_line_id in of_several:
            name = f"{claim}-{line.claim_line_id}"
        several = alike.get((claim, line.claim_line_id), [])
        is_name = not _is_place(line, of_several)
        if len(several) > 1 and line is several[0]:
            problems.append(_name_of_several(several) if is_name else _place_of_several(several))
        turn = turns.get((claim, line), "")
        if name and f"{name}{turn}" in names:
            turn = next(text for text in again() if f"{name}{text}" not in names)
        names.add(f"{name}{turn}")
        keyed.append(
            line._replace(
                # Lines that are given no name and no place are of the one claim that has the number.
                claim_id=f"{claim}{turn}" if claim and line.claim_line_id else claim,
                claim_line_id=f"{name}{turn}",
                patient_account_number=line.patient_account_number or line.claim_id,
                repeated_line_id=line.claim_line_id if len(several) > 1 and is_name else line.repeated_line_id,
            )
        )
    return keyed, problems


def _lines_given_twice(names: Sequence[str]) -> list[Problem]:
    """One remark on lines that are given again, however many they are."""
    if len(names) < 2:
        return [Problem("", f"claim line {name}", TWICE) for name in names]
    sentence = worded(
        "{lines} lines are given twice, the first is {first}; one of each is judged", lines=len(names), first=names[0]
    )
    return [Problem("", "claim lines", sentence)]


def _places_of_unnumbered(
    lines: Sequence[ClaimLine], claims: Sequence[str], covered: Collection[str] | None
) -> dict[int, int]:
    """The place on its claim of each line that has no name and no number, by its row.

    It is by what the lines state, as in a screening, which reads the rows of a table in no order.
    """
    unnumbered = [row for row, line in enumerate(lines) if not line.claim_line_id]
    unnumbered.sort(key=lambda row: (claims[row], is_not_kept(lines[row], covered), stated(lines[row])))
    counted: Counter[str] = Counter()
    places = {}
    for row in unnumbered:
        counted[claims[row]] += 1
        places[row] = counted[claims[row]]
    return places


def _turns(
    alike: Mapping[tuple[str, str], Sequence[ClaimLine]], covered: Collection[str] | None, of_several: Collection[str]
) -> dict[tuple[str, ClaimLine], str]:
    """What follows the names of lines that have one name or place on one claim, and of those on the claim with them.

    Lines that a screening does not keep make no several claims of one.
    """
    crowded = {
        claim
        for (claim, _), found in alike.items()
        if sum(not is_not_kept(line, covered) for line in found) > 1
        and any(_is_place(line, of_several) for line in found)
    }
    of_bills = {key: found for key, found in alike.items() if key[0] in crowded}
    return turns_of_alike(alike, covered) | turns_of_bills(of_bills, covered)


def _is_place(line: ClaimLine, of_several: Collection[str]) -> bool:
    """Whether what names a line is its place on a claim, which lines of other claims have too."""
    return line.claim_line_id in of_several or line.claim_line_id.startswith(f"{line.claim_id}-")


def _claims_of(lines: Sequence[ClaimLine], shared: set[str], covered: Collection[str] | None) -> list[str]:
    """The key of the claim of each line; corrections under the number of their original are claims of their own."""
    frequencies: dict[str, set[str]] = defaultdict(set)
    written: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in lines:
        if not is_not_kept(line, covered):
            claim = _claim_key(line, shared)
            frequencies[claim].add(line.claim_frequency)
            written[claim, line.claim_frequency].add(line.written_at)
    found = []
    for line in lines:
        claim = _claim_key(line, shared)
        times = sorted({*written[claim, line.claim_frequency], line.written_at})
        is_one_of_several = len({*frequencies[claim], line.claim_frequency}) > 1 or len(times) > 1
        if line.claim_frequency in ("7", "8") and is_one_of_several:
            place = times.index(line.written_at) + 1
            version = f", version {place}" if place > 1 else ""
            claim = f"{claim} (frequency {line.claim_frequency}{version})"
        found.append(claim)
    return found


def _name_of_several(lines: Sequence[ClaimLine]) -> Problem:
    return Problem("", f"claim line {lines[0].claim_line_id}", worded(NAME_OF_SEVERAL, lines=_shown(lines)))


def _place_of_several(lines: Sequence[ClaimLine]) -> Problem:
    return Problem("", f"claim line {lines[0].claim_line_id}", worded(PLACE_OF_SEVERAL, lines=_shown(lines)))


def _shown(lines: Sequence[ClaimLine]) -> str:
    """A few lines by their codes and days."""
    shown = sorted(f"{line.procedure_code} on {line.service_date}" for line in lines)
    more = len(shown) - _LINES_SHOWN
    return ", ".join([*shown[:_LINES_SHOWN], f"{more} more"] if more > 0 else shown)


def shown_lines_sql(code: str, day: str) -> str:
    """The same as an aggregate of SQL expressions."""
    shown = f"list_sort(list(concat({code}, ' on ', {day})))"
    return (
        f"concat(array_to_string({shown}[:{_LINES_SHOWN}], ', '), case when count(*) > {_LINES_SHOWN}"
        f" then concat(', ', count(*) - {_LINES_SHOWN}, ' more') else '' end)"
    )


def _claim_key(line: ClaimLine, shared: set[str]) -> str:
    if line.claim_id not in shared:
        return line.claim_id
    return shared_key(line.claim_id, line.member_id, line.patient, line.billing_npi, line.setting)


def _shared_numbers(lines: Iterable[ClaimLine]) -> set[str]:
    """Numbers that claims of several members, providers or settings have."""
    bearers: dict[str, list[set[str]]] = {}
    for line in lines:
        if line.claim_id:
            found = bearers.setdefault(line.claim_id, [set(), set(), set()])
            for values, value in zip(found, (line.member_id, line.billing_npi, line.setting), strict=True):
                if value:
                    values.add(value)
    return {number for number, found in bearers.items() if any(len(values) > 1 for values in found)}


def _diagnoses_of_keys(row: ClaimDiagnosis, lines: Sequence[ClaimLine]) -> tuple[list[ClaimDiagnosis], list[Problem]]:
    """The diagnosis on every claim that it can be of; a problem where it may be of several members."""
    own = [line for line in lines if not row.member_id or line.member_id == row.member_id]
    if len({line.member_id for line in own}) > 1:
        sentence = worded(
            "claims of several members have this number, so it is not known whose diagnosis {icd10} is", icd10=row.icd10
        )
        return [], [
            Problem(
                "",
                f"claim {row.claim_id}",
                worded("{sentence}: name the member in member_id", sentence=clause(sentence)),
            )
        ]
    return [row._replace(claim_id=claim) for claim in dict.fromkeys(line.claim_id for line in own)], []
