"""The whole abstraction on one page: read pages, set other patients' aside, find papers, state what they say."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from isocenter.chart import constraints as numbers
from isocenter.chart import results
from isocenter.chart.dates import writes_day_first
from isocenter.chart.grammar import Grammar, PaperType, read_grammar
from isocenter.chart.identity import Identity, body_rows, identity_of, is_of_another, patient_of, was_recognized
from isocenter.chart.layout import Box
from isocenter.chart.pages import Page, Progress, ReadBy, read_pages
from isocenter.chart.papers import Paper, calls_itself_a_draft, date_of, is_title, papers_of
from isocenter.chart.passages import Placed, Sentence, sentences
from isocenter.chart.people import staff_of
from isocenter.chart.prescriptions import Prescription, prescription_of
from isocenter.chart.signatures import SignatureFound, signatures_in
from isocenter.chart.spelling import respelled
from isocenter.chart.statements import Statement, statements
from isocenter.errors import UnreadableInput
from isocenter.terms.problems import Problem

_ONCE_A_DETAIL = {"independent_check", "portal", "constraints_explained"}
_FEWEST_OF_UNTITLED = 2
_SURE_OF_UNTITLED = 4
_FACILITY = "facility"
_KNOWN_BY_ONE = {"anatomy_change", "field_change_note"}  # kinds that a note without a title shows by one element


class Cited(NamedTuple):
    """Where a statement stands: file, page, box in points from the top left, the words, how sure."""

    file: str
    page: int
    box: Box
    words: str
    sureness: float
    read_by: str


class StatedElement(NamedTuple):
    """An element of a document with its citation."""

    element: str
    detail: str
    cited: Cited


class StatedSignature(NamedTuple):
    """A signature under a document with its citation."""

    role: str
    signer: str
    signed_on: date | None
    cited: Cited


@dataclass
class ChartDocument:
    """A document of the chart as far as its pages show it."""

    kind: str
    document_date: date | None
    pages: list[int]
    file: str
    state: str
    title: str
    elements: list[StatedElement]
    signatures: list[StatedSignature]
    cited: Cited


@dataclass
class Abstraction:
    """What the files of a chart state of one patient, each row with its citation, and what could not be used."""

    patient: Identity = field(default_factory=Identity)
    pages: int = 0
    scanned: list[tuple[str, int]] = field(default_factory=list)
    foreign: list[tuple[str, int]] = field(default_factory=list)
    documents: list[ChartDocument] = field(default_factory=list)
    constraints: list[tuple[numbers.ConstraintFound, Cited]] = field(default_factory=list)
    prescription: Prescription | None = None
    prescription_cited: Cited | None = None
    target_cites: list[Cited] = field(default_factory=list)
    verifications: list[tuple[results.VerificationFound, date | None, Cited]] = field(default_factory=list)
    guidance: list[tuple[results.GuidanceFound, Cited]] = field(default_factory=list)
    priors: list[tuple[results.PriorFound, Cited]] = field(default_factory=list)
    diagnoses: list[tuple[results.DiagnosisFound, Cited]] = field(default_factory=list)
    attestations: list[tuple[str, str, date | None, Cited]] = field(default_factory=list)
    site: str = ""
    laterality: str = ""
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Read:
    """A paper with what was read of it."""

    file: str
    paper: Paper
    sentences: list[Sentence]
    signatures: list[SignatureFound]
    day: date | None


def abstract(
    files: Iterable[tuple[Path, str]],
    policy_folder: Path,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Abstraction:
    """What chart files state; `files` are paths with the names to show. A file that cannot be read is a problem.

    `policy_folder` holds the grammar in its subfolder `chart`. Raises BrokenRule when the grammar is broken.
    """
    grammar = read_grammar(policy_folder / "chart")
    found = Abstraction()
    pages: list[Page] = []
    for path, shown in files:
        try:
            for item in read_pages(path, shown, progress, processes):
                if isinstance(item, Problem):
                    found.problems.append(item)
                else:
                    pages.append(item)
        except UnreadableInput as wrong:
            name, _, sentence = str(wrong).partition(": ")
            found.problems.append(Problem(name, "", sentence))
    return abstract_pages(pages, grammar, policy_folder, found)


def abstract_pages(
    pages: Sequence[Page], grammar: Grammar, policy_folder: Path, found: Abstraction | None = None
) -> Abstraction:
    """The same from pages that were read."""
    found = found or Abstraction()
    found.pages += len(pages)
    found.scanned += [(page.file, page.number) for page in pages if page.read_by is not ReadBy.TEXT]
    identities = [identity_of(page) for page in pages]
    found.patient = patient_of(identities)
    own = [respelled(page, grammar) if was_recognized(page) else page for page in _own_pages(pages, identities, found)]
    texts = [row.text for page in own for row in page.rows]
    day_first, staff = writes_day_first(texts), staff_of(texts)
    read: list[_Read] = []
    for file in dict.fromkeys(page.file for page in own):
        of_file = [page for page in own if page.file == file]
        bodies = body_rows(of_file, lambda row: is_title(grammar, row))
        for paper in papers_of(grammar, [(page.number, body) for page, body in zip(of_file, bodies, strict=True)]):
            read.append(_read(file, paper, staff, day_first))
    by_recognition = {(page.file, page.number): str(page.read_by) for page in own}
    _take_diagnoses(read, found, by_recognition)
    found.site, found.laterality = _site_of(found, read, policy_folder)
    for one in read:
        _take_documents(grammar, one, found, by_recognition)
    _take_prescription(grammar, read, found, by_recognition)
    _take_results(grammar, read, found, by_recognition, staff, day_first)
    _name_structures(found)
    return found


def _own_pages(pages: Sequence[Page], identities: Sequence[Identity], found: Abstraction) -> list[Page]:
    """Pages that are not another patient's; a page that names nobody follows the page before when it goes on with it."""
    own: list[Page] = []
    foreign_before = False
    for page, identity in zip(pages, identities, strict=True):
        foreign = is_of_another(identity, found.patient, recognized=was_recognized(page))
        if identity.is_empty and foreign_before and page.rows and not _starts_anew(page):
            foreign = True
        if foreign:
            found.foreign.append((page.file, page.number))
            whose = identity.name or identity.record_number or str(identity.born or "somebody else")
            found.problems.append(
                Problem(
                    page.file,
                    f"page {page.number}",
                    f"the page is of another patient ({whose}); nothing on it was used",
                )
            )
        else:
            own.append(page)
        foreign_before = foreign
    return own


def _starts_anew(page: Page) -> bool:
    top = " ".join(row.text for row in page.rows[:4])
    return not re.search(r"\bcontinued\b|\bpage [2-9] of", top, re.IGNORECASE)


def _read(file: str, paper: Paper, staff: Mapping[str, str], day_first: bool) -> _Read:
    signed: list[SignatureFound] = []
    section = paper.title if paper.type is not None else ""
    some = list(sentences(paper.lines, section))
    for _, signature in signatures_in(paper.lines, staff, day_first=day_first, logs=_rows_of_logs(some)):
        same = [s for s in signed if s.role == signature.role and s.signed_on == signature.signed_on]
        if not any(_surname(s) == _surname(signature) for s in same):
            signed.append(signature)
    if paper.state == "draft":
        if signed and not calls_itself_a_draft(paper):
            paper.state = ""  # one signed, and the line of another says that it was not
        else:
            signed = []
    day = date_of(paper, day_first=day_first)
    if day is None:
        day = min((s.signed_on for s in signed if s.signed_on), default=None)
    return _Read(file, paper, some, signed, day)


_SIGNING_COLUMN = re.compile(r"sign|approv|initial|review|physician|attest|authent", re.IGNORECASE)


def _rows_of_logs(some: Sequence[Sentence]) -> set[str]:
    """The texts of table rows without a column in which somebody signs."""
    return {s.text for s in some if s.columns and not any(_SIGNING_COLUMN.search(c.name) for c in s.columns)}


def _surname(signature: SignatureFound) -> str:
    return re.sub(r"[^a-z]", "", signature.signer.split(",")[0].split()[-1].lower()) if signature.signer else ""


def _cited(file: str, placed: Placed, sureness: float, read_by: Mapping[tuple[str, int], str]) -> Cited:
    return Cited(
        file,
        placed.page,
        placed.box(),
        placed.text,
        round(min(sureness, 1.0), 3),
        read_by.get((file, placed.page), "text"),
    )


# ---------------------------------------------------------------- documents


def _take_documents(grammar: Grammar, one: _Read, found: Abstraction, read_by: Mapping[tuple[str, int], str]) -> None:
    paper = one.paper
    if paper.type is not None and (paper.type.none or paper.type.facility):
        return
    stated = _stated_by_kind(grammar, one, found.site)
    head = next((s.placed for s in one.sentences if s.placed.words), None)
    if head is None:
        return
    for kind, of_kind in stated.items():
        elements = [
            StatedElement(s.element, s.detail, _cited(one.file, s.placed, s.sureness, read_by)) for s in of_kind
        ]
        signatures = [
            StatedSignature(s.role, s.signer, s.signed_on, _cited(one.file, s.placed, s.sureness, read_by))
            for s in one.signatures
        ]
        cited = _cited(one.file, head, head.sureness, read_by)
        found.documents.append(
            ChartDocument(kind, one.day, paper.pages, one.file, paper.state, paper.title, elements, signatures, cited)
        )


def _stated_by_kind(grammar: Grammar, one: _Read, site: str) -> dict[str, list[Statement]]:
    """The documents that a paper is, each with the elements it states."""
    paper = one.paper
    if paper.type is None:
        return _of_untitled(grammar, one, site)
    always = list(paper.type.kinds)
    may = dict(paper.type.may_be)
    for section in paper.sections:
        if not section.none and not section.facility:
            for kind in section.kinds:
                may[kind] = 1
            for kind, fewest in section.may_be.items():
                may.setdefault(kind, fewest)
    if paper.parent is not None:
        may, always = {**dict.fromkeys(always, 1), **may}, []
    kinds = [*always, *(kind for kind in may if kind not in always)]
    by_kind = _best(grammar, one, kinds, site)
    chosen = {kind: by_kind.get(kind, []) for kind in always}
    for kind, fewest in may.items():
        if kind not in chosen and len({s.element for s in by_kind.get(kind, [])}) >= fewest:
            chosen[kind] = by_kind[kind]
    return chosen


def _of_untitled(grammar: Grammar, one: _Read, site: str) -> dict[str, list[Statement]]:
    """Documents of a paper without a title: the kind it states most of, and others by what the first leaves over."""
    kinds = sorted({entry.kind for entry in grammar.entries if entry.kind != _FACILITY})
    if sum(len(s.text) for s in one.sentences) < 40:
        return {}
    by_kind = _best(grammar, one, kinds, site)
    chosen: dict[str, list[Statement]] = {}
    used: set[str] = set()
    while True:
        left = {
            kind: [s for s in of_kind if s.placed.text not in used]
            for kind, of_kind in by_kind.items()
            if kind not in chosen
        }
        scores = {kind: len({s.element for s in of_kind}) for kind, of_kind in left.items()}
        best = max(sorted(scores), key=lambda kind: (scores[kind], kind in _KNOWN_BY_ONE), default="")
        if best and not chosen and scores[best] < _SURE_OF_UNTITLED:
            best = next((kind for kind in sorted(_KNOWN_BY_ONE & set(scores)) if scores[kind]), best)
        fewest = 1 if best in _KNOWN_BY_ONE else 3 if chosen else _FEWEST_OF_UNTITLED
        if not best or scores[best] < fewest:
            return chosen
        chosen[best] = by_kind[best]
        used |= {s.placed.text for s in by_kind[best]}


def _best(grammar: Grammar, one: _Read, kinds: Sequence[str], site: str) -> dict[str, list[Statement]]:
    """For each kind the surest statement of each element, in the order of the paper."""
    best: dict[tuple[str, str, str], Statement] = {}
    elsewhere = {(e.kind, e.element) for e in grammar.entries_of(kinds) if e.sites and site and site not in e.sites}
    stated = [s for s in statements(grammar, one.sentences, kinds) if (s.kind, s.element) not in elsewhere]
    found = [*stated, *_from_tables(grammar, one, kinds)]
    for statement in found:
        detail = statement.detail.lower() if statement.element in _ONCE_A_DETAIL else ""
        key = (statement.kind, statement.element, detail)
        if key not in best or statement.sureness > best[key].sureness + 1e-9:
            best[key] = statement
    by_kind: dict[str, list[Statement]] = {}
    for statement in best.values():
        by_kind.setdefault(statement.kind, []).append(statement)
    return by_kind


_FIELD_HEADER = re.compile(r"\bgantry\b|\bstart\b.*\bstop\b|\bangle\b", re.IGNORECASE)
_FIELD_NAME = re.compile(r"\b(?:beam|field|arc|port|portal|#|no\.?|name)\b|#", re.IGNORECASE)
_NOT_MADE = re.compile(
    r"not (?:yet )?(?:calculated|milled|made|cut|cast|machined|finished|ready)|yet to be|in work|ordered|to follow|pending|not done|not checked|not designed|n/a|_{3,}|missing|not yet|awaited|outstanding",
    re.IGNORECASE,
)


def _from_tables(grammar: Grammar, one: _Read, kinds: Sequence[str]) -> list[Statement]:
    """Elements that tables state: rows of fields, of monitor units, of compensators; constraints; measured results."""
    found: list[Statement] = []
    for entry in grammar.entries_of(kinds):
        if entry.source.startswith("constraints of"):
            wanted = entry.source == "constraints of targets"
            first = next((c for c in numbers.constraints_in(grammar, one.sentences) if c.is_target is wanted), None)
            if first:
                found.append(Statement(entry.kind, entry.element, "", first.placed, first.sureness))
        elif entry.source == "rows of fields":
            rows = _rows_under(one.sentences, _FIELD_HEADER)
            if rows:
                detail = str(len(rows)) if entry.element == "portal_count" else ""
                found.append(
                    Statement(entry.kind, entry.element, detail, rows[0].placed, 0.9 * rows[0].placed.sureness)
                )
        elif entry.source == "measured results":
            first_result = next(
                (v for v in results.verifications_in(one.sentences, calculation=False) if v.kind == "measurement"), None
            )
            if first_result:
                found.append(Statement(entry.kind, entry.element, "", first_result.placed, first_result.sureness))
        elif entry.source == "rows of monitor units":
            calculation = one.paper.type is not None and "dosimetry_calculation" in one.paper.type.kinds
            checks = [
                v
                for v in results.verifications_in(one.sentences, calculation=calculation)
                if v.kind == "independent_calculation"
            ]
            for check in checks if entry.element == "independent_check" else checks[:1]:
                found.append(
                    Statement(
                        entry.kind,
                        entry.element,
                        check.field if entry.element == "independent_check" else "",
                        check.placed,
                        check.sureness,
                    )
                )
        elif entry.source == "rows of compensators":
            for row in (s for s in one.sentences if s.row >= 0 and not s.label):
                number = re.match(r"\W*(?:port|field|beam)?\W*(\w{1,8})\b", row.text, re.IGNORECASE)
                if (
                    number
                    and re.search(r"\d", row.text)
                    and re.search(r"milled|file|map|thick|mm|brass|designed|check", row.text, re.IGNORECASE)
                    and not _NOT_MADE.search(row.text)
                    and any(c.isdigit() for c in number[1])
                ):
                    found.append(Statement(entry.kind, entry.element, number[1], row.placed, 0.9 * row.placed.sureness))
    return found


def _rows_under(some: Sequence[Sentence], header: re.Pattern[str]) -> list[Sentence]:
    """Rows of numbers below a row that heads a table of fields."""
    rows: list[Sentence] = []
    open_table = False
    for sentence in some:
        if sentence.row < 0:
            open_table = open_table and not rows
            continue
        if sentence.label:
            continue
        cells = sentence.text.split()
        if (
            header.search(sentence.text)
            and _FIELD_NAME.search(sentence.text)
            and not any(c.isdigit() for c in sentence.text)
        ):
            open_table = True
        elif open_table and sum(any(c.isdigit() for c in cell) for cell in cells) >= 3:
            rows.append(sentence)
        elif open_table and rows:
            break
    return rows


# ---------------------------------------------------------------- numbers


def _is_prescription(one: _Read, found: Abstraction) -> bool:
    kinds = {
        d.kind
        for d in found.documents
        if d.file == one.file and d.title == one.paper.title and d.pages == one.paper.pages
    }
    return "prescription" in kinds


def _take_prescription(
    grammar: Grammar, read: Sequence[_Read], found: Abstraction, read_by: Mapping[tuple[str, int], str]
) -> None:
    """Dose and constraints of the prescriptions in force; a superseded one orders nothing."""
    ordering = [one for one in read if _is_prescription(one, found) and one.paper.state != "superseded"]
    seen: set[tuple[str, str, float]] = set()
    for one in ordering:
        for constraint in numbers.constraints_in(grammar, one.sentences):
            limit = constraint.limit / 100 if constraint.unit == "cGy" else constraint.limit
            key = (constraint.structure.lower(), constraint.metric, limit)
            if key not in seen:
                seen.add(key)
                found.constraints.append(
                    (constraint, _cited(one.file, constraint.placed, constraint.sureness, read_by))
                )
    given = [
        (one, prescription)
        for one in ordering
        if (prescription := prescription_of(one.sentences, one.paper.title)) is not None
    ]
    if not given:
        for one in read:
            if one.paper.type is not None and "clinical_planning_note" in one.paper.type.kinds and not given:
                prescription = prescription_of(one.sentences, one.paper.title)
                if prescription is not None:
                    given = [(one, prescription._replace(sureness=0.7))]
    if given:
        one, found.prescription = _in_force(given)
        found.prescription_cited = _cited(one.file, found.prescription.placed, found.prescription.sureness, read_by)
        found.target_cites = [
            _cited(one.file, t.placed, found.prescription.sureness, read_by) for t in found.prescription.targets
        ]


def _in_force(given: Sequence[tuple[_Read, Prescription]]) -> tuple[_Read, Prescription]:
    """The prescription in force: a revised one if there is, else the first with a dose and fractions."""
    revised = [
        pair
        for pair in given
        if re.search(
            r"revis|amend|new|supersedes|replaces",
            pair[0].paper.title + " ".join(line.row.text for line in pair[0].paper.lines[:3]),
            re.IGNORECASE,
        )
    ]
    whole = [pair for pair in given if pair[1].dose_gy and pair[1].fractions]
    boosts = [pair for pair in whole if not re.search(r"\bboost\b", pair[0].paper.title, re.IGNORECASE)]
    return (revised or boosts or whole or list(given))[-1 if revised else 0]


def _take_results(
    grammar: Grammar,
    read: Sequence[_Read],
    found: Abstraction,
    read_by: Mapping[tuple[str, int], str],
    staff: Mapping[str, str],
    day_first: bool,
) -> None:
    first = min((d.document_date for d in found.documents if d.document_date), default=None)
    for one in read:
        kinds = _kinds_of(one)
        if one.paper.type is not None and one.paper.type.facility:
            _take_attestations(grammar, one, found, read_by)
        if one.paper.type is not None and one.paper.type.none:
            continue
        if kinds & {"dosimetric_verification", "dosimetry_calculation", "special_dosimetry_record"} - {
            "special_dosimetry_record"
        }:
            for result in results.verifications_in(one.sentences, calculation="dosimetric_verification" not in kinds):
                found.verifications.append((result, one.day, _cited(one.file, result.placed, result.sureness, read_by)))
        if kinds & {"image_guidance_note", "weekly_image_review"}:
            for set_up in results.guidance_in(one.sentences, dict(staff), day_first=day_first):
                found.guidance.append((set_up, _cited(one.file, set_up.placed, set_up.sureness, read_by)))
        if not kinds & {
            "prescription",
            "dosimetric_verification",
            "dosimetry_calculation",
            "weekly_management_note",
            "weekly_physics_check",
            "image_guidance_note",
        }:
            for prior in results.prior_irradiations_in(one.sentences, first, day_first=day_first):
                if not any(
                    p.dose_gy == prior.dose_gy
                    and (p.fractions == prior.fractions or not prior.fractions or not p.fractions)
                    for p, _ in found.priors
                ):
                    found.priors.append((prior, _cited(one.file, prior.placed, prior.sureness, read_by)))


def _take_diagnoses(read: Sequence[_Read], found: Abstraction, read_by: Mapping[tuple[str, int], str]) -> None:
    for one in read:
        if one.paper.type is not None and one.paper.type.none:
            continue
        for diagnosis in results.diagnoses_in(one.sentences):
            if diagnosis.icd10 not in {d.icd10 for d, _ in found.diagnoses}:
                found.diagnoses.append((diagnosis, _cited(one.file, diagnosis.placed, diagnosis.sureness, read_by)))


def _name_structures(found: Abstraction) -> None:
    """A structure that a document explains bears the name under which the prescription limits it."""
    names = [constraint.structure for constraint, _ in found.constraints]
    for document in found.documents:
        for at, element in enumerate(document.elements):
            if element.element == "constraints_explained" and element.detail:
                meant = next((name for name in names if _same_structure(name, element.detail, element.cited.words)), "")
                if meant:
                    document.elements[at] = element._replace(detail=meant)


def _same_structure(name: str, organ: str, words: str) -> bool:
    """Whether a name such as Lens_R is the organ that a sentence speaks of, on the side that it says."""
    parts = {part.rstrip("s") for part in re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())}
    said = {part.rstrip("s") for part in re.findall(r"[a-z]+", organ.lower())}
    sides = parts & {"l", "r", "left", "right", "lt", "rt"}
    side_said = set(re.findall(r"\b(left|right)\b", words.lower()))
    if not said & (parts - sides):
        return False
    return not sides or not side_said or any(side[0] in {s[0] for s in sides} for side in side_said)


def _kinds_of(one: _Read) -> set[str]:
    types: list[PaperType] = [*([one.paper.type] if one.paper.type else []), *one.paper.sections]
    return {kind for paper_type in types for kind in paper_type.kinds}


def _take_attestations(
    grammar: Grammar, one: _Read, found: Abstraction, read_by: Mapping[tuple[str, int], str]
) -> None:
    """What a signed statement of the facility attests; the first day is the day of the statement."""
    signer = next((s for s in one.signatures if s.role == "medical_physicist"), None)
    if signer is None:
        return
    for statement in _best(grammar, one, [_FACILITY], found.site).get(_FACILITY, []):
        found.attestations.append(
            (
                statement.element,
                signer.signer,
                one.day or signer.signed_on,
                _cited(one.file, statement.placed, statement.sureness, read_by),
            )
        )


def _site_of(found: Abstraction, read: Sequence[_Read], policy_folder: Path) -> tuple[str, str]:
    """Site by the first diagnosis that the policy's table of codes knows; the side by its last digit or the words."""
    with (policy_folder / "tables" / "icd10_sites.csv").open(encoding="utf-8", newline="") as file:
        ranges = [(row["icd10_from"], row["icd10_to"], row["site"]) for row in csv.DictReader(file)]
    site = code = ""
    for diagnosis, _ in found.diagnoses:
        site = next((name for low, high, name in ranges if low <= diagnosis.icd10 <= high), "")
        code = diagnosis.icd10
        if site:
            break
    if not site:
        return "", ""
    if code.startswith("C79.51") and _names_vertebrae(read):
        site = _SPINE
    return site, _side_of(code, read)


_SPINE = "spine_metastasis"
_VERTEBRA = re.compile(r"\b[TL](?:[1-9]|1[0-2])\b|\bC[3-7]\b|vertebra|\bspin(?:e|al)\b", re.IGNORECASE)
_TREATED = re.compile(r"lesion|metasta|re-?treat|\bPTV|target|tumou?r|diagnos", re.IGNORECASE)


def _names_vertebrae(read: Sequence[_Read]) -> bool:
    """Whether sentences about the lesion or the target name a vertebra or the spine: the code of bone says neither."""
    some = [s.text for one in read for s in one.sentences if _TREATED.search(s.text)]
    return any(_VERTEBRA.search(text) for text in some)


_SIDES = {"1": "right", "2": "left"}
_PAIRED = re.compile(r"^C(?:34|50|56|64|65|69|74)")


def _side_of(code: str, read: Sequence[_Read]) -> str:
    digits = code.replace(".", "")
    if _PAIRED.match(code) and len(digits) >= 5 and digits[-1] in "12":
        return _SIDES[digits[-1]]
    words: list[str] = [
        w
        for one in read[:3]
        for s in one.sentences
        if re.search(
            r"carcinoma|cancer|tumou?r|diagnos|glioblastoma|mass|primary|tonsil|lobe|breast|temporal",
            s.text,
            re.IGNORECASE,
        )
        for w in re.findall(r"\b(left|right|bilateral)\b", s.text.lower())
    ]
    unpaired = re.match(r"^C(?:61|20|21|18|19|15|16|25|53|54|55|67|79\.5|79\.3|22|32)", code)
    if unpaired or not words:
        return "not_paired"
    return max(sorted(set(words)), key=words.count)
