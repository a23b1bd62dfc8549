"""What a paper holds, read once: what its sentences state, the limits it orders, the results it reports."""

from collections.abc import Collection, Sequence
from functools import cached_property

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.results.result_words import VerificationFound
from isocenter.chart.results.verifications import verifications_in
from isocenter.chart.statements.statements import PaperStatements


class PaperContents:
    """What the sentences of one paper hold, each part read when it is first asked for and kept."""

    def __init__(self, grammar: Grammar, sentences: Sequence[Sentence], doctors: Collection[str] = ()) -> None:
        self._grammar, self._sentences, self._doctors = grammar, sentences, doctors
        self._results: dict[bool, tuple[VerificationFound, ...]] = {}

    @cached_property
    def statements(self) -> PaperStatements:
        """What the sentences state."""
        return PaperStatements(self._grammar, self._sentences, self._doctors)

    @cached_property
    def limits(self) -> tuple[ConstraintFound, ...]:
        """The dose limits and goals that the paper orders, were it a prescription."""
        return tuple(constraints_in(self._grammar, self._sentences))

    def results(self, *, calculation: bool) -> tuple[VerificationFound, ...]:
        """Measured and recalculated results; `calculation` says that the paper is one of a second calculation."""
        if calculation not in self._results:
            self._results[calculation] = tuple(verifications_in(self._sentences, calculation=calculation))
        return self._results[calculation]
