"""The passages of the chart that a review rests on, as the report shows them."""

from base64 import b64encode
from dataclasses import dataclass

from isocenter.report.words import readable
from isocenter.terms.citations import Citation
from isocenter.terms.review import Review


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """One passage: what it states, its place, its words, and its picture where there is one."""

    statement: str
    file: str
    page: int
    words: str
    sureness: float
    counted: bool
    source: str


def cited_passages(review: Review) -> dict[str, list[CitedPassage]]:
    """Passages by the document they belong to, in the order of the pages; '' for those of no document."""
    found: dict[str, list[CitedPassage]] = {}
    rows = [row for row in review.facts.get("citations", ()) if row.table_name != "documents"]
    for row in sorted(rows, key=lambda row: (row.file, row.page, row.top_pt, row.left_pt, row.item)):
        found.setdefault(row.document_id, []).append(_passage(row, review))
    return found


def _passage(row: Citation, review: Review) -> CitedPassage:
    picture = review.clips.get((row.file, row.page, row.left_pt, row.top_pt))
    source = f"data:image/png;base64,{b64encode(picture).decode()}" if picture else ""
    statement = f"signed by {row.detail}, {readable(row.item)}" if row.table_name == "signatures" else _statement(row)
    return CitedPassage(statement, row.file, row.page, row.words, row.sureness, row.counted, source)


def _statement(row: Citation) -> str:
    named = readable(row.item) if row.table_name in ("document_elements", "courses", "verifications") else row.item
    return f"{named} {row.detail}".strip()
