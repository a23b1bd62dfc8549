"""A transaction that was sent twice bills once, whatever envelope is around it; one that was sent anew bills again."""

from pathlib import Path

import pytest
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit
from tests.screening.claims_files import rows_of, split_of

from isocenter.intake.case import read_case
from isocenter.intake.x12_837 import ClaimKeys, read
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine

Segments = list[str]


def with_envelope(segments: Segments, number: str, *, usage: str = "P", sender: str = "CLEARING") -> Segments:
    """The same transactions in an interchange and a group of another number, from another sender."""
    isa, gs = segments[0].split("*"), segments[1].split("*")
    isa[6], isa[13], isa[15] = f"{sender:15}", number.zfill(9), usage
    gs[2], gs[6] = sender, number
    trailers = [f"GE*1*{number}", f"IEA*1*{number.zfill(9)}"]
    return ["*".join(isa), "*".join(gs), *segments[2:-2], *trailers]


def with_control(segments: Segments, control: str) -> Segments:
    return [s.replace("*0001*", f"*{control}*") if s.startswith("ST*") else
            s.replace("*0001", f"*{control}") if s.startswith("SE*") else s for s in segments]  # fmt: skip


def in_pipes(segments: Segments) -> bytes:
    """The file in the marks of another program."""
    text = delimit(segments).decode()
    return text.replace("*", "|").replace(":", ">").replace("~", "'").replace("\n", "\r\n").encode()


AGAIN = with_envelope(PROFESSIONAL, "8")
ANEW = with_control(with_envelope(PROFESSIONAL, "9"), "0002")


def lines_read(folder: Path, *files: bytes) -> tuple[int, str]:
    """How many lines a case and a screening both keep of such files, and what both say of those left out."""
    claims = folder / "claims"
    claims.mkdir()
    for name, content in zip("abc", files, strict=False):
        (claims / f"{name}.837").write_bytes(content)
    contents = read_case(claims)
    in_case = [row for row in contents.rows if isinstance(row, ClaimLine)]
    screened = split_of(folder / "out", *sorted(claims.iterdir()))
    remarks = [row["remark"] for row in rows_of(folder / "out", "remarks/versions.parquet")]
    said = [problem.sentence for problem in contents.problems if "were left out" in problem.sentence]
    assert said == remarks
    assert bool(screened.counts.left_out) == bool(said)
    kept = {(row["claim_id"], row["line_number"]) for row in screened.lines}
    assert kept <= {(line.claim_id, line.line_number) for line in in_case}
    of_lines = {line.claim_id for line in in_case}
    assert {row.claim_id for row in contents.rows if isinstance(row, ClaimDiagnosis)} <= of_lines
    return len(in_case), " ".join(said)


@pytest.mark.parametrize(
    "files",
    [
        [delimit([*PROFESSIONAL, *AGAIN])],
        [delimit([*PROFESSIONAL, *PROFESSIONAL])],
        [delimit(PROFESSIONAL), delimit(AGAIN)],
        [delimit(PROFESSIONAL), in_pipes(AGAIN)],
        [delimit(PROFESSIONAL), delimit([*AGAIN, *with_envelope(PROFESSIONAL, "10")])],
    ],
)
def test_a_transaction_that_was_sent_twice_is_read_once_and_named(tmp_path: Path, files: list[bytes]) -> None:
    once, _ = lines_read(tmp_path, delimit(PROFESSIONAL))
    (tmp_path / "again").mkdir()
    lines, said = lines_read(tmp_path / "again", *files)
    assert lines == once
    assert "transaction 0001 repeats the one that ends in segment" in said


def test_claims_that_were_sent_anew_are_billed_again(tmp_path: Path) -> None:
    once, _ = lines_read(tmp_path, delimit(PROFESSIONAL))
    (tmp_path / "again").mkdir()
    assert lines_read(tmp_path / "again", delimit(PROFESSIONAL), delimit(ANEW)) == (2 * once, "")


def test_a_transaction_that_differs_in_one_segment_is_another(tmp_path: Path) -> None:
    other = [segment.replace("SV1*HC:77301*4210", "SV1*HC:77301*4211") for segment in AGAIN]
    once, _ = lines_read(tmp_path, delimit(PROFESSIONAL))
    (tmp_path / "again").mkdir()
    assert lines_read(tmp_path / "again", delimit(PROFESSIONAL), delimit(other)) == (2 * once, "")


@pytest.mark.parametrize("block", [137, 1_000])
def test_copies_are_known_wherever_the_blocks_of_a_file_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("isocenter.intake.x12.segments.BLOCK", block)
    file = tmp_path / "claims.837"
    file.write_bytes(delimit([*PROFESSIONAL, *ANEW, *AGAIN]))
    keys = ClaimKeys()
    claims = {row.claim_id for row in read(file, keys) if isinstance(row, ClaimLine)}
    assert len({*keys.transactions.left_out()} & claims) * 3 == len(claims)


def test_a_test_beside_claims_is_left_out_and_alone_is_read(tmp_path: Path) -> None:
    test = with_envelope(PROFESSIONAL, "5", usage="T")
    once, said = lines_read(tmp_path, delimit(test))
    assert once and not said
    for name, files in {"after": [test, AGAIN], "before": [AGAIN, test], "twice": [test, AGAIN, test]}.items():
        (tmp_path / name).mkdir()
        lines, said = lines_read(tmp_path / name, delimit([segment for file in files for segment in file]))
        assert lines == once
        assert "is of an interchange that is marked as a test" in said


def with_attachment(claim: str, attachment: str, use: str) -> bytes:
    """The sample sent for this use, with an attachment named in one of its claims."""
    segments = [s.replace("*0900*CH", f"*0900*{use}") for s in PROFESSIONAL]
    at = next(n for n, s in enumerate(segments) if s.startswith(f"CLM*{claim}*"))
    return delimit([*segments[: at + 1], attachment, *segments[at + 1 :]])


@pytest.mark.parametrize("attachment", ["PWK*09*AA", "PWK*09*AA***AC*DOC1"])
def test_the_record_of_a_chart_review_among_encounters_is_left_out_and_named(tmp_path: Path, attachment: str) -> None:
    every, _ = lines_read(tmp_path, delimit(PROFESSIONAL))
    of_void = sum(1 for row in read_case(tmp_path / "claims").rows if getattr(row, "claim_frequency", "") == "8")
    (tmp_path / "reviewed").mkdir()
    lines, said = lines_read(tmp_path / "reviewed", with_attachment("P1004", attachment, "RP"))
    assert of_void and lines == every - of_void
    assert "encounters that are chart review records (PWK*09*AA): 1, the first is here" in said


@pytest.mark.parametrize(
    ("attachment", "use"), [("PWK*09*AA", "CH"), ("PWK*09*EL***AC*DOC1", "RP"), ("PWK*OZ*AA", "RP"), ("PWK*09", "RP")]
)
def test_a_claim_with_another_attachment_is_billed(tmp_path: Path, attachment: str, use: str) -> None:
    every, _ = lines_read(tmp_path, delimit(PROFESSIONAL))
    (tmp_path / "attached").mkdir()
    assert lines_read(tmp_path / "attached", with_attachment("P1004", attachment, use)) == (every, "")
