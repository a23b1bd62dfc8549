"""The site of the disease and its side, by the code of the diagnosis and by what the chart says of the target."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.paper_read import PaperRead


def site_of(found: Abstraction, read: Sequence[PaperRead], policy_folder: Path) -> tuple[str, str]:
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


def _names_vertebrae(read: Sequence[PaperRead]) -> bool:
    """Whether sentences about the lesion or the target name a vertebra or the spine: the code of bone says neither."""
    some = [s.text for one in read for s in one.sentences if _TREATED.search(s.text)]
    return any(_VERTEBRA.search(text) for text in some)


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
