"""Citations: where on the pages of a chart a row of facts was read."""

from typing import NamedTuple


class Citation(NamedTuple):
    """One passage of a chart that supports one row of a fact table; the box is in points from the page's top left.

    `item` and `detail` name the row within its table: the element and its detail of a document, the role and the
    name of a signature, the structure and the metric of a constraint.
    """

    course_id: str
    table_name: str
    document_id: str
    item: str
    detail: str
    file: str
    page: int
    left_pt: float
    top_pt: float
    right_pt: float
    bottom_pt: float
    words: str
    sureness: float
    read_by: str
    counted: bool
