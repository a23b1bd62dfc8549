"""What a physicist attests of the facility: commissioning, release and quality assurance, and the days it covers."""

from collections.abc import Iterable, Iterator

from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.chart.grammar.entries import FACILITY
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.results.facility_periods import AttestationFound, Period, periods_of
from isocenter.chart.statements.statements import Statement, statements

_PHYSICIST = "medical_physicist"
_FEWEST_ELEMENTS = 2  # of a paper without a title of its kind that says nothing of commissioning


def attestations_in(grammar: Grammar, one: PaperRead, *, day_first: bool) -> Iterator[AttestationFound]:
    """What a paper attests of the facility over a physicist's signature, from the day of the statement on."""
    signer = next((signature for signature in one.signatures if signature.role == _PHYSICIST), None)
    is_titled = one.paper.type is not None and one.paper.type.facility
    if signer is None or not (is_titled or _may_be_of_the_facility(one)):
        return
    sentences = [_behind_title(sentence, one.paper.title) for sentence in one.sentences]
    best = _surest(statements(grammar, sentences, [FACILITY]))
    if not is_titled and "commissioning" not in best and len(best) < _FEWEST_ELEMENTS:
        return
    periods = periods_of([sentence.text for sentence in sentences], day_first=day_first)
    of_paper = periods.get("", Period())
    for element, statement in best.items():
        own = periods.get(statement.placed.text, Period())
        first = own.first or of_paper.first or one.day or signer.signed_on
        last = own.last or of_paper.last
        yield AttestationFound(element, signer.signer, first, last, statement.placed, statement.sureness)


def _may_be_of_the_facility(one: PaperRead) -> bool:
    """Whether a paper is no document of the chart and physicists alone signed it."""
    is_none = one.paper.type is not None and one.paper.type.none
    signers = {signature.role for signature in one.signatures}
    return not is_none and not one.shown and not kinds_of(one) and signers == {_PHYSICIST}


def _behind_title(sentence: Sentence, title: str) -> Sentence:
    """A sentence without the title that runs into it, which may say that the paper is kept for all patients."""
    head, colon, _ = sentence.text.partition(": ")
    if not colon or not title.startswith(head):
        return sentence
    return sentence._replace(placed=sentence.placed.part(len(head) + len(colon), len(sentence.text)))


def _surest(stated: Iterable[Statement]) -> dict[str, Statement]:
    """The surest statement of each element, the first of equals."""
    best: dict[str, Statement] = {}
    for statement in stated:
        if statement.element not in best or statement.sureness > best[statement.element].sureness + 1e-9:
            best[statement.element] = statement
    return best
