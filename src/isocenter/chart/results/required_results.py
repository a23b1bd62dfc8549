"""Whether a percentage beside results of QA is what is required, allowed or acted upon, not what was found."""

import re
from collections.abc import Sequence

_WORDS_OF_LEVELS = (
    r"toler\w*|action|limits?|criteri\w+|thresholds?|accept(?:ance|able|s)?|allow\w*|permit\w*|require[sd]?|requirements?|need(?:s|ed)?|must|"
    r"spec(?:ification|s)?|expected|warning|stop(?:s|ped)? at|alarm|goal|aim|minimum|maximum|at least|better than|worse than|fewer than|less than|"
    r"more than|no more than|(?:repeat|re-?measure|stop|call|warn)(?!e?d\b)\w* (?:if|when|below|under|above|at)|ask for|pass(?:ing|es)? (?:level|mark|criteri\w+|at)|"
    r"levels?|cut-?off|suppress\w*|supr|low dose|confidence|norm\w*|l[ií]mite|criterio|tolerancia|acci[oó]n|ceiling|within|level to pass|"
    r"to pass|out of|outside(?: of)?|exceed(?:s|ing)|beyond"
)
_LEVEL = re.compile(rf"\b(?:{_WORDS_OF_LEVELS})\b", re.IGNORECASE)
_FOUND = re.compile(
    r"\b(?:found|got|gave|gives|came|comes|obtained|reached|result(?:s|ed)?|measured|read|show(?:s|ed)|deviat\w+|differ(?:s|ed)|agree[sd]?|passed|"
    r"mean of|now|then|met)\b(?! (?:our|the|my|a|required|needed|allowed|to))",
    re.IGNORECASE,
)
_LEVEL_BEHIND = re.compile(
    r"\s*(?:\(\s*)?(?:per (?:field|beam|arc|plan|portal) )?(?:of (?:the )?points )?(?:(?:is|are|being|as) )?(?:our |the |a )?(?:tolerated|allowed|permitted|accepted|acceptable|required|needed|demanded|"
    r"wanted|expected|or (?:better|more|less)|tolerance|limit|criterion|threshold|minimum|pass (?:level|mark)|action|cut-?off|to pass)\b",
    re.IGNORECASE,
)
_LABEL_OF_LEVELS = re.compile(
    r"\W*(?:[a-z0-9]+[- ]){0,2}(?:limits?|tolerances?|action levels?|levels? of action|criteria|criterion|acceptance|required|requirements?|pass(?:ing)? (?:levels?|criteri\w+|thresholds?))(?: (?:of|for) [^:%]{2,40})?\s*[:=]",
    re.IGNORECASE,
)
_LEVEL_OF_CRITERIA = re.compile(
    r"\b(?:limits?|action levels?|required|tolerances?|pass(?:ing)? levels?)\W+(?:gamma|γ)?[\s,:;]*$", re.IGNORECASE
)  # behind which the criteria of gamma were blanked
_BOUNDARY = re.compile(r"[,;()|]|->|→|:(?=\s)|\band\b|\.\s")
_CLAUSE = re.compile(r"[;]|\.\s")
_BARE_PASS = re.compile(r"\bpass(?:ing)?\s*[:=]?\s*$", re.IGNORECASE)
_ROUND = re.compile(r"(?:\d[05]|(?<![\d.])[1-9])(?:\.0)?$")  # no result is as round beside the bare word pass
_SUPPOSED = re.compile(r"\b(?:will|if|should|must|may|shall|would|when|whenever|unless|any)\b", re.IGNORECASE)
_ANOTHER_PLAN = re.compile(
    r"\b(?:average|mean|median)\b[^.;:\d]{0,30}\b(?:of|in|for) (?:the|our) (?:department|clinic|cent(?:er|re)|machine|year|group)\b"
    r"|\b(?:void(?:ed)?|old|discarded|rejected|unused|superseded|abandoned|previous|earlier|not used|withdrawn) (?:\w+ ){0,2}plan\b"
    r"|\b(?:our|all|other|recent) (?:\w+ ){0,3}(?:plans|patients|cases)\b|\b(?:last|previous) (?:year|month|week|course|patient)['’]s (?:\w+ )?plan\b|\b(?:example|specimen|sample)(?: \w+)? (?:from|of|in) (?:the|a) \w+",
    re.IGNORECASE,
)
_THIS_PLAN = re.compile(
    r"\b(?:this(?! (?:year|quarter|month|week))|new|final|treated|current|present)\b", re.IGNORECASE
)


def is_required(text: str, start: int, stop: int, others: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether the percentage from `start` to `stop` of a text is a level to reach or to stay below.

    `others` are the places of the other percentages.
    """
    first = max((at for _, at in others if at <= start), default=0)
    last = min((at for at, _ in others if at >= stop), default=len(text))
    before = text[_behind_last(_BOUNDARY, text, first, start) : start]
    if _LEVEL_BEHIND.match(text[stop:last]):
        return True
    if _LEVEL_OF_CRITERIA.search(text[:start]):
        return True
    level = _last(_LEVEL, before)
    if level is not None and not _FOUND.search(before, level.end()):
        return True
    if _BARE_PASS.search(before) and _ROUND.search(text[start:stop].rstrip(" %")):
        return True
    label = _LABEL_OF_LEVELS.match(text)
    if label is not None and start >= label.end() and not any(at < label.end() for at, _ in others):
        return not _FOUND.search(text, label.end(), start)
    return False


_NAMED_LEVEL = re.compile(
    r"\W*(?:\w+[- ]){0,2}?(?:tolerances?|action (?:levels?|limits?)|levels? of action|limits?|pass(?:ing)? (?:levels?|criteri\w+)|acceptance|criteri\w+|required)\b",
    re.IGNORECASE,
)
_BESIDE_ANOTHER = re.compile(r"\d[^.;]*(?:,|\band|\bor)\s+\Z")  # as in pass level 95 % at 3 mm, 90 % at 2 mm
_OF_WHAT = re.compile(r"\s*(?:%|per ?cent)?\s*(?:at|for)\b", re.IGNORECASE)
_DISCARDED = re.compile(
    r"\s*[)\]]?,?\s*(?:which )?(?:was|were|is|are|has been)\b(?: (?:then|later|therefore))? (?:discarded|rejected|abandoned|not used|withdrawn|voided)\b"
    r"|\s*[)\]]?,?\s*(?:which )?(?:belong(?:s|ed)?|relate[sd]?|refer(?:s|red)?) to (?:the |an? )?(?:\w+ ){0,2}(?:version|revision|plan)\b",
    re.IGNORECASE,
)  # or that it belongs to another version of it
_LONGEST_NAME = 6  # words of the first cell of a row of results


def names_no_result(cell: str) -> bool:
    """Whether the first cell of a row names a level or another plan, or is a sentence."""
    return bool(_NAMED_LEVEL.match(cell) or _ANOTHER_PLAN.search(cell)) or len(cell.split()) > _LONGEST_NAME


def is_of_another_plan(text: str, start: int) -> bool:
    """Whether the clause before a place is about a plan that is not the one treated."""
    clause = text[_behind_last(_CLAUSE, text, 0, start) : start]
    named = _last(_ANOTHER_PLAN, clause)
    return named is not None and not _THIS_PLAN.search(clause, named.end())


def is_a_further_level(text: str, start: int, stop: int) -> bool:
    """Whether a percentage, with what it is for, is listed behind another in a sentence that begins with the name of a level."""
    return (
        _NAMED_LEVEL.match(text) is not None
        and _OF_WHAT.match(text, stop) is not None
        and _BESIDE_ANOTHER.search(text, 0, start) is not None
        and not _FOUND.search(text, 0, start)
    )


def is_of_a_discarded_plan(text: str, stop: int) -> bool:
    """Whether words right behind a place say that the plan of a result was discarded."""
    return _DISCARDED.match(text, stop) is not None


def is_supposed(text: str, start: int, stop: int) -> bool:
    """Whether the clause around a place says what will or would be, not what is."""
    last = _CLAUSE.search(text, stop)
    return bool(_SUPPOSED.search(text, _behind_last(_CLAUSE, text, 0, start), last.start() if last else len(text)))


def _behind_last(pattern: re.Pattern[str], text: str, start: int, stop: int) -> int:
    found = _last(pattern, text[start:stop])
    return start + found.end() if found is not None else start


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007
        pass
    return found
