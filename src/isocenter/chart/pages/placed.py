"""Text of a page with the place of each of its words."""

from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.pages.layout import Box, Word, box_around

MARKS = "☐☒☑"


class Placed(NamedTuple):
    """Text made of words, each from where to where in the text, on one page or on two."""

    text: str
    words: tuple[tuple[int, int, Word, int], ...]  # start, stop, word, page

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.words[0][3] if self.words else 0

    def part(self, start: int, stop: int) -> "Placed":
        """The text between two places."""
        words = tuple(
            (max(a, start) - start, min(b, stop) - start, w, p) for a, b, w, p in self.words if a < stop and b > start
        )
        return Placed(self.text[start:stop], words)

    @property
    def as_printed(self) -> str:
        """The text as the page prints it, without what was added to a word of it."""
        text = self.text
        for start, stop, word, _ in reversed(self.words):
            if word.printed and text[start:stop] == word.text:
                text = text[:start] + word.printed + text[stop:]
        return text

    def box(self) -> Box:
        """The box around the words on the first page."""
        return box_around([word for _, _, word, page in self.words if page == self.page])

    @property
    def sureness(self) -> float:
        """How surely its words were read: the mean of its words."""
        return sum(word.sureness for _, _, word, _ in self.words) / len(self.words) if self.words else 0.0


def placed(words: Sequence[Word], page: int) -> Placed:
    """Words of a page joined by spaces; typed boxes become marks."""
    text, at = [], 0
    spans = []
    for word in words:
        spans.append((at, at + len(word.text), word, page))
        text.append(word.text)
        at += len(word.text) + 1
    return Placed(" ".join(text), tuple(spans))


def joined(parts: Sequence[Placed]) -> Placed:
    """Parts one behind the other; a word parted by a hyphen at the end of a line stays as it is."""
    text, spans, at = "", [], 0
    for part in parts:
        if text:
            text += " "
            at = len(text)
        spans += [(a + at, b + at, w, p) for a, b, w, p in part.words]
        text += part.text
    return Placed(text, tuple(spans))
