"""The site of the disease and its side, by the code of the diagnosis and by what the chart says of the target."""

import re
from collections.abc import Sequence
from pathlib import Path

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.rulebook.known_tables import SITES_OF_DIAGNOSES
from isocenter.rulebook.rulebook import load_table


def site_of(found: Abstraction, read: Sequence[PaperRead], policy_folder: Path) -> tuple[str, str]:
    """Site by the first diagnosis that the policy's table of codes knows; the side by its last digit or the words.

    BrokenRule where neither the policy nor one that it extends has the table.
    """
    header, rows = load_table(policy_folder, SITES_OF_DIAGNOSES)
    columns = [header.index(name) for name in ("icd10_from", "icd10_to", "site")]
    ranges = [tuple(row[column] for column in columns) for row in rows]
    codes = [diagnosis.icd10 for diagnosis, _ in found.diagnoses]
    secondary = [code for code in codes if _DISTANT.match(code)]
    if secondary and not _DISTANT.match(codes[0]) and _is_treated(secondary[0], codes[0], read):
        codes = [*secondary, *codes]
    site = code = ""
    for code in codes:
        # Physicians also write the beginning of a code, which names a site where all codes below it do.
        sites = {
            name
            for low, high, name in ranges
            if low.startswith(code) or (len(low) == len(code) and low <= code <= high)
        }
        site = sites.pop() if len(sites) == 1 else ""
        if site:
            break
    if not site:
        return "", ""
    if code.startswith("C79.51") and _names_vertebrae(read):
        site = _SPINE
    return site, _side_of(code, read)


_DISTANT = re.compile(r"^C7[89]")
_PLANNING_KINDS = {"prescription", "necessity_statement", "clinical_planning_note", "simulation_record"}


def _is_treated(secondary: str, primary: str, read: Sequence[PaperRead]) -> bool:
    """Whether a metastasis is what is treated: planning papers name its code and not that of the primary tumor."""
    named = {
        code
        for one in read
        if kinds_of(one) & _PLANNING_KINDS
        for s in one.sentences
        for code in (secondary, primary)
        if code in s.text
    }
    if named:
        return primary not in named
    known = [s.text for one in read for s in one.sentences if primary in s.text]
    return any(re.search(r"metasta|primary|history|known|stage iv", text, re.IGNORECASE) for text in known)


_SPINE = "spine_metastasis"
# A level of the spine that is no stage: T1 to T4 and the like count beside a word of the spine alone.
_LEVEL = re.compile(r"(?<![cpyr\w])(?:T(?:[5-9]|1[0-2])|L[1-5]|C[3-7])(?![\w.]|\s?N\d|-weighted)")
_ANY_LEVEL = re.compile(r"(?<![cpyr\w])(?:T(?:[1-9]|1[0-2])|L[1-5]|C[1-7]|S[1-3])(?![\w.]|\s?N\d|,? N\dM?|-weighted)")
_OF_SPINE = re.compile(
    r"vertebra|\bspin(?:e|al)\b|pedicle|lamina|epidural|thecal|\bcord\b|\bcauda|\bconus", re.IGNORECASE
)
_TREATED = re.compile(
    r"lesion|metasta|re-?treat|\bPTV|target|tumou?r|diagnos|regrowth|recurren|irradiat|radiat|\bfields?\b",
    re.IGNORECASE,
)
_NOT_TREATED = re.compile(
    r"\bno (?:evidence|sign|involvement)|free of|negative|normal|degenerat|old fracture|fusion|stage|degenerative",
    re.IGNORECASE,
)


def _names_vertebrae(read: Sequence[PaperRead]) -> bool:
    """Whether sentences about the lesion or the target name a level of the spine: the code of bone does not."""
    some = [
        s.text for one in read for s in one.sentences if _TREATED.search(s.text) and not _NOT_TREATED.search(s.text)
    ]
    return any(
        _LEVEL.search(text)
        or (_ANY_LEVEL.search(text) and _OF_SPINE.search(text))
        or re.search(r"vertebra|\b(?:thoracic|lumbar|cervical) spine\b|spinal metasta", text, re.IGNORECASE)
        for text in some
    )


_SIDES = {"1": "right", "2": "left"}
_PAIRED = re.compile(r"^C(?:34|50|56|64|65|69|74)")


def _side_of(code: str, read: Sequence[PaperRead]) -> str:
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
