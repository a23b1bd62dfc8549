"""Services that are read from their places in a line are those that decoding the whole line gives, problems too."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.fhir_resources import Json, bill, concept, item

from isocenter.intake.fhir import usual_services
from isocenter.intake.fhir.usual_services import DECODE_WHOLE, LineScanner
from isocenter.intake.fhir_r4 import BillFile

SCAN = LineScanner(10**9)
AMOUNTS = [
    {"category": concept(kind, "http://terminology.hl7.org/CodeSystem/adjudication"),
     "amount": {"value": amount, "currency": "USD"}}
    for kind, amount in (("submitted", 210.5), ("eligible", 80), ("benefit", 64.25), ("copay", 0), ("eligible", 81.5))
]  # fmt: skip
INDICATOR = "https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd"


def usual() -> Json:
    """A bill with services in each usual shape."""
    period = {"start": "2025-03-04", "end": "2025-03-06"}
    several = item(adjudication=copy.deepcopy(AMOUNTS), sequence=2, careTeamSequence=[1], modifier=[concept("26")])
    of_days = item(servicedPeriod=period, sequence=3, extension=[{"url": INDICATOR, "valueCoding": {"code": "A"}}])
    del of_days["servicedDate"]
    denied = item(sequence=4, extension=[{"url": INDICATOR, "valueCoding": {"code": "C"}}])
    return bill(item(), several, of_days, denied)


def read(path: Path, line: bytes, few_bytes: int) -> tuple[list[object], tuple[int, int, int]]:
    """What a line gives behind another one, with the sentences of its problems and its counts.

    A line that is read with care has the resource's name in its place too.
    """
    path.write_bytes(b'{"resourceType": "Patient"}\n' + line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usual_services, "_FEW_BYTES", few_bytes)
        bulk = BillFile(path)
        rows = [(type(row), tuple(row)) for row in bulk]
    name = " ExplanationOfBenefit/eob-1"
    rows = [(kind, (*(str(value).replace(name, "") for value in row),)) for kind, row in rows]
    return rows, (bulk.service_lines, bulk.revenue_lines, bulk.left_out_lines)


def alike(folder: Path, line: bytes) -> list[object]:
    """The rows of a line, which both ways of reading give alike."""
    by_places, whole = (read(folder / "eob.ndjson", line, few_bytes) for few_bytes in (0, 10**9))
    assert by_places == whole, line.decode(errors="replace")
    return by_places[0]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\t", " : ")])
def test_usual_services_are_read_from_their_places(tmp_path: Path, separators: tuple[str, str]) -> None:
    line = json.dumps(usual(), separators=separators).encode() + b"\r\n"
    found = SCAN(line)
    assert found is not None
    assert len(found.places) == 5
    assert len(alike(tmp_path, line)) == 5  # a diagnosis, three lines, and the one that was denied


def within(value: Any) -> list[tuple[Any, Any]]:
    """Each object or list in a value, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [one for key in keys for one in within(value[key])]


ODD_VALUES = [
    *(None, True, 0, -1, 1.0, 1e2, 1e-7, 10**20, "", "1", "é", 'a "quoted" \\ word', "x" * 70, [], {}, [None], [[]]),
    *([{}], {"value": 1}, {"coding": [{"code": "denialreason"}]}, {"coding": [{"code": "submitted"}]}, "2025-03-04"),
    *({"value": 5, "currency": "EUR"}, {"value": "5"}, {"currency": "USD"}, {"start": "2025-03-04"}, {"end": ""}),
    *([{"sequence": 1}], {"coding": {"code": "77301"}}, [concept("59")], concept("77300")),
]  # fmt: skip
NAMES = [
    *("modifierExtension", "detail", "servicedPeriod", "servicedDate", "net", "adjudication", "extension", "amount"),
    *("category", "reason", "coding", "text", "value", "currency", "sequence", "revenue", "item", "note", "status"),
]  # fmt: skip


def set_to(holder: Any, key: Any, value: Any) -> None:
    holder[key] = value


def removed(holder: Any, key: Any, _: Any) -> None:
    del holder[key]


def added(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, dict):
        holder[random.Random(key).choice(NAMES)] = value
    else:
        holder.insert(key, value)


def renamed(holder: Any, key: Any, _: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{key}X"] = holder.pop(key)


CHANGES: list[Callable[[Any, Any, Any], None]] = [set_to, removed, added, renamed]


@given(
    st.randoms(use_true_random=False),
    st.lists(st.tuples(st.sampled_from(CHANGES), st.sampled_from(ODD_VALUES)), min_size=1, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_odd_in_a_bill_both_ways_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, choose: random.Random, changes: list[tuple[Callable[..., None], Any]]
) -> None:
    changed = usual()
    for change, value in changes:
        places = within(changed.get("item")) if choose.random() < 0.9 else within(changed)
        if places:
            change(*choose.choice(places), copy.deepcopy(value))
    separators = choose.choice([(",", ":"), (", ", ": ")])
    line = json.dumps(changed, separators=separators, ensure_ascii=choose.random() < 0.5).encode()
    alike(tmp_path_factory.getbasetemp(), line)


@given(st.randoms(use_true_random=False), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_whatever_byte_of_a_line_is_damaged_both_ways_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, choose: random.Random, many: int
) -> None:
    line = bytearray(json.dumps(usual(), separators=(",", ":")).encode())
    letters = choose.choice([b'{}[]:,"\\ 0-.eE1n\t\x01\x00x', b'{}[]:," 0-.eEx\xc3\xff\xa9'])
    for _ in range(many):
        at = choose.randrange(len(line))
        kind = choose.randrange(3)
        if kind == 0:
            line[at] = choose.choice(letters)
        elif kind == 1:
            del line[at : at + choose.randrange(1, 4)]
        else:
            line.insert(at, choose.choice(letters))
    alike(tmp_path_factory.getbasetemp(), bytes(line).replace(b"\n", b" "))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"currency":"USD"', '"currency":"EUR"'),
        ('"sequence":2', '"sequence":2e0'),
        ('"sequence":2', '"sequence":1234567'),
        ('"value":210.5', '"value":210.500000000000000001'),
        ('"value":210.5', '"value":2105E-1'),
        ('"code":"copay"', '"code":"denialreason"'),
        ('"code":"copay"', '"code":"c\\u006fpay"'),
        ('"servicedDate":"2024', '"servicedPeriod":{"start":"2024-01-01"},"servicedDate":"2024'),
        ('"start":"2025-03-04",', ""),
    ],
)
def test_what_is_not_usual_is_decoded_whole(tmp_path: Path, before: str, after: str) -> None:
    text = json.dumps(usual(), separators=(",", ":"))
    line = text.replace(before, after, 1).encode()
    assert line != text.encode()
    assert SCAN(line) is DECODE_WHOLE
    alike(tmp_path, line)


def test_lines_of_every_length_are_read_to_their_end(tmp_path: Path) -> None:
    line = json.dumps(usual(), separators=(",", ":")).encode()
    for more in range(130):
        longer = line[:-1] + b',"note":"' + b"x" * more + b'"}'
        found = SCAN(longer)
        assert found is not None
        assert len(found.places) == 5
        assert SCAN(longer[:-1]) is None
    many = json.dumps(bill(*[item(sequence=number) for number in range(1, 1100)]), separators=(",", ":")).encode()
    assert SCAN(many) is DECODE_WHOLE
    assert sum(kind.__name__ == "ClaimLine" for kind, _ in alike(tmp_path, many)) == 1099
