"""Rows of positive units that cancel those of others, as Medicare's claim and claim line feed has them."""

from pathlib import Path

import pytest
from tests.screening.claims_files import split_of

from isocenter.errors import UnreadableInput
from isocenter.facts.reversals import without_reversals
from isocenter.intake.bulk.layouts import mapping_of
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine

_FEED = (
    "CUR_CLM_UNIQ_ID|CLM_LINE_NUM|BENE_MBI_ID|CLM_TYPE_CD|CLM_LINE_FROM_DT|CLM_LINE_HCPCS_CD|CLM_LINE_SRVC_UNIT_QTY"
    "|CLM_LINE_ALOWD_CHRG_AMT|CLM_ADJSMT_TYPE_CD|CLM_CNTL_NUM|CLM_LINE_DGNS_CD"
)


def _of_the_feed(claim: int, adjustment: int, days: range) -> list[str]:
    return [f"{claim}|{day}|1EG4TE5MK73|71|2025-03-{day:02}|G6015|1|520.00|{adjustment}|CN1|C61" for day in days]


def test_a_cancellation_of_the_claim_and_claim_line_feed_cancels_the_lines_of_its_original(tmp_path: Path) -> None:
    rows = [*_of_the_feed(1, 0, range(3, 8)), *_of_the_feed(2, 1, range(3, 8)), *_of_the_feed(3, 2, range(3, 6))]
    path = tmp_path / "cclf5.txt"
    path.write_text("\n".join([_FEED, *rows, ""]), encoding="utf-8")
    assert {line.claim_id for line in without_reversals(read_case(path).rows)[0] if isinstance(line, ClaimLine)} == {
        "3"
    }
    found = split_of(tmp_path / "out", path)
    assert (found.counts.read, sorted(found.values("units"))) == (13, [-1] * 5 + [1] * 8)


def test_adjustments_without_a_cancellation_are_lines_of_the_feed(tmp_path: Path) -> None:
    path = tmp_path / "cclf5.txt"
    path.write_text("\n".join([_FEED, *_of_the_feed(3, 2, range(3, 6)), ""]), encoding="utf-8")
    assert split_of(tmp_path / "out", path).values("units") == [1, 1, 1]


@pytest.mark.parametrize("values", ["[]", '"1"', "[[1]]"])
def test_a_mapping_names_the_values_of_rows_that_take_others_back(values: str) -> None:
    names = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting")
    own = "".join(f'{name} = "{name}"\n' for name in names)
    mapping = f'[claim_lines]\n{own}[[take_back]]\ncolumn = "adj"\nvalues = {values}\n'
    with pytest.raises(UnreadableInput, match=r"take_back is .*; expected a table of column and values"):
        mapping_of(mapping, "own.toml", [*names, "adj"])
