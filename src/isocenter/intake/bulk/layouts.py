"""Layouts of claims in tables: our own, the Tuva project's medical_claim, and others by a mapping file."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.terms.claims import ClaimLine

_COLUMNS = ClaimLine._fields
_REQUIRED = ("claim_id", "member_id", "service_date", "procedure_code", "units")
NEEDED_COLUMNS = (*_REQUIRED, "setting")
_LINE_NAMES = ("claim_line_id", "line_number")  # either tells the lines of a claim apart
_MAPPED = ("claim_lines", "diagnoses", "date_format")
_SAFE_FORMAT = re.compile(r"[%\w /.:,-]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a column comes from: a source column, perhaps with its values translated, or one value for all lines."""

    column: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of table holds claim lines."""

    name: str
    columns: Mapping[str, Taken]  # column of claim lines: where it comes from
    diagnoses: tuple[str, ...] = ()  # source columns of the claim's diagnoses, the principal one first
    date_format: str = ""  # strptime format of dates in text; ISO when empty
    is_clean: bool = False  # our own layout: codes are trimmed and in upper case already


OWN = Layout("claim_lines", {name: Taken(name) for name in _COLUMNS}, is_clean=True)
_TUVA = Layout(
    "Tuva medical_claim",
    {
        "claim_id": Taken("claim_id"),
        "line_number": Taken("claim_line_number"),
        "member_id": Taken("person_id"),
        "service_date": Taken("claim_line_start_date"),
        "procedure_code": Taken("hcpcs_code"),
        "units": Taken("service_unit_quantity"),
        **{f"modifier_{n}": Taken(f"hcpcs_modifier_{n}") for n in (1, 2, 3, 4)},
        "place_of_service": Taken("place_of_service_code"),
        "setting": Taken("claim_type", values={"professional": "professional", "institutional": "institutional"}),
        "rendering_npi": Taken("rendering_npi"),
        "billing_npi": Taken("billing_npi"),
        "bill_type": Taken("bill_type_code"),
        "revenue_code": Taken("revenue_center_code"),
        "charge_amount": Taken("charge_amount"),
        "allowed_amount": Taken("allowed_amount"),
    },
    tuple(f"diagnosis_code_{n}" for n in range(1, 26)),
)
_TUVA_SIGNS = {"claim_id", "claim_line_number", "hcpcs_code", "service_unit_quantity"}

# Words by which other layouts call a column, after all but letters and digits is taken away.
_OTHER_NAMES = {
    "claim_line_id": ("claimlineid", "lineid", "clmlineid", "servicelineid"),
    "claim_id": ("claimid", "claimnumber", "claimno", "clmid", "claimnum", "icn", "dcn"),
    "line_number": ("linenumber", "claimlinenumber", "linenum", "clmlinenum", "lineno"),
    "member_id": ("memberid", "personid", "patientid", "beneid", "beneficiaryid", "subscriberid", "mbi", "hicn"),
    "service_date": ("servicedate", "dos", "fromdate", "servicefromdate", "claimlinestartdate", "line1stexpnsdt",
                     "dateofservice", "startdate", "servicebegindate", "fromdt"),
    "procedure_code": ("procedurecode", "hcpcscode", "hcpcs", "cpt", "cptcode", "proccode", "proccd", "hcpcscd",
                       "cpthcpcs"),
    "units": ("units", "unit", "quantity", "serviceunits", "serviceunitquantity", "qty", "linesrvccnt", "unitsbilled"),
    "modifier_1": ("modifier1", "mod1", "hcpcsmodifier1", "modifier", "hcpcs1stmdfrcd"),
    "modifier_2": ("modifier2", "mod2", "hcpcsmodifier2", "hcpcs2ndmdfrcd"),
    "modifier_3": ("modifier3", "mod3", "hcpcsmodifier3"),
    "modifier_4": ("modifier4", "mod4", "hcpcsmodifier4"),
    "place_of_service": ("placeofservice", "pos", "placeofservicecode", "poscode", "lineplaceofsrvccd"),
    "setting": ("setting", "claimtype", "formtype", "clmtype"),
    "rendering_npi": ("renderingnpi", "renderingprovidernpi", "performingnpi", "prfphysnnpi"),
    "billing_npi": ("billingnpi", "billingprovidernpi", "providernpi", "npi", "orgnpinum", "facilitynpi"),
    "supervising_npi": ("supervisingnpi", "supervisingprovidernpi"),
    "bill_type": ("billtype", "typeofbill", "billtypecode", "tob"),
    "revenue_code": ("revenuecode", "revenuecentercode", "revcode", "revcntr"),
    "line_of_business": ("lineofbusiness", "lob"),
    "claim_frequency": ("claimfrequency", "claimfrequencycode", "frequencycode", "clmfreqcd"),
    "original_claim_id": ("originalclaimid", "originalclaimnumber", "originalreferencenumber"),
    "charge_amount": ("chargeamount", "charges", "billedamount", "billed", "submittedcharge", "linesbmtdchrgamt"),
    "allowed_amount": ("allowedamount", "allowed", "linealowdchrgamt", "allowableamount"),
}  # fmt: skip
_DIAGNOSIS_NAME = re.compile(r"(?:diagnosiscode|diagnosis|diag|dx|icd10?|icddgnscd|dgnscd)(\d{0,2})(?:code|cd)?")


def layout_of(columns: Sequence[str]) -> Layout | None:
    """The known layout whose columns these are; None when there is none."""
    names = {name.lower() for name in columns}
    if names >= _TUVA_SIGNS:
        person = "person_id" if "person_id" in names else "member_id"
        return _present(Layout(_TUVA.name, {**_TUVA.columns, "member_id": Taken(person)}, _TUVA.diagnoses), columns)
    if set(_REQUIRED) <= names and "setting" in names and names & set(_LINE_NAMES):
        return _present(OWN, columns)
    return None


def read_mapping(path: Path, columns: Sequence[str]) -> Layout:
    """The layout that a mapping file describes; UnreadableInput says what in it is wrong."""
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise UnreadableInput(f"{path}: cannot be read as TOML ({wrong})") from None
    for name in about:
        if name not in _MAPPED:
            raise UnreadableInput(f"{path}: a mapping has no entry {name!r}; known are {', '.join(_MAPPED)}")
    lines = about.get("claim_lines", {})
    if not isinstance(lines, dict):
        raise UnreadableInput(f"{path}: claim_lines is {lines!r}; expected a table [claim_lines]")
    known = {name.lower(): name for name in columns}
    found: dict[str, Taken] = {}
    for name, given in lines.items():
        if name not in _COLUMNS:
            raise UnreadableInput(f"{path}: claim lines have no column {name!r}; known are {', '.join(_COLUMNS)}")
        found[name] = _taken(path, name, given, known)
    missing = [name for name in NEEDED_COLUMNS if name not in found]
    if missing:
        raise UnreadableInput(f"{path}: {', '.join(missing)} is not mapped; name the column that holds it")
    if not found.keys() & set(_LINE_NAMES):
        raise UnreadableInput(f"{path}: neither {' nor '.join(_LINE_NAMES)} is mapped; name the column that holds one")
    date_format = about.get("date_format", "")
    if date_format and not (isinstance(date_format, str) and _SAFE_FORMAT.fullmatch(date_format)):
        raise UnreadableInput(f"{path}: date_format is {date_format!r}; expected one such as '%m/%d/%Y'")
    return Layout(path.name, found, _diagnoses(path, about.get("diagnoses", {}), known), date_format)


def proposed_mapping(columns: Sequence[str]) -> str:
    """A mapping file for a table of these columns, as far as their names tell; what is open says so."""
    told = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(columns)}
    lines = [
        "# Which column of the claims holds what. Take away what does not fit; a column that is not named is empty.",
        '# A column whose values need translating: setting = {column = "claim_type", values = {P = "professional"}}',
        '# One value for all lines: setting = {constant = "professional"}',
        "# date_format = '%m/%d/%Y'   # how dates are written, where they are not written as 2024-12-31",
        "",
        "[claim_lines]",
    ]
    names_lines = any(other in told for name in _LINE_NAMES for other in _OTHER_NAMES[name])
    for name in _COLUMNS:
        if name == "course_id":
            continue
        source = next((told[other] for other in _OTHER_NAMES.get(name, ()) if other in told), None)
        if name == "setting":
            lines += _proposed_setting(source)
        elif source:
            lines.append(f"{name} = {_quoted(source)}")
        elif name in _REQUIRED or (name == "line_number" and not names_lines):
            lines.append(f"# {name} = ?   # needed: which of {', '.join(map(_quoted, columns))}")
        else:
            lines.append(f"# {name} =")
    numbered = sorted(
        (int(match[1] or 1), name)
        for name in columns
        if (match := _DIAGNOSIS_NAME.fullmatch(re.sub(r"[^a-z0-9]", "", name.lower())))
    )
    diagnoses = ", ".join(_quoted(name) for _, name in numbered)
    lines += ["", "[diagnoses]", f"columns = [{diagnoses}]   # the principal diagnosis first", ""]
    return "\n".join(lines)


def _proposed_setting(source: str | None) -> list[str]:
    if source:
        values = (
            'P = "professional", I = "institutional", professional = "professional", institutional = "institutional"'
        )
        return [f"setting = {{column = {_quoted(source)}, values = {{{values}}}}}"]
    return ['setting = {constant = "professional"}   # or institutional; needed']


def _taken(path: Path, name: str, given: Any, known: Mapping[str, str]) -> Taken:
    if isinstance(given, str):
        given = {"column": given}
    if isinstance(given, dict) and given.keys() == {"constant"}:
        return Taken(constant=str(given["constant"]))
    values = given.get("values", {}) if isinstance(given, dict) else None
    if not isinstance(values, dict) or not {"column"} <= given.keys() <= {"column", "values"}:
        raise UnreadableInput(
            f"{path}: {name} is {given!r}; expected a column, {{column = ..., values = {{...}}}} or {{constant = ...}}"
        )
    column = known.get(str(given["column"]).lower())
    if column is None:
        raise UnreadableInput(f"{path}: {name} is taken from {given['column']!r}, which the claims lack")
    return Taken(column, values={str(key): str(value) for key, value in values.items()})


def _diagnoses(path: Path, given: Any, known: Mapping[str, str]) -> tuple[str, ...]:
    columns = given.get("columns", []) if isinstance(given, dict) and given.keys() <= {"columns"} else None
    if not isinstance(columns, list):
        raise UnreadableInput(f"{path}: diagnoses is {given!r}; expected a table of columns = [...]")
    for name in columns:
        if str(name).lower() not in known:
            raise UnreadableInput(f"{path}: the claims have no column {name!r} of diagnoses")
    return tuple(known[str(name).lower()] for name in columns)


def _present(layout: Layout, columns: Iterable[str]) -> Layout:
    """The layout with those of its columns that a table has, as the table spells them."""
    spelled = {name.lower(): name for name in columns}
    taken = {
        name: Taken(spelled[source.column], values=source.values)
        for name, source in layout.columns.items()
        if source.column in spelled
    }
    diagnoses = tuple(spelled[name] for name in layout.diagnoses if name in spelled)
    return Layout(layout.name, taken, diagnoses, layout.date_format, layout.is_clean)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
