"""Interchanges and transactions of an 837 are told apart; what is hardly X12 is refused in a sentence."""

import tracemalloc
import zipfile
from pathlib import Path

import pytest
from benchmarks.synthetic_837 import interchange
from tests.intake.x12_samples import HOSPITAL, PROFESSIONAL, Reader, changed, lines_in, problems_in
from tests.intake.x12_writer import delimit
from tests.screening.screenings import settings_of

from isocenter.errors import UnreadableInput
from isocenter.intake.case import read_case
from isocenter.intake.x12.members import members_of
from isocenter.intake.x12_837 import in_order_written, looks_like_837, read
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (PROFESSIONAL[-3], "SE*5*0001", f"SE counts '5' segments in the transaction; {len(PROFESSIONAL) - 4} "),
        (PROFESSIONAL[-3], PROFESSIONAL[-3][:-4] + "0002", "SE has control number '0002'; '0001'"),
        ("GE*1*7", "GE*2*7", "GE counts '2' transactions in the group; 1 "),
        ("GE*1*7", "GE*1*8", "GE has control number '8'; '7'"),
        ("IEA*1*000000007", "IEA*x*000000007", "IEA counts 'x' groups in the interchange; 1 "),
        ("IEA*1*000000007", "IEA*1*000000008", "IEA has control number '000000008'"),
        ("IEA*1*000000007", "", "the file ends before interchange 000000007"),
        ("GE*1*7", "", "IEA closes its interchange before group 7 does"),
        (PROFESSIONAL[-3], "", "GE closes its group before transaction 0001 does; SE is expected"),
        (PROFESSIONAL[1], "", "ST is outside a group"),
    ],
)
def test_counts_and_control_numbers_that_disagree_are_named(rows: Reader, old: str, new: str, sentence: str):
    found = rows(delimit([new if segment == old else segment for segment in PROFESSIONAL]))
    assert any(sentence in problem.sentence for problem in problems_in(found)), problems_in(found)
    assert len(lines_in(found)) == 7


@pytest.mark.parametrize(
    ("segments", "sentence", "member_id"),
    [
        (PROFESSIONAL[:-9], "the file ends before transaction 0001 does", ""),
        ([*PROFESSIONAL[:-3], "SE*999*0001", *PROFESSIONAL[-2:]], "SE counts '999' segments in the transaction;", ""),
        (PROFESSIONAL[:-2], "the file ends before group 7 does", ""),
        (PROFESSIONAL[:-1], "the file ends before interchange 000000007 does", ""),
        ([*PROFESSIONAL[:-2], "GE*2*7", PROFESSIONAL[-1]], "GE counts '2' transactions in the group; 1 was read", ""),
        ([*PROFESSIONAL[:-1], "IEA*2*000000007"], "IEA counts '2' groups in the interchange; 1 was read", ""),
        ([*PROFESSIONAL, "ISA*00*     "], "13 characters lie outside any interchange (they begin 'ISA*00*", ""),
        ([*PROFESSIONAL, "ST*837*0002"], "12 characters lie outside any interchange (they begin 'ST*837*0002'", ""),
        ([s for s in PROFESSIONAL if s != "SV1*HC:77263*611*UN*1***1"], "claim P1002 line 1 ends without SV1", "K200"),
    ],
)
def test_lines_that_are_not_in_the_file_count_as_lost(
    rows: Reader, segments: list[str], sentence: str, member_id: str
) -> None:
    lost = [row for row in rows(delimit(segments)) if isinstance(row, LostLine)]
    assert [row.member_id for row in lost if row.sentence.startswith(sentence)] == [member_id]


def test_another_transaction_set_is_named_once_and_the_claims_beside_it_are_read(rows: Reader):
    remittance = ["ST*835*9", "BPR*I*1", "CLP*P1001*1", "SE*4*9"]
    at = PROFESSIONAL.index(PROFESSIONAL[-2])
    segments = [*PROFESSIONAL[:at], *remittance, *remittance, "GE*3*7", "IEA*1*000000007"]
    found = rows(delimit(segments))
    assert [p.sentence[:46] for p in problems_in(found)] == ["transaction set 835 (remittance advice) found;"]
    assert len(lines_in(found)) == 7


def test_version_4010_is_named_and_not_read(rows: Reader):
    segments = [s.replace("*005010X222A1", "*004010X098A1") for s in PROFESSIONAL]
    found = rows(delimit([s.replace("ST*837*0001*004010X098A1", "ST*837*0001") for s in segments]))
    assert len(found) == 2
    assert "837 in version 004010X098A1 found; 5010" in found[0].sentence


def test_a_second_interchange_may_have_other_delimiters(rows: Reader):
    other = delimit(HOSPITAL).translate(bytes.maketrans(b"*:^~\n", b"|>!\n\n")).replace(b"\n\n", b"\n")
    found = rows(delimit(PROFESSIONAL) + b"\r\n" + other)
    assert {line.setting for line in lines_in(found)} == {"professional", "institutional"}
    assert len(lines_in(found)) == 10
    assert {problem.place for problem in problems_in(found)} == {"whole file"}


def test_text_between_interchanges_is_named(rows: Reader):
    found = rows(delimit(PROFESSIONAL) + b"end of day 1\n" + delimit(HOSPITAL))
    assert any("'end of day 1'" in problem.sentence for problem in problems_in(found))
    assert len(lines_in(found)) == 10


def test_an_interchange_cut_short_does_not_swallow_the_next(rows: Reader):
    found = rows(delimit(PROFESSIONAL)[:700] + b"~" + delimit(HOSPITAL))
    assert any("a new ISA begins" in problem.sentence for problem in problems_in(found))
    assert {line.claim_id for line in lines_in(found)} == {"H2001"}


# Files that are hardly X12


@pytest.mark.parametrize("content", [b"", b"\n\n", b"ISA", b"ISA*00*", b"%PDF-1.7" * 50, bytes(range(256)) * 900])
def test_a_file_without_a_header_is_unreadable_in_one_sentence(rows: Reader, content: bytes):
    with pytest.raises(UnreadableInput, match=r"claims\.837: .* a whole X12 837 file, from ISA to IEA, is expected"):
        rows(content)


@pytest.mark.parametrize("start", [1, 2, 3])
def test_claims_without_their_interchange_header_are_named_as_such(tmp_path: Path, start: int):
    file = tmp_path / "claims.837"
    file.write_bytes(delimit(PROFESSIONAL[start:]))
    begins = PROFESSIONAL[start][:6].replace("*", "[*]")
    for read_file in (read_case, lambda path: screen(settings_of(tmp_path / "out", path))):
        with pytest.raises(UnreadableInput, match=rf"no interchange header .* it begins '{begins}.* from ISA to IEA"):
            read_file(file)


def test_a_missing_file_is_unreadable(tmp_path: Path):
    with pytest.raises(UnreadableInput, match="No such file"):
        list(read(tmp_path / "none.837"))


@pytest.mark.parametrize("opening", [b"", b"\xef\xbb\xbf", b"\r\n\n", b"\xef\xbb\xbf\n"])
def test_an_interchange_is_known_by_its_first_bytes(rows: Reader, opening: bytes):
    content = opening + delimit(PROFESSIONAL)
    assert looks_like_837(content[:512])
    assert len(rows(content)) == len(rows(delimit(PROFESSIONAL)))


@pytest.mark.parametrize("head", [b"", b"ISA", b"ISABEL went home", b"PK\x03\x04", b"claim_id,line\n", b"xISA*00*"])
def test_other_first_bytes_are_no_interchange(head: bytes):
    assert not looks_like_837(head)


def test_a_segment_beyond_all_measure_is_named_and_never_held_whole(tmp_path: Path):
    path = tmp_path / "claims.837"
    path.write_bytes(changed(PROFESSIONAL, "PAT*19", "NTE*ADD*" + "x" * 10_000_000))
    tracemalloc.start()
    found = list(read(path))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any("the segment is 10000008 characters long; at most 65536" in p.sentence for p in problems_in(found))
    assert len(lines_in(found)) == 7
    assert peak_bytes < 2_000_000


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    path = tmp_path / "claims.837"
    path.write_bytes(delimit(list(interchange(4000))))
    tracemalloc.start()
    lines = sum(isinstance(row, ClaimLine) for row in read(path))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines > 10_000
    assert peak_bytes < 4_000_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_claims_that_were_saved_as_utf_16_are_read_as_they_were(tmp_path: Path, rows: Reader, encoding: str):
    content = delimit(PROFESSIONAL).decode().encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    assert looks_like_837(content)
    assert rows(content) == rows(delimit(PROFESSIONAL))
    for path, data in ((tmp_path / "wide.837", content), (tmp_path / "plain.837", delimit(PROFESSIONAL))):
        path.write_bytes(data)
    assert list(members_of(tmp_path / "wide.837")) == list(members_of(tmp_path / "plain.837")) != []


def test_an_acknowledgment_is_named_for_what_it_is(rows: Reader):
    found = rows(delimit([PROFESSIONAL[0], "TA1*000000001*250401*1200*A*000", "IEA*0*000000007"]))
    assert [problem.sentence.split(";")[0] for problem in problems_in(found)] == [
        "TA1 found (acknowledgment of an interchange)"
    ]


def test_files_are_taken_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    named = {"a.837": "250401*0900", "b.837": "250301*1730", "c.837": "250301*0900", "d.837": "      *    "}
    for name, moment in named.items():
        head = PROFESSIONAL[0].replace("250301*0900", moment)
        (tmp_path / name).write_bytes(delimit([head, *PROFESSIONAL[1:]]))
    (tmp_path / "b.csv").write_text("claim_id\n")
    files = [tmp_path / name for name in ("a.837", "b.837", "b.csv", "c.837", "d.837", "gone.837")]
    ordered = [file.name for file in in_order_written(files)]
    assert ordered == ["d.837", "c.837", "b.csv", "b.837", "a.837", "gone.837"]


def _written(moment: str, account: str) -> bytes:
    changes = {"250301*0900": moment, "CLM*P1001*": f"CLM*{account}*"}
    segments = list(PROFESSIONAL)
    for old, new in changes.items():
        segments = [segment.replace(old, new) for segment in segments]
    return delimit(segments)


def test_files_within_archives_of_a_case_are_taken_in_the_order_in_which_all_were_written(tmp_path: Path) -> None:
    """A correction may lie in another archive than its claim, or beside the archives."""
    case = tmp_path / "case"
    case.mkdir()
    with zipfile.ZipFile(case / "a.zip", "w") as archive:
        archive.writestr("a.837", _written("250501*0900", "LAST"))
        archive.writestr("b.837", _written("250301*0900", "FIRST"))
    (case / "b.837").write_bytes(_written("250401*0900", "THIRD"))
    with zipfile.ZipFile(case / "c.zip", "w") as archive:
        archive.writestr("a.837", _written("250315*0900", "SECOND"))
    contents = read_case(case)
    accounts = [row.patient_account_number for row in contents.rows if isinstance(row, ClaimLine)]
    assert [one for one in dict.fromkeys(accounts) if one in {"FIRST", "SECOND", "THIRD", "LAST"}] == [
        "FIRST", "SECOND", "THIRD", "LAST",
    ]  # fmt: skip
    of_x12 = [contents.rows[place] for place in sorted(contents.places_of_x12)]
    assert len([row for row in of_x12 if isinstance(row, ClaimLine)]) == len(accounts)
    assert {one.path for one in contents.inputs} == {"a.zip: a.837", "a.zip: b.837", "b.837", "c.zip: a.837"}


def test_a_generation_behind_a_members_name_is_part_of_it_and_a_degree_is_not(tmp_path: Path):
    for suffix, family_name in (("JR", "EXAMPLE JR"), ("MD", "EXAMPLE")):
        whole = "NM1*IL*1*EXAMPLE*ROBIN****MI*1EG4TE5MK72"
        named = changed(PROFESSIONAL, whole, whole.replace("****MI", f"***{suffix}*MI"))
        (tmp_path / "claims.837").write_bytes(named)
        assert next(members_of(tmp_path / "claims.837")).family_name == family_name
