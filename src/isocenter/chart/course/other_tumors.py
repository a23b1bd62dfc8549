"""Finds statements of necessity that are about another tumor than the one that is treated.

Source of the categories of tumors: ICD-10-CM (CDC/NCHS).
"""

import re
from collections.abc import Collection, Iterator, Sequence

from isocenter.chart.abstraction import TumorsNamed
from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.chart.results.diagnoses import diagnoses_in
from isocenter.terms.problems import Unread, worded

_KIND = "necessity_statement"
# Organs as words for their tumors name them, with the categories of these tumors.
_ORGANS = (
    (r"breast", ("C50", "D05")),
    (r"prostat(?:e|ic)", ("C61", "D07")),
    (r"lung|pulmonary|bronchogenic", ("C33", "C34", "C45", "D02")),
    (r"rect(?:al|um)|colorectal|rectosigmoid|sigmoid|colon", ("C18", "C19", "C20", "C21", "D01")),
    (r"anal|anus|anal canal", ("C20", "C21", "D01")),
    (r"cervi(?:x|cal)", ("C53", "D06")),
    (r"endometri(?:al|um)|uter(?:ine|us)", ("C53", "C54", "C55")),
    (r"vulvar?", ("C51", "D07")),
    (r"vagin(?:al|a)", ("C52", "C51", "D07")),
    (r"ovar(?:ian|y)", ("C56", "C57", "C48")),
    (r"bladder|urothelial", ("C65", "C66", "C67", "C68", "D09")),
    (r"renal cell|kidney|renal", ("C64", "C65")),
    (r"esophag(?:eal|us)", ("C15", "C16", "D00")),
    (r"gastric|stomach", ("C15", "C16", "D00")),
    (r"pancrea(?:tic|s)", ("C24", "C25")),
    (r"hepatocellular|liver", ("C22",)),
    (r"thyroid", ("C73",)),
    (r"tongue|tonsil(?:lar)?|oropharyn(?:geal|x)|nasopharyn(?:geal|x)|hypopharyn(?:geal|x)|laryn(?:geal|x)|glottic"
     r"|oral cavity|floor of (?:the )?mouth|head and neck|parotid|salivary|sinonasal|maxillary",
     ("C0", "C10", "C11", "C12", "C13", "C14", "C30", "C31", "C32", "C76", "D00", "D02")),
    (r"brain", ("C71", "C70", "C72", "D33", "D43")),
)  # fmt: skip
_TUMOR = r"(?:cancer|carcinoma|adenocarcinoma|malignancy|malignant\s+neoplasm|squamous\s+cell\s+carcinoma|SCC)"
_BY_NAME = (
    (re.compile(r"\b(?:glioblastoma|GBM|glioma|astrocytoma|oligodendroglioma)s?\b", re.IGNORECASE), ("C71", "C72")),
    (re.compile(r"\b(?:NSCLC|SCLC)\b"), ("C34",)),
    *(
        (re.compile(
            rf"\b(?:{organ})\s+(?:\w+\s+)?{_TUMOR}\b"
            rf"|\b{_TUMOR}\s+of\s+(?:the\s+)?(?:(?:left|right|upper|lower|middle|outer|inner|base|of|the|lateral|posterior)\s+){{0,4}}"
            rf"(?:{organ})\b",
            re.IGNORECASE,
        ), categories)
        for organ, categories in _ORGANS
    ),
)  # fmt: skip
_NOT_TREATED = re.compile(
    r"\b(?:history|h/o|hx|prior|previous(?:ly)?|past|family|remote|mother|father|sister|brother|negative|no|not|without"
    r"|rule[d]?[- ]out|r/o|second(?:ary)?|metasta\w*|unlike|risk|screening|induced|years? ago|in (?:19|20)\d\d|s/p)\b",
    re.IGNORECASE,
)
_SECONDARY = ("C77", "C78", "C79", "C80", "C7B")


def tumors_named(read: Sequence[PaperRead]) -> Iterator[TumorsNamed]:
    """The tumors that each statement of necessity names, in words or by their codes; those of the past are none."""
    for one in read:
        if _KIND not in kinds_of(one):
            continue
        categories = {found.icd10[:3] for found in diagnoses_in(one.sentences) if found.icd10[:1] in "CD"}
        words, page = ", ".join(sorted(categories)), one.sentences[0].page if one.sentences else 0
        for sentence in one.sentences:
            for pattern, named in _BY_NAME:
                found = pattern.search(sentence.text)
                if found is None or _NOT_TREATED.search(_clause_of(sentence.text, found)):
                    continue
                categories.update(named)
                words, page = words or found.group(), sentence.page
        if categories:
            yield TumorsNamed(one.file, page, frozenset(categories), words)


def _clause_of(text: str, found: re.Match[str]) -> str:
    before, behind = re.split(r"[.;,]", text[: found.start()])[-1], re.split(r"[.;,]", text[found.end() :])[0]
    return f"{before} {behind}"


def of_another_tumor(named: Sequence[TumorsNamed], diagnoses: Collection[str]) -> Iterator[Unread]:
    """A problem for each statement that names tumors, and none of those that are treated.

    `diagnoses` are codes of ICD-10-CM. Where a metastasis is treated the tumor that it is of may be named.
    """
    tumors = sorted({code for code in diagnoses if code[:1] == "C" or code[:2] in ("D0", "D3", "D4")})
    if not tumors or any(code.startswith(_SECONDARY) for code in tumors):
        return
    for one in named:
        if not any(code.startswith(tuple(one.categories)) for code in tumors) and not any(
            category.startswith(_SECONDARY) for category in one.categories
        ):
            said = worded("the statement of necessity names another tumor ({words}) than the diagnosis, {code}; whether"
                          " it is about this course is not known", words=one.words[:60], code=tumors[0])  # fmt: skip
            yield Unread(one.file, f"page {one.page}", said)
