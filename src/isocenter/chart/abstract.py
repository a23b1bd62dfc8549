"""The whole abstraction on one page: read pages, set other patients' aside, find papers, state what they say."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.course.belonging import pages_of_member
from isocenter.chart.course.course_prescription import take_prescription
from isocenter.chart.course.course_results import take_diagnoses, take_results
from isocenter.chart.course.documents import kinds_beside, take_documents
from isocenter.chart.course.explained_limits import name_structures
from isocenter.chart.course.other_tumors import tumors_named
from isocenter.chart.course.paper_read import PaperRead, own_pages, read_paper, retype_by_signers
from isocenter.chart.course.signatures_by_initials import read_initials, sign_by_initials
from isocenter.chart.course.signatures_elsewhere import (
    sign_agreed,
    sign_attested,
    sign_parts_above,
)
from isocenter.chart.course.site import site_of
from isocenter.chart.course.taken_back import statements_taken_back
from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.grammar.spelling import respelled
from isocenter.chart.pages.pages import Page, Progress, ReadBy, read_pages
from isocenter.chart.pages.wrapped_cells import with_cells_joined
from isocenter.chart.papers.page_bodies import body_rows
from isocenter.chart.papers.papers import papers_of
from isocenter.chart.papers.titles import is_title, title_among
from isocenter.chart.patient.days_without_year import with_years
from isocenter.chart.patient.identity import patient_of, was_recognized
from isocenter.chart.patient.identity_marks import identity_of
from isocenter.chart.signatures.split_dates import with_dates_whole
from isocenter.chart.words.dates import writes_day_first
from isocenter.chart.words.people import names_of_staff, staff_of, words_of_name
from isocenter.errors import UnreadableInput
from isocenter.terms.courses import Member
from isocenter.terms.plans import AcceptedDifference
from isocenter.terms.problems import Problem, Unread


def abstract(
    files: Iterable[tuple[Path, str]],
    policy_folder: Path,
    progress: Progress | None = None,
    processes: int | None = None,
    staff: Mapping[str, str] | None = None,
    member: Member | None = None,
    accepted: Sequence[AcceptedDifference] = (),
) -> Abstraction:
    """What chart files state; `files` are paths with the names to show. A file that cannot be read is a problem.

    `staff` holds roles by last name in lower case, as the case file knows them: they win over what pages suggest.
    Pages of another patient than `member` are not used, unless the difference is among those `accepted`.

    `policy_folder` holds the grammar in its subfolder `chart`. Raises BrokenRule when the grammar is broken.
    """
    grammar = grammar_of(policy_folder / "chart")
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
            found.problems.append(Unread(shown, "", str(wrong).removeprefix(f"{shown}: ")))
    return abstract_pages(pages, grammar, policy_folder, found, staff, member, accepted)


def abstract_pages(
    pages: Sequence[Page],
    grammar: Grammar,
    policy_folder: Path,
    found: Abstraction | None = None,
    known_staff: Mapping[str, str] | None = None,
    member: Member | None = None,
    accepted: Sequence[AcceptedDifference] = (),
) -> Abstraction:
    """The same from pages that were read."""
    found = found or Abstraction()
    found.pages += len(pages)
    found.scanned += [(page.file, page.number) for page in pages if page.read_by is not ReadBy.TEXT]
    pages, identities = pages_of_member(pages, [identity_of(page) for page in pages], member, accepted, found)
    found.patient = patient_of(identities)
    own = own_pages(pages, identities, found)
    names = names_of_staff(row.text for page in own for row in page.rows) | words_of_name(found.patient.name)
    own = [respelled(page, grammar, names) if was_recognized(page) else page for page in own]
    own = with_years(own, found.patient.born)
    texts = [row.text for page in own for row in page.rows]
    day_first, staff = writes_day_first(texts), {**staff_of(texts), **(known_staff or {})}
    read: list[PaperRead] = []
    for file in dict.fromkeys(page.file for page in own):
        of_file = [page for page in own if page.file == file]
        bodies = body_rows(of_file, lambda row: is_title(grammar, row), lambda row: title_among(grammar, row))
        bodies = [with_dates_whole(with_cells_joined(body)) for body in bodies]
        for paper in papers_of(grammar, [(page.number, body) for page, body in zip(of_file, bodies, strict=True)]):
            read.append(read_paper(file, paper, staff, grammar.signing, day_first, found.patient.born))
    by_recognition = {(page.file, page.number): str(page.read_by) for page in own}
    retype_by_signers(grammar, read)
    sign_parts_above(read)
    sign_agreed(grammar, read)
    sign_attested(grammar, read)
    sign_by_initials(read, read_initials(read, staff))
    found.problems += statements_taken_back(read)
    found.tumors_named += tumors_named(read)
    take_diagnoses(read, found, by_recognition)
    found.site, found.laterality = site_of(found, read, policy_folder)
    for one in read:
        take_documents(grammar, one, found, by_recognition, kinds_beside(one, read))
        one.forget_contents()
    take_prescription(grammar, read, found, by_recognition)
    take_results(grammar, read, found, by_recognition, staff, day_first)
    name_structures(found)
    return found
