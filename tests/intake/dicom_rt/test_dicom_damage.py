"""Damaged DICOM ends in a sentence, never in a traceback, a warning on the terminal or a full memory."""

import random
import struct
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.filewriter import dcmwrite
from pydicom.uid import ImplicitVRLittleEndian
from tests.dicom_files import complete_folder, ct_slice, dose, plan, record, registration, save, square, structures

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import (
    read_ct,
    read_dose,
    read_folder,
    read_plan,
    read_record,
    read_registration,
    read_structures,
    sniff,
)
from isocenter.terms.limits import Limit
from isocenter.terms.problems import Unread

STORED = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)
MADE = {
    "ct": (lambda: ct_slice(1.0), lambda path: read_ct([path])),
    "dose": (lambda: dose(STORED, [0.0, 2.0]), read_dose),
    "structures": (lambda: structures({1: ("PTV", [square(0.0), square(2.0)])}), read_structures),
    "plan": (plan, read_plan),
    "record": (record, read_record),
    "registration": (lambda: registration(np.eye(4)), read_registration),
}
ROUNDS = 100


def is_told(read: Callable[[Path], object], path: Path) -> bool:
    """Reads, and says whether it was refused; anything but a sentence fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read(path)
        except UnreadableInput as error:
            assert "\n" not in str(error)
            assert str(path) in str(error) or "no CT slice" in str(error)
            return True
    return False


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", ImplicitVRLittleEndian], ids=["explicit", "implicit"])
@pytest.mark.parametrize("name", MADE)
def test_changed_bytes_are_read_or_refused_in_a_sentence(name: str, syntax: str, tmp_path: Path) -> None:
    make, read = MADE[name]
    whole = save(make(), tmp_path / "whole", syntax).read_bytes()
    chance = random.Random(f"{name} {syntax}")
    path = tmp_path / "damaged"
    for _ in range(ROUNDS):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            damaged[chance.randrange(132, len(damaged))] = chance.choice((0, 0xFF, 0x7F, chance.randrange(256)))
        path.write_bytes(damaged)
        is_told(read, path)


@pytest.mark.parametrize("name", MADE)
def test_a_file_cut_anywhere_is_read_or_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    make, read = MADE[name]
    whole = save(make(), tmp_path / "whole").read_bytes()
    path = tmp_path / "cut"
    refused = 0
    for length in range(0, len(whole), max(1, len(whole) // 120)):
        path.write_bytes(whole[:length])
        refused += is_told(read, path)
    assert refused > 30


@pytest.mark.parametrize("length", [0x7FFFFFFE, 0xFFFFFFFE, 0xFFFFFFFF])
@pytest.mark.parametrize("name", MADE)
def test_an_absurd_length_of_any_element_neither_crashes_nor_fills_the_memory(
    name: str, length: int, tmp_path: Path
) -> None:
    make, read = MADE[name]
    whole = save(make(), tmp_path / "whole", ImplicitVRLittleEndian).read_bytes()
    path = tmp_path / "absurd"
    chance = random.Random(name)
    for _ in range(40):
        at = chance.randrange(140, len(whole) - 4) & ~1
        path.write_bytes(whole[:at] + struct.pack("<I", length) + whole[at + 4 :])
        is_told(read, path)


def test_a_folder_with_one_damaged_file_keeps_the_rest(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    chance = random.Random(3)
    digits = b"0123456789.-+eE\\ "
    for _ in range(150):
        path = tmp_path / chance.choice(("CT0.dcm", "RD.dcm", "RP.dcm", "RS.dcm"))
        whole = path.read_bytes()
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 2, 4))):
            at = chance.randrange(300, len(damaged))
            damaged[at] = chance.choice(digits) if damaged[at] in digits else chance.randrange(256)
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found, problems, inputs = read_folder(tmp_path)
        assert found.ct is not None
        assert len(inputs) == 9
        assert not any("\n" in problem.sentence for problem in problems)
        path.write_bytes(whole)


def test_a_place_beyond_the_universe_is_refused(tmp_path: Path) -> None:
    made = dose(STORED, [0.0, 2.0], ImagePositionPatient=["1e308", "0", "0"])
    assert is_told(read_dose, save(made, tmp_path / "d"))


def test_absurd_counts_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    made = dose(STORED, [float(k) for k in range(2)], NumberOfFrames=2_000_000_000, Rows=65535, Columns=65535)
    assert is_told(read_dose, save(made, tmp_path / "d"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_in_a_folder_are_passed_over_or_reported(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "x").write_bytes(data)
    found, problems, inputs = read_folder(folder)
    assert found.plan is None or problems
    assert len(inputs) == int(sniff(data[:132]))


def test_text_and_claims_are_not_taken_for_dicom() -> None:
    for head in (b"ISA*00*", b"PK\x03\x04", b"%PDF-1.7", b"claim_line_id,code\n", b"{}", b"", b"\x89PNG\r\n\x1a\n"):
        assert not sniff(head)


def test_a_bare_data_set_is_dicom() -> None:
    written = BytesIO()
    dcmwrite(written, plan(), implicit_vr=True, little_endian=True)
    assert sniff(written.getvalue()[:132])


def test_the_odd_real_files_are_read_or_refused_in_a_sentence(shared_data: Path, tmp_path: Path) -> None:
    readers = {"rtdose": read_dose, "rtplan": read_plan, "rtstruct": read_structures}
    chance = random.Random(1)
    for original in sorted((shared_data / "pydicom_rt").glob("*.dcm")):
        read = next(reader for name, reader in readers.items() if original.name.startswith(name))
        whole = original.read_bytes()
        for _ in range(60):
            damaged = bytearray(whole)
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            path = tmp_path / original.name
            path.write_bytes(damaged)
            is_told(read, path)


@pytest.mark.parametrize(
    ("first", "count", "emptied"),
    [
        (0, 0, 0),
        (200, 60, 60),  # points of the second plane, in rows of twenty
        (200, 600, 0),  # three planes: nothing beside the one in their middle says that there was dose
        (216, 7, 0),  # as few as a gap in the body
    ],
)
def test_a_stretch_of_a_dose_grid_that_was_emptied_is_named(
    first: int, count: int, emptied: int, tmp_path: Path
) -> None:
    stored = np.full((5, 10, 20), 1000, dtype=np.uint16)
    stored.ravel()[first : first + count] = 0
    save(dose(stored, [2.0 * plane for plane in range(5)]), tmp_path / "RD.dcm")
    _, problems = read_dose(tmp_path / "RD.dcm")
    said = [one.sentence for one in problems if isinstance(one, Unread) and "exactly zero" in one.sentence]
    assert [f"in {emptied} points" in one for one in said] == [True] * bool(emptied)


@pytest.mark.parametrize(
    ("offsets_mm", "named"),
    [
        ([0, 3, 6, 9, 12, 15, 18, 21, 24], ""),
        ([0, 3, 6, 9, 13, 15, 18, 21, 24], "Its planes lie 3 mm apart, but 2 of 8 do not (once 4 mm)"),
        ([0, 3, 6, 9, 12, 15, 18, 21, 240], "Its planes lie 3 mm apart, but 1 of 8 do not (once 219 mm)"),
        ([0, 3, 6, 9, 12, 18, 21, 24, 27], "Its planes lie 3 mm apart, but 1 of 8 do not (once 6 mm)"),
        ([0, 3, 6, 9, 12, 17, 22, 27, 32], ""),  # as a CT of which the slices lie farther apart from a place on
        ([0, 3, 6, 9, 12, 15, 18, 21, 1e12], "at most 10,000 are read"),
    ],
)
def test_a_dose_plane_that_lies_off_the_others_is_named(offsets_mm: list[float], named: str, tmp_path: Path) -> None:
    stored = np.ones((len(offsets_mm), 3, 4), dtype=np.uint16)
    save(dose(stored, offsets_mm), tmp_path / "RD.dcm")
    said = [problem.sentence for problem in read_folder(tmp_path)[1] if isinstance(problem, Unread)]
    assert [named in one for one in said] == [True] * bool(named)
    assert not any(one.startswith("It:") for one in said)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", ImplicitVRLittleEndian], ids=["explicit", "implicit"])
@pytest.mark.parametrize("damage", ["twice", "out of order"])
def test_elements_that_stand_twice_or_out_of_order_are_named(damage: str, syntax: str, tmp_path: Path) -> None:
    whole = save(plan(), tmp_path / "RP.dcm", syntax).read_bytes()
    assert read_folder(tmp_path)[1] == []
    label = whole.index(b"\x0a\x30\x02\x00")  # the label of the plan
    after = next(at for at in range(label + 8, len(whole)) if whole[at : at + 2] in (b"\x0a\x30", b"\x0c\x30"))
    if damage == "twice":
        changed = whole[:after] + whole[label:after] + whole[after:]
    else:
        changed = whole[:label] + b"\x0a\x30\x02\xf0" + whole[label + 4 :]
    (tmp_path / "RP.dcm").write_bytes(changed)
    [problem] = [one for one in read_folder(tmp_path)[1] if "out of order" in one.sentence]
    assert isinstance(problem, Unread)


def test_a_file_beyond_a_limit_is_told_so_without_an_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(plan(), tmp_path / "RP.dcm")
    monkeypatch.setattr(
        "isocenter.intake.dicom_rt.objects.DICOM_BYTES", Limit(10, "bytes in one DICOM file", "send it")
    )
    said = [problem.sentence for problem in read_folder(tmp_path)[1]]
    assert any("bytes in one DICOM file; at most 10 are read" in one for one in said)
    assert not any(one.startswith("It:") for one in said)


@pytest.mark.parametrize(
    ("place", "stored_there", "said"),
    [
        (
            (2, 4, 9),
            20000,
            "200.00 Gy at x = 17.0, y = -12.0, z = 9.0 mm, where the points next to it hold at most 10.00 Gy",
        ),
        (
            (2, 4, 9),
            0,
            "0.00 Gy at x = 17.0, y = -12.0, z = 9.0 mm, where the points next to it hold at least 10.00 Gy",
        ),
        ((2, 4, 9), 1400, ""),
        ((2, 4, 9), 900, ""),
    ],
)
def test_a_lone_point_far_from_all_beside_it_is_named(
    place: tuple[int, int, int], stored_there: int, said: str, tmp_path: Path
) -> None:
    stored = np.full((5, 10, 20), 1000, dtype=np.uint16)
    stored[place] = stored_there
    save(dose(stored, [2.0 * plane for plane in range(5)]), tmp_path / "RD.dcm")
    _, problems = read_dose(tmp_path / "RD.dcm")
    sentences = [one.sentence for one in problems if "next to it" in one.sentence]
    assert [said in one for one in sentences] == [True] * bool(said)


def test_a_narrow_field_and_noise_beside_it_are_no_lone_points(tmp_path: Path) -> None:
    stored = np.random.default_rng(3).integers(0, 900, (5, 10, 20)).astype(np.uint16)
    stored[1:4, 4:6, 9:11] = 20000
    save(dose(stored, [2.0 * plane for plane in range(5)]), tmp_path / "RD.dcm")
    _, problems = read_dose(tmp_path / "RD.dcm")
    assert not [one for one in problems if "next to it" in one.sentence]
