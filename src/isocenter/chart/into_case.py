"""What a chart's pages state as rows of facts: sure enough, not said otherwise by the case file, each with its citation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from isocenter.chart.abstract import abstract
from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited, StatedSignature
from isocenter.chart.course.other_tumors import of_another_tumor
from isocenter.chart.course.papers_of_course import with_papers_of_course
from isocenter.chart.pages.pages import Progress
from isocenter.chart.patient.identity_marks import Identity
from isocenter.chart.words.people import surname_of
from isocenter.facts.days_of_course import DaysOfCourse
from isocenter.intake.verification_criteria import with_result
from isocenter.rulebook.rulebook import Rulebook, extended_policies
from isocenter.terms.chart import Attestation, Constraint, Document, DocumentElement, FileSignature, Signature
from isocenter.terms.citations import Citation
from isocenter.terms.claims import ClaimDiagnosis, Diagnosis
from isocenter.terms.courses import Course, ImageGuidance, Member, PriorIrradiation
from isocenter.terms.findings import Finding, Outcome
from isocenter.terms.plans import AcceptedDifference, Verification
from isocenter.terms.problems import NoDocument, Problem
from isocenter.terms.tables import FactRow

SURENESS = "chart_sureness"
_USUAL_SURENESS = 0.75
_NOT_USED = "the document was superseded, or the case file describes it and was followed"


@dataclass
class ChartedRows:
    """Rows that the pages support, the tables they speak of, citations, and what a person should look at."""

    rows: list[FactRow] = field(default_factory=list)
    supplied: set[str] = field(default_factory=set)
    citations: list[Citation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    course: Course | None = None
    patient: Identity = field(default_factory=Identity)  # as the pages name them


def grammar_folder(rulebooks: Sequence[Rulebook]) -> Path | None:
    """The folder that says how charts are read: of a policy in use, else of the nearest that it extends; None if none."""
    for rulebook in rulebooks:
        extended = [policy.folder for policy in extended_policies(rulebook)]
        for folder in (rulebook.folder, *extended, *rulebook.folder.parent.glob("imrt")):
            if (folder / "chart" / "statements.toml").is_file():
                return folder
    return None


def read_chart(
    files: Iterable[tuple[Path, str]],
    rulebooks: Sequence[Rulebook],
    given: Sequence[FactRow],
    course: Course,
    billing_npi: str = "",
    progress: Progress | None = None,
    read_before: dict[Any, Abstraction] | None = None,
    signed: Sequence[FileSignature] = (),
    drafts: Collection[str] = (),
    member: Member | None = None,
    accepted: Sequence[AcceptedDifference] = (),
    days: DaysOfCourse | None = None,
) -> ChartedRows:
    """Abstract chart files and turn what they state into rows of a course; `given` are the case file's rows.

    Files of another patient than `member`, and papers of half a year before or after the `days` of the course, are not
    used, unless the difference is among those `accepted`.

    The case file wins: of a table of numbers that it fills, and of a document of the same kind and day, the pages
    give citations alone. `read_before` keeps what the pages state for whoever asks about the same files again;
    `signed` are signatures that were made beside the pages; the files of `drafts` were sent as preliminary.
    """
    folder = grammar_folder(rulebooks)
    if folder is None:
        return ChartedRows(
            problems=[
                Problem(name, "", "no policy in use says how charts are read; it was left out") for _, name in files
            ]
        )
    files = list(files)
    staff = {
        surname_of(row.signer.split(",")[0]): row.role for row in given if isinstance(row, Signature) and row.signer
    }
    names = tuple(name for _, name in files)
    kept = {} if read_before is None else read_before
    key = (folder, names, tuple(sorted(staff.items())), member, tuple(accepted))
    if key not in kept:
        kept[key] = abstract(files, folder, progress, staff=staff, member=member, accepted=accepted)
        kept[key].problems += _files_without_documents(kept[key], names)
    found = with_papers_of_course(_with_drafts(kept[key], drafts), days, accepted)
    return charted_rows(found, given, course, sureness_of(rulebooks), billing_npi, signed)


def _with_drafts(found: Abstraction, drafts: Collection[str]) -> Abstraction:
    """What the pages state, of some files as a draft: unsigned, and without numbers that would count."""
    if not drafts:
        return found
    is_ordered = found.prescription_cited is None or found.prescription_cited.file not in drafts
    return replace(
        found,
        documents=[
            replace(one, state=one.state if one.state == "superseded" else "draft", signatures=[])
            if one.file in drafts
            else one
            for one in found.documents
        ],
        constraints=[one for one in found.constraints if one[-1].file not in drafts],
        verifications=[one for one in found.verifications if one[-1].file not in drafts],
        guidance=[one for one in found.guidance if one[-1].file not in drafts],
        priors=[one for one in found.priors if one[-1].file not in drafts],
        diagnoses=[one for one in found.diagnoses if one[-1].file not in drafts],
        attestations=[one for one in found.attestations if one[-1].file not in drafts],
        prescription=found.prescription if is_ordered else None,
        prescription_cited=found.prescription_cited if is_ordered else None,
    )


def _files_without_documents(found: Abstraction, names: Sequence[str]) -> list[Problem]:
    """One sentence for each file that was read and holds no document, or another patient's pages alone."""
    told = {document.file for document in found.documents} | {problem.path for problem in found.problems}
    what = "no document of the policy's list was recognized in it"
    sentence = f"{what}; state by hand what it shows, in case.yaml or in a form"
    return [NoDocument(name, "", sentence) for name in names if name not in told]


def sureness_of(rulebooks: Sequence[Rulebook]) -> float:
    """From which sureness a statement counts."""
    values = [float(r.value) for book in rulebooks for r in book.readings if r.name == SURENESS]
    return values[0] if values else _USUAL_SURENESS


def charted_rows(
    found: Abstraction,
    given: Sequence[FactRow],
    course: Course,
    least: float,
    billing_npi: str = "",
    signed: Sequence[FileSignature] = (),
) -> ChartedRows:
    """Rows and citations of an abstraction."""
    made = ChartedRows(problems=list(found.problems), patient=found.patient)
    diagnosed = {row.icd10 for row in given if isinstance(row, Diagnosis | ClaimDiagnosis)}
    made.problems += of_another_tumor(found.tumors_named, diagnosed)
    maker = _Maker(made, course, least, {type(row) for row in given})
    for number, document in enumerate(found.documents, start=1):
        maker.document(document, number, given)
    for signature in signed:
        maker.sign(signature, found.documents)
    maker.numbers(found, billing_npi)
    made.course = _completed(course, found, maker)
    if found.documents:
        made.supplied |= {"documents", "document_elements", "signatures"}
    made.rows += made.citations
    if made.citations:
        made.supplied.add("citations")
    return made


@dataclass
class _Maker:
    made: ChartedRows
    course: Course
    least: float
    given: set[type]
    kept: dict[int, str] = field(default_factory=dict)  # ids of the documents that became rows, by identity

    def cite(
        self, cited: Cited, table: str, item: str, detail: str = "", document_id: str = "", counted: bool = True
    ) -> bool:
        """Keep a citation; whether its row counts."""
        counted = counted and cited.sureness >= self.least
        box = cited.box
        self.made.citations.append(
            Citation(
                self.course.course_id,
                table,
                document_id,
                item,
                detail,
                cited.file,
                cited.page,
                round(box.left, 1),
                round(box.top, 1),
                round(box.right, 1),
                round(box.bottom, 1),
                cited.words,
                cited.sureness,
                cited.read_by,
                counted,
            )
        )
        return counted

    def document(self, document: ChartDocument, number: int, given: Sequence[FactRow]) -> None:
        """One document with its elements and signatures; one that the case file holds gets citations alone."""
        where = f"page {document.pages[0]}"
        if document.state == "superseded":
            self.made.problems.append(
                Problem(document.file, where, f"a {_words(document.kind)} that was superseded; it was not used")
            )
            return
        held = next(
            (
                row
                for row in given
                if isinstance(row, Document)
                and row.kind == document.kind
                and row.document_date in (document.document_date, None)
            ),
            None,
        )
        document_id = (
            held.document_id if held else f"page {document.pages[0]} of {document.file}, {document.kind} {number}"
        )
        if held is None:
            self.kept[id(document)] = document_id
            self.made.rows.append(
                Document(
                    document_id, self.course.course_id, document.kind, document.document_date, state=document.state
                )
            )
        self.cite(document.cited, "documents", document.kind, "", document_id, held is None)
        own = {row.element for row in given if isinstance(row, DocumentElement) and row.document_id == document_id}
        for element in document.elements:
            new = held is None
            if (
                self.cite(
                    element.cited,
                    "document_elements",
                    element.element,
                    element.detail,
                    document_id,
                    new or element.element in own,
                )
                and new
            ):
                self.made.rows.append(DocumentElement(document_id, element.element, element.detail))
            elif held and element.element not in own:
                sentence = f"the page states {_words(element.element)}, which the case file does not list for document {document_id}; the case file was followed"
                self.made.problems.append(Problem(document.file, f"page {element.cited.page}", sentence))
        for signed in document.signatures:
            if self.cite(signed.cited, "signatures", signed.role, signed.signer, document_id, held is None) and (
                held is None
            ):
                self.made.rows.append(
                    Signature(document_id, signed.role, signed.signer, signed.signed_on, signed.credentials)
                )

    def sign(self, signature: FileSignature, documents: Sequence[ChartDocument]) -> None:
        """A signature made beside the pages: it counts where the pages are one document that is used."""
        there = [document for document in documents if document.file in signature.files]
        why = _why_not_signed(there) or ("" if all(id(one) in self.kept for one in there) else _NOT_USED)
        if why:
            sentence = f"the signature of {signature.signer} on {', '.join(signature.files)} was not used: {why}"
            self.made.problems.append(Problem(signature.source, signature.place, sentence))
            return
        for document in there:
            if not any(_is_same_signature(one, signature) for one in document.signatures):
                row = Signature(self.kept[id(document)], signature.role, signature.signer, signature.signed_on)
                self.made.rows += [] if row in self.made.rows else [row]

    def add(self, row: Any, table: str, cited: Cited, item: str, detail: str = "") -> None:
        """A row of a table of numbers, unless the case file fills that table."""
        fills = type(row) in self.given
        if self.cite(cited, table, item, detail, "", not fills) and not fills:
            self.made.rows.append(row)
            self.made.supplied.add(table)

    def numbers(self, found: Abstraction, billing_npi: str) -> None:
        """Constraints, results, set-ups, earlier courses, diagnoses and what the facility attests."""
        course_id, member_id = self.course.course_id, self.course.member_id
        for c, cited in found.constraints:
            self.add(
                Constraint(course_id, c.structure, c.metric, c.comparison, c.limit, c.unit),
                "constraints",
                cited,
                c.structure,
                c.metric,
            )
        for v, day, cited in found.verifications:
            self.add(
                with_result(Verification("chart", course_id, v.kind, v.field, day, v.criteria, v.value, v.unit)),
                "verifications",
                cited,
                v.kind,
                v.field,
            )
        for g, cited in found.guidance:
            self.add(
                ImageGuidance(course_id, g.guided_on, g.method, g.shift_mm, g.tolerance_mm, g.performed_by_role, g.supervision, g.reviewed_by_role, g.reviewed_on),
                "image_guidance", cited, g.method, g.guided_on.isoformat(),
            )  # fmt: skip
        for p, cited in found.priors:
            self.add(
                PriorIrradiation(member_id, p.site, p.ended_on, p.dose_gy, p.fractions, p.ended_year),
                "prior_irradiations",
                cited,
                p.site,
            )
        for position, (d, cited) in enumerate(found.diagnoses, start=1):
            self.add(Diagnosis(course_id, d.icd10, position), "diagnoses", cited, d.icd10)
        for a, cited in found.attestations if billing_npi else ():
            self.add(
                Attestation(billing_npi, a.element, a.physicist, a.valid_from, a.valid_to),
                "attestations",
                cited,
                a.element,
                a.physicist,
            )


def _why_not_signed(documents: Sequence[ChartDocument]) -> str:
    """Why a signature on files cannot be given to the documents on their pages; '' where they are one document.

    One paper may be several kinds of document, and a document may come as several files.
    """
    if not documents:
        return "no document of the policy's list was recognized on the pages"
    papers: dict[tuple[str, Cited], list[ChartDocument]] = {}
    for document in documents:
        papers.setdefault((document.file, document.cited), []).append(document)
    looks = {(frozenset(one.kind for one in some), some[0].document_date) for some in papers.values()}
    if len({file for file, _ in papers}) < len(papers) or len(looks) > 1:
        return f"the pages hold {len(papers)} documents, and it does not say which of them was signed"
    return "the pages are a draft" if any(document.state == "draft" for document in documents) else ""


def _is_same_signature(stated: StatedSignature, signature: FileSignature) -> bool:
    """Whether a page bears the same signature, with a role that says as much."""
    names = [surname_of(name.split(",")[0]) for name in (stated.signer, signature.signer)]
    same = names[0] == names[1] and stated.signed_on == signature.signed_on
    return same and signature.role in (stated.role, "other")


def _completed(course: Course, found: Abstraction, maker: _Maker) -> Course:
    """The course with what the case leaves open: site, side, dose and fractions."""
    ordered, cited = found.prescription, found.prescription_cited
    if ordered is not None and cited is not None:
        open_dose = course.prescribed_dose_gy is None
        if maker.cite(cited, "courses", "prescribed_dose_gy", "", "", open_dose) and open_dose:
            course = course._replace(prescribed_dose_gy=ordered.dose_gy)
            if course.planned_fractions is None:
                course = course._replace(planned_fractions=ordered.fractions)
    if not course.site and found.site:
        course = course._replace(site=found.site, laterality=course.laterality or found.laterality)
    return course


def _words(name: str) -> str:
    return name.replace("_", " ")


def with_pages_to_look_at(
    findings: Sequence[Finding], citations: Sequence[Citation], rulebooks: Sequence[Rulebook]
) -> tuple[Finding, ...]:
    """Findings that miss something, each naming the page on which it may stand, read too unsurely to count."""
    unsure = [
        c
        for c in citations
        if not c.counted and c.table_name == "document_elements" and c.sureness < sureness_of(rulebooks)
    ]
    by_requirement: dict[str, list[Citation]] = {}
    for rulebook in rulebooks:
        for entry in rulebook.documents:
            by_requirement.setdefault(entry.requirement, []).extend(c for c in unsure if c.item == entry.element)
    return tuple(_looked_at(finding, by_requirement) for finding in findings)


def _looked_at(finding: Finding, unsure: Mapping[str, Sequence[Citation]]) -> Finding:
    """A finding that misses something, with the pages on which it may stand."""
    pages = [c for requirement in finding.requirements for c in unsure.get(requirement, [])]
    if finding.outcome is not Outcome.NOT_DOCUMENTED or not pages:
        return finding
    where = ", ".join(dict.fromkeys(f"page {c.page} of {c.file}" for c in pages))
    look = f"A person should look at {where}: it may be stated there and could not be read with certainty."
    return replace(finding, because=f"{finding.because} {look}")
