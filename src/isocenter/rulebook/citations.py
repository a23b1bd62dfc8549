"""Citations: which passage of the policy text a rule rests on, and that passage where a copy is named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from isocenter.errors import BrokenRule, UnknownName, UnreadableInput
from isocenter.files.kinds import what_it_is
from isocenter.files.structured import text_of
from isocenter.files.texts import shown

Part = TypeVar("Part")

_CITATION = re.compile(r"([\w-]+), (?:(heading)|paragraph (\d+)(?:, (sentence|item) (\d+))?)")
_ITEM = re.compile(r"\s*(?:•|\d+\.\s)\s*")
_PAGE_FOOT = re.compile(r"\s*\d+\s*—")
_LEAST_WORDS = 5  # of a passage that can demand something
_SENTENCE_END = re.compile(r"(?<=[.:?])\s+(?=[A-Z])")


# What a pattern of a section holds; anything else could take longer on a line than anybody waits.
_PATTERN = re.compile(r"\^?(?:\\[WwSsDd.()\[\]*+?^$|{}\\-][*+]?|\.[*+]?|[^\\.*+?()\[\]{}|^$])*")
_REPEATED = re.compile(r"(?<!\\)[*+]")
_MOST_REPEATED, _LONGEST_PATTERN = 2, 200


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a policy text: how its first line begins, and whether that line belongs to it."""

    section: str
    pattern: str
    begins: str
    label: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A section, a paragraph of it (0 the heading), and a sentence or an item of the list below that paragraph."""

    section: str
    paragraph: int
    part: str
    number: int


@dataclass
class _Paragraph:
    text: str
    items: list[str] = field(default_factory=list)


@dataclass
class _Passage:
    heading: str
    paragraphs: list[_Paragraph] = field(default_factory=list)


def expect_a_short_pattern(section: Section) -> None:
    """BrokenRule where the pattern of a section is none, or one that could take long."""
    pattern = section.pattern
    is_short = len(pattern) <= _LONGEST_PATTERN and _PATTERN.fullmatch(pattern)
    if not is_short or len(_REPEATED.findall(pattern)) > _MOST_REPEATED:
        raise BrokenRule(
            f"sections.csv: the pattern of section {shown(section.section[:60])} is {pattern[:60]!r}; expected at most"
            f" {_LONGEST_PATTERN} letters, with . or \\W for those that vary, at most {_MOST_REPEATED} of them repeated"
            " by * or +"
        )


def parse_citation(text: str) -> Citation:
    """The citation that a rule's header gives; UnknownName shows the form when it is another."""
    match = _CITATION.fullmatch(text)
    if match is None:
        form = "`77301, heading`, or `77301, paragraph 1`, or that with `, sentence 2` or `, item 3`"
        raise UnknownName(f"{text!r} is not a citation; write {form}")
    section, _, paragraph, part, number = match.groups()
    return Citation(section, int(paragraph or 0), part or "", int(number or 0))


class Passages:
    """A copy of a policy text, cut into sections, paragraphs, items and sentences."""

    def __init__(self, text: str, sections: Sequence[Section]) -> None:
        self._sections = _cut(text, sections)

    @classmethod
    def read(cls, path: Path, sections: Sequence[Section]) -> "Passages":
        """Read a copy of the text; UnreadableInput when it holds none of the sections."""
        try:
            text = text_of(path)
        except UnicodeDecodeError:
            what = what_it_is(path)
            found = f"is {what}; here the policy's text is expected" if what else "not UTF-8 text"
            raise UnreadableInput(f"{path.name}: {found}; save the policy as plain text") from None
        except OSError as wrong:
            raise UnreadableInput(f"{path.name}: cannot be read ({wrong.strerror or wrong})") from None
        passages = cls(text, sections)
        if len(passages._sections) < len(sections) // 2:
            raise UnreadableInput(f"{path.name}: does not look like the policy text; few of its sections were found")
        return passages

    def is_heading(self, cites: str) -> bool:
        """Whether the passage is a heading, a label or a code alone: it holds no sentence that demands anything."""
        citation = parse_citation(cites)
        if citation.section == "title":  # its title says whom the policy is for
            return False
        words = self.passage(cites).split()
        return len(words) < _LEAST_WORDS or not any(word[0].islower() for word in words)

    def passage(self, cites: str) -> str:
        """The words that a citation points to; UnknownName says what the text does not hold."""
        citation = parse_citation(cites)
        passage = self._sections.get(citation.section)
        if passage is None:
            raise UnknownName(f"{cites}: the text has no section {citation.section}")
        if citation.paragraph == 0:
            return passage.heading
        paragraph = _numbered(
            passage.paragraphs, citation.paragraph, f"{cites}: section {citation.section}", "paragraph"
        )
        if citation.part == "item":
            return _numbered(paragraph.items, citation.number, f"{cites}: that paragraph", "item")
        if citation.part == "sentence":
            sentences = _SENTENCE_END.split(paragraph.text)
            return _numbered(sentences, citation.number, f"{cites}: that paragraph", "sentence")
        return "\n".join([paragraph.text, *(f"• {item}" for item in paragraph.items)])


def _numbered(parts: Sequence[Part], number: int, where: str, word: str) -> Part:
    if not 1 <= number <= len(parts):
        raise UnknownName(f"{where} has {len(parts)} {word}{'' if len(parts) == 1 else 's'}, not {number}")
    return parts[number - 1]


def _cut(text: str, sections: Sequence[Section]) -> dict[str, _Passage]:
    found: dict[str, _Passage] = {}
    here: list[_Paragraph] = []
    patterns = [(section, re.compile(section.pattern, re.DOTALL)) for section in sections]
    for block in _blocks(text, [re.compile(section.pattern.split(".*", maxsplit=1)[0]) for section in sections]):
        starting = next((section for section, pattern in patterns if pattern.search(block)), None)
        if starting is not None and starting.section not in found:
            here = found.setdefault(starting.section, _Passage(block)).paragraphs
            if starting.begins == "after":
                continue
        marked = _ITEM.match(block)
        if marked and here:
            here[-1].items.append(block[marked.end() :])
        else:
            here.append(_Paragraph(block))
    return found


def _blocks(text: str, headings: Sequence[re.Pattern[str]]) -> list[str]:
    """Headings, paragraphs and items, each on one line.

    Some copies put an empty line behind every line; there only two empty lines in a row end a paragraph.
    """
    lines = [line.strip() for line in text.splitlines()]
    written = [number for number, line in enumerate(lines) if line]
    followed = sum(1 for number in written if number + 1 < len(lines) and not lines[number + 1])
    gap_ends = 2 if followed > 0.85 * len(written) else 1
    blocks: list[str] = []
    gap = gap_ends
    for line in lines:
        if not line:
            gap += 1
            continue
        if _PAGE_FOOT.match(line):
            continue
        begins = gap >= gap_ends or _ITEM.match(line) or any(heading.search(line) for heading in headings)
        if begins or not blocks:
            blocks.append(line)
        else:
            joint = "" if re.search(r"\w-$", blocks[-1]) else " "
            blocks[-1] += joint + line
        gap = 0
    return blocks
