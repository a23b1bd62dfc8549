"""Whatever was billed comes back from an 837, whatever bytes come, and a peer agrees."""

from datetime import date
from pathlib import Path

import pytest
from benchmarks.synthetic_837 import interchange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.x12_samples import HOSPITAL, PROFESSIONAL, SAMPLES, Reader, by_id, lines_in, problems_in
from tests.intake.x12_writer import Claim, Layout, Line, delimit, rows_of, write_837

from isocenter.errors import UnreadableInput
from isocenter.intake.x12 import segments as x12_segments
from isocenter.intake.x12_837 import ClaimDiagnosis, read
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem


def npi() -> st.SearchStrategy[str]:
    return st.sampled_from(["1245319599", "1003000126", "1558444216"])


def optional(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), values)


def lines() -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        code=st.sampled_from(["77301", "77334", "77427", "G6015", "0073T"]),
        modifiers=st.lists(st.sampled_from(["26", "59", "XU", "TC"]), max_size=4).map(tuple),
        units=st.integers(1, 50),
        charge_cents=st.integers(0, 10_000_000),
        day=st.dates(date(2015, 10, 1), date(2030, 12, 31)),
        place=st.sampled_from(["", "11", "22"]),
        revenue_code=st.sampled_from(["0333", "0330"]),
        rendering_npi=optional(npi()),
        supervising_npi=optional(npi()),
        noise=st.booleans(),
        control_number=st.booleans(),
    )


def claims() -> st.SearchStrategy[Claim]:
    originals = st.tuples(st.just("1"), st.just(""))
    superseding = st.tuples(st.sampled_from("78"), st.sampled_from(["PAYER1", "PAYER2"]))
    return st.builds(
        lambda frequency, **others: Claim(frequency=frequency[0], original_claim_id=frequency[1], **others),
        frequency=st.one_of(originals, superseding),
        member_id=st.text("ABCDEFGH0123456789", min_size=1, max_size=12),
        is_dependent=st.booleans(),
        filing=st.sampled_from(["MA", "MB", "16", "MC", "CI", ""]),
        place=st.sampled_from(["11", "13", "22"]),
        diagnoses=st.lists(st.sampled_from(["C61", "C50.912", "C79.51"]), max_size=3).map(tuple),
        rendering_npi=optional(npi()),
        supervising_npi=optional(npi()),
        attending_npi=optional(npi()),
        has_other_payer=st.booleans(),
        lines=st.lists(lines(), min_size=1, max_size=4).map(tuple),
    )


def layouts() -> st.SearchStrategy[Layout]:
    delimiters = st.sampled_from(["*:^~", "|>!\n", "+@^'", "\x1d\x1f\x1e\x1c", "~:^*", "*<!\r"])
    return st.builds(
        lambda marks, newline, claims_per_transaction, transactions_per_group: Layout(
            *marks,
            newline="" if marks[3] in "\r\n" else newline,
            claims_per_transaction=claims_per_transaction,
            transactions_per_group=transactions_per_group,
        ),
        delimiters,
        st.sampled_from(["", "\n", "\r\n", "\r"]),
        st.integers(1, 3),
        st.integers(1, 2),
    )


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(claims(), max_size=5),
    st.sampled_from(["professional", "institutional"]),
    st.lists(layouts(), min_size=1, max_size=3),
    st.sampled_from([1, 150, 16384]),
)
def test_claims_come_back_whatever_the_delimiters_newlines_and_blocks(
    tmp_path: Path, written: list[Claim], setting: str, used: list[Layout], block: int
):
    content = write_837(written, setting, used)
    if not written:
        return
    path = tmp_path / "claims.837"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x12_segments, "BLOCK", block)
        assert list(read(path)) == rows_of(written, setting)


# No bytes make it fall over

GOOD = delimit(PROFESSIONAL) + delimit(HOSPITAL)


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([delimit(PROFESSIONAL), delimit(HOSPITAL), GOOD]),
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 40)), max_size=6),
    st.integers(0, len(GOOD)),
    st.sampled_from([150, 16384]),
)
def test_mutated_files_give_rows_and_problems_and_no_traceback(
    tmp_path: Path, content: bytes, edits: list[tuple[int, bytes, int]], end: int, block: int
):
    for at, inserted, removed in edits:
        content = content[:at] + inserted + content[at + removed :]
    path = tmp_path / "claims.837"
    path.write_bytes(content[: end or None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x12_segments, "BLOCK", block)
        try:
            found = list(read(path))
        except UnreadableInput as error:
            assert str(path) in str(error)
            return
    kept = lines_in(found)
    assert len({line.claim_line_id for line in kept}) == len(kept)
    assert all(line.units > 0 and line.member_id and len(line.procedure_code) == 5 for line in kept)
    assert all(isinstance(row, ClaimLine | ClaimDiagnosis | Problem) for row in found)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.booleans())
def test_random_bytes_are_read_or_refused(tmp_path: Path, content: bytes, with_header: bool):
    path = tmp_path / "claims.837"
    path.write_bytes(delimit(PROFESSIONAL[:1]) * with_header + content)
    try:
        assert not lines_in(list(read(path)))
    except UnreadableInput:
        assert not with_header


def test_a_file_cut_anywhere_says_so_and_keeps_only_true_lines(rows: Reader):
    content = delimit(PROFESSIONAL)
    whole = by_id(rows(content))
    for end in range(120, len(content) - 20, 7):
        found = rows(content[:end])
        assert problems_in(found)
        for line in lines_in(found):
            assert line._replace(rendering_npi="", supervising_npi="") == whole[line.claim_line_id]._replace(
                rendering_npi="", supervising_npi=""
            )


# A peer agrees


@pytest.mark.parametrize("kind", ["professional.837", "hospital.837", "synthetic P", "synthetic I"])
def test_pyx12_finds_nothing_wrong_with_our_files(tmp_path: Path, kind: str):
    document = pytest.importorskip("pyx12.x12n_document", reason="pyx12, the peer that checks, is not installed")
    params = pytest.importorskip("pyx12.params")
    path = SAMPLES / kind
    if kind.startswith("synthetic"):
        path = tmp_path / "synthetic.837"
        path.write_bytes(delimit(list(interchange(30, institutional=kind.endswith("I")))))
    assert document.x12n_document(params.params(), str(path), None, None)


@pytest.mark.parametrize("institutional", [False, True])
def test_synthetic_files_for_benchmarks_are_read_without_a_word(rows: Reader, institutional: bool):
    found = rows(delimit(list(interchange(300, institutional))))
    assert problems_in(found) == []
    assert len({line.claim_id for line in lines_in(found)}) == 300
