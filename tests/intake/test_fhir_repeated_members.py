"""A claim in which an object names one member twice costs its line in bulk, as it does in a case."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.fhir_resources import bill, bundle, item

from isocenter.intake.fhir import usual_services
from isocenter.intake.fhir.repeated_members import repeats_a_member
from isocenter.intake.fhir.usual_services import LineScanner
from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem

SCAN = LineScanner(10**9)
NAMES = st.sampled_from(["id", "item", "a:b", "longer than eight", "longer than eigh", "", 'q"', "back\\", "é", "{"])
TEXTS = st.text(alphabet='ab ,:{}[]"\\é\n', max_size=20)


def written(value: Any) -> str:
    """JSON of values in which a tuple of pairs stands for an object that may name a member twice."""
    if isinstance(value, tuple):
        members = ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {written(inner)}" for name, inner in value)
        return f"{{{members}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def compiled(line: bytes) -> bool:
    """What the kernel says: whether some object of the line may name one member twice."""
    return SCAN(line) is None


VALUES = st.recursive(
    TEXTS | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(NAMES, inner), max_size=5).map(tuple),
    max_leaves=25,
)


@given(VALUES)
def test_the_kernel_overlooks_no_member_that_is_there_twice(value: Any) -> None:
    line = written((("held", value),)).encode()
    names_escaped = b"\\" in line
    assert compiled(line) == repeats_a_member(line) or (compiled(line) and names_escaped)


def test_what_the_kernel_cannot_hold_is_read_with_care() -> None:
    many = json.dumps({f"m{number}": 1 for number in range(5_000)}).encode()
    deep = b'{"a":' * 600 + b"1" + b"}" * 600
    assert compiled(many) and not repeats_a_member(many)
    assert compiled(deep)


REPEATED = [
    ('"quantity": {"value": 1', '"quantity": {"value": 1, "value": 9'),
    ('"sequence": 1', '"sequence": 1, "sequence" : 1'),
    ('"resourceType"', '"item": [], "resourceType"'),
    ('"resourceType"', '"use\\u0072": 1, "user": 2, "resourceType"'),
    ('"resourceType"', '"text": {"status": "empty", "status": "empty"}, "resourceType"'),  # that nothing reads
]


@pytest.mark.parametrize("few_bytes", [0, 10**9], ids=["compiled", "plain"])
@pytest.mark.parametrize(("before", "after"), REPEATED)
def test_a_member_that_is_there_twice_costs_its_claim_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_bytes: int, before: str, after: str
) -> None:
    monkeypatch.setattr(usual_services, "_FEW_BYTES", few_bytes)
    good, bad = (bill(item(), id=name, identifier=[{"value": name}]) for name in ("e1", "e2"))
    odd = json.dumps(bad).replace(before, after, 1)
    assert odd != json.dumps(bad)
    path = tmp_path / "eob.ndjson"
    path.write_text(f"{json.dumps(good)}\n{odd}\n\n  {odd}\n")
    found = list(BillFile(path))
    assert [row.claim_id for row in found if isinstance(row, ClaimLine)] == ["e1"]
    said = [(one.place, one.sentence) for one in found if isinstance(one, Problem)]
    assert [place for place, _ in said] == ["line 2", "line 4"]
    assert all("appears twice in one object; keep the one that counts; the line was left out" in one for _, one in said)


def test_a_damaged_letter_in_a_bundle_on_one_line_is_no_other_letter(tmp_path: Path) -> None:
    path = tmp_path / "eob.ndjson"
    line = json.dumps(bundle(bill(id="e2"))).encode()
    path.write_bytes(json.dumps(bill(id="e1")).encode() + b"\n" + line.replace(b'"e2"', b'"e\xff"') + b"\n")
    (lost,) = [row for row in BillFile(path) if isinstance(row, Problem)]
    assert (type(lost), lost.place, "is not UTF-8" in lost.sentence) == (LostLine, "line 2", True)


def test_names_with_escapes_that_differ_cost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "eob.ndjson"
    path.write_text(json.dumps(bill(item())).replace('"sequence"', '"s\\u0065quence"'))
    assert [type(row) for row in BillFile(path) if not isinstance(row, ClaimDiagnosis)] == [ClaimLine]
