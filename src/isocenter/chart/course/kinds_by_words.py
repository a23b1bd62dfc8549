"""Which kinds of documents a paper is by its words, its signers and what it states, where its title is unknown or misleads."""

from collections.abc import Collection, Mapping

from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.kind_weights import features_of

_OF_A_BIT = 0.3  # what a bit of evidence from stated elements counts beside the words
_LIKELY = 0.5  # the logarithm of the odds from which a paper without a title is a document of a kind
_SURE, _DOUBTFUL = 1.0, -3.0  # that it is of another kind than its title says, and that it is not of the title's
_WORTH_ASKING, _WORTH_DOUBTING = -1.0, -2.0  # by words alone, to ask what a paper with a title states of every kind

_VISITS = {"visit_note", "weekly_management_note"}  # alike in their words: the title tells one from the other


def words_of_kinds(grammar: Grammar, one: PaperRead) -> dict[str, float]:
    """What the words and the signers of a paper weigh for each kind; none where the policy has no weights."""
    title = one.paper.title.strip()
    lines = [line.row.text for line in one.paper.lines]
    if lines and lines[0].strip() == title:
        lines = lines[1:]
    return grammar.kinds.of(features_of(lines, {signature.role for signature in one.signatures}))


def likely_kinds(words: Mapping[str, float], bits: Mapping[str, float]) -> list[str]:
    """The kinds that a paper without a title is, the likeliest first, by its words and by bits of evidence from what it states."""
    weights = _added(words, bits)
    return sorted((kind for kind in weights if weights[kind] >= _LIKELY), key=lambda kind: (-weights[kind], kind))


def may_mislead(words: Mapping[str, float], titled: Collection[str]) -> bool:
    """Whether the words of a paper speak against every kind of its title and may speak for another one."""
    against = bool(titled) and all(words.get(kind, 0.0) < _WORTH_DOUBTING for kind in titled)
    return against and any(weight >= _WORTH_ASKING for kind, weight in words.items() if kind not in titled)


def kinds_against_a_title(words: Mapping[str, float], bits: Mapping[str, float], titled: Collection[str]) -> list[str]:
    """The kinds that a paper is although its title names others, where these are most unlikely; none where they may hold."""
    weights = _added(words, bits)
    if any(weights.get(kind, 0.0) >= _DOUBTFUL for kind in titled):
        return []
    others = [kind for kind in weights if weights[kind] >= _SURE and not (kind in _VISITS and _VISITS & {*titled})]
    return sorted(others, key=lambda kind: (-weights[kind], kind))


def _added(words: Mapping[str, float], bits: Mapping[str, float]) -> dict[str, float]:
    return {kind: weight + _OF_A_BIT * bits.get(kind, 0.0) for kind, weight in words.items()}
