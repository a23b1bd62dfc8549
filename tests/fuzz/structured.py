"""Changes a file in the ways that its format makes possible, by a seed: still of the format, but odd.

Bytes changed at random seldom get past the first parser; these do, and reach what comes behind it.
"""

import copy
import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, MutableSequence
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pydicom
import yaml
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence

from tests.fuzz.mutators import mutated, mutated_json

ODD_CELLS = (
    "", " ", "\x00", "0", "-1", "-0", "-99999", "1e308", "-1e400", "nan", "NaN", "inf", "-Infinity", "9" * 30,
    "9" * 400, "1,5", "1.5", "1e2", "0x1F", "1_000", "\u0661\u0662", "\u00bd", "1\u00a0000", "'5", '"', '""', "=1+1",
    "@SUM(1)", "2024-02-30", "2024-13-01", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-0044-03-15",
    "2024-03-18T23:59:59-11:00", "2024-03-18T00:00:00+14:00", "2024-03-18 00:00:00Z", "20240318", "03/18/24",
    "18.03.2024", "45369", "2024-03-18\u202e", "\u202e77301", "7\u200b7301", "77301\x00", "77301 ",
    "\uff17\uff17\uff13\uff10\uff11", "\U0001f600", "x" * 5000, "a\rb", "null", "None", "N/A", "true",
    "<script>alert(1)</script>", "\x1b[2J", "a|b", "a;b", "a\tb", "\u2028", "\ufeff77301", "half \ud800 letter",
)  # fmt: skip

StructuredMutator = Callable[[bytes, Random], bytes]


def _swap(items: MutableSequence[Any], random: Random) -> None:
    first, second = random.randrange(len(items)), random.randrange(len(items))
    items[first], items[second] = items[second], items[first]


def table(data: bytes, random: Random) -> bytes:
    """A table with cells, columns or lines changed, doubled, swapped, gone, or moved by one; CSV again."""
    text = data.decode("utf-8")
    delimiter = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    for _ in range(random.choice((1, 1, 2, 4))):
        _change_table(rows, random)
    out = io.StringIO()
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(out, delimiter=random.choice((delimiter,) * 4 + (";", "|", "\t")), quoting=quoting)
    with suppress(csv.Error):
        writer.writerows(rows)
    return out.getvalue().encode(random.choice(("utf-8",) * 6 + ("utf-8-sig", "utf-16", "cp1252")), "replace")


def _change_table(rows: list[list[str]], random: Random) -> None:
    if len(rows) > 1 and rows[0]:
        random.choice((_change_cell, _change_cell, _change_columns, _change_rows))(rows, random)


def _change_cell(rows: list[list[str]], random: Random) -> None:
    cells = rows[0 if random.randrange(5) == 0 else random.randrange(len(rows))]
    if cells:
        cells[random.randrange(len(cells))] = random.choice(ODD_CELLS)


def _change_columns(rows: list[list[str]], random: Random) -> None:
    """Two columns have changed places below their names, or one appears twice, or is gone."""
    what, width = random.randrange(3), len(rows[0])
    column, other = random.randrange(width), random.randrange(width)
    for number, cells in enumerate(rows):
        if max(column, other) >= len(cells) or (what == 0 and number == 0):
            continue
        if what == 0:
            cells[column], cells[other] = cells[other], cells[column]
        elif what == 1:
            cells.insert(other, cells[column])
        else:
            del cells[column]


def _change_rows(rows: list[list[str]], random: Random) -> None:
    """A row is longer or shorter than the header, appears twice, or in another's place."""
    what, line = random.randrange(3), random.randrange(1, len(rows))
    if what == 0:
        place = random.randrange(len(rows[0]))
        rows[line][place:place] = [random.choice(ODD_CELLS)] * random.randrange(3)
        del rows[line][len(rows[0]) + random.randrange(-3, 3) :]
    elif what == 1:
        rows.insert(random.randrange(len(rows)), list(rows[random.choice((0, line))]))
    else:
        _swap(rows, random)


def x12(data: bytes, random: Random) -> bytes:
    """An interchange with segments or elements doubled, swapped, gone, in another's place, or of odd content."""
    text = data.decode("utf-8")
    end, apart = text[105], text[3]
    segments = [segment.strip("\r\n").split(apart) for segment in text.split(end)]
    for _ in range(random.choice((1, 1, 2, 3))):
        if not segments:
            break
        place = random.randrange(len(segments))
        segment = segments[place]
        what = random.randrange(9)
        if what < 3 and len(segment) > 1:
            segment[random.randrange(1, len(segment))] = random.choice(ODD_CELLS).replace(end, "").replace(apart, "")
        elif what == 3:
            segments.insert(random.randrange(len(segments)), list(segment))
        elif what == 4 and len(segments) > 1:
            del segments[place]
        elif what == 5:
            _swap(segments, random)
        elif what == 6:  # a stretch of the claim, with all below it, once more
            stop = place + random.randrange(1, 40)
            segments[place:place] = copy.deepcopy(segments[place:stop]) * random.randint(1, 3)
        elif what == 7:
            segment += [random.choice(ODD_CELLS)] * random.choice((1, 3, 200))
        else:
            del segments[place : place + random.randrange(1, 60)]
    return end.join(apart.join(segment) for segment in segments).encode("utf-8", "replace")


_ODD_NODES: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, float("nan"), float("inf"), 10**30, -(10**400), [], {}, [[]], {"a": {"b": [1]}}, [None],
    date(1, 1, 1), date(9999, 12, 31), datetime(2024, 3, 18, 23, 59, tzinfo=timezone(timedelta(hours=-11))),
    b"\x00\xff", *ODD_CELLS,
)  # fmt: skip


def yaml_file(data: bytes, random: Random) -> bytes:
    """A case file with values changed, doubled, wrapped, renamed or in another's place; YAML again."""
    whole = yaml.safe_load(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        _change_node(whole, random)
    return yaml.safe_dump(whole, allow_unicode=random.random() < 0.5, sort_keys=False).encode("utf-8", "replace")


def _change_node(whole: Any, random: Random) -> None:
    places = []
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        inner = list(one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ())
        places += [(one, key) for key, _ in inner]
        waiting += [value for _, value in inner]
    if not places:
        return
    holder, key = random.choice(places)
    what = random.randrange(7)
    if what < 3:
        holder[key] = random.choice(_ODD_NODES)
    elif what == 3:
        other, other_key = random.choice(places)
        holder[key] = copy.deepcopy(other[other_key])
    elif what == 4:
        holder[key] = random.choice(([holder[key]], {"x": holder[key]}, [copy.deepcopy(holder[key])] * 3))
    elif what == 5:
        del holder[key]
    elif isinstance(holder, dict):
        name = random.choice((*ODD_CELLS, None, 1, True, "course_id", "documents"))
        holder[name] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(holder[key]))


_DATASET_TYPES = ("AE", "AS", "CS", "DA", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI", "UT", "UN", "OB")
_ODD_DICOM = (
    "", " ", "0", "-1", "1e308", "-1E+40", "nan", "inf", "9" * 16, "2147483648", "20240230", "00000000", "x" * 70,
    "1.2.3", "A^B^C^D^E^F", "\x1b[31m", "\u202eX", "\\", "1\\2", "1\\2\\3\\4\\5\\6\\7\\8\\9", "NONE", "GY", "HFS",
    "MLCX", "\\".join("0" * 99),
)  # fmt: skip
_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
_COMPRESSED = ("1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5", "1.2.3")


def dicom(data: bytes, random: Random) -> bytes:
    """A DICOM file with elements changed, emptied, gone, of another kind, and items doubled, swapped or nested."""
    whole = pydicom.dcmread(io.BytesIO(data))
    for _ in range(random.choice((1, 1, 2, 3))):
        _change_element(whole, random)
    if random.randrange(12) == 0:
        whole.file_meta.TransferSyntaxUID = random.choice(_SYNTAXES)
    out = io.BytesIO()
    try:
        whole.save_as(out, enforce_file_format=True)
    except Exception:  # pydicom writes nothing of that: damage its bytes instead
        return mutated(data, random.randrange(10**6))
    written = out.getvalue()
    if random.randrange(12) == 0:  # its pixels are said to be compressed
        kept = whole.file_meta.TransferSyntaxUID.encode()
        written = written.replace(kept, random.choice(_COMPRESSED).encode().ljust(len(kept), b"\x00")[: len(kept)], 1)
    return written if random.randrange(8) else written[: random.randrange(len(written))]


def _change_element(whole: pydicom.Dataset, random: Random) -> None:
    places = [(dataset, element) for dataset in _datasets(whole) for element in dataset]
    if not places:
        return
    dataset, element = random.choice(places)
    with suppress(Exception):  # what pydicom refuses to hold stays as it was
        if random.randrange(8) == 0:
            del dataset[element.tag]
        elif element.VR == "SQ":
            items = _odd_items(list(element.value), element.tag, random)
            dataset[element.tag] = DataElement(element.tag, "SQ", Sequence(items))
        else:
            kind, value = _odd_value(element, random)
            dataset[element.tag] = DataElement(element.tag, kind, value, already_converted=True)


def _odd_items(items: list[pydicom.Dataset], tag: int, random: Random) -> list[pydicom.Dataset]:
    """Items of a sequence empty, doubled, in other places, gone, or within themselves."""
    what = random.randrange(5)
    if what == 0 or not items:
        return [*items, pydicom.Dataset()]
    if what == 1:
        return [copy.deepcopy(one) for one in items for _ in range(random.randint(1, 3))]
    if what == 2:
        _swap(items, random)
        return items
    if what == 3:
        return items[: random.randrange(len(items))]
    items[0][tag] = DataElement(tag, "SQ", Sequence([copy.deepcopy(items[0])]))
    return items


def _odd_value(element: DataElement, random: Random) -> tuple[str, Any]:
    """Another value of an element, now and then of another kind (VR)."""
    if random.randrange(6) == 0:
        kind, value = random.choice(_DATASET_TYPES), random.choice(_ODD_DICOM)
        return kind, value.encode() if kind in ("UN", "OB") else value
    if isinstance(element.value, MutableSequence) and len(element.value) > 1:
        return element.VR, _odd_list(list(element.value), random)
    if element.VR in ("US", "SS", "UL", "SL"):
        return element.VR, random.choice((0, 1, 2, 255, 32767, 65535))
    if element.VR in ("FD", "FL"):
        return element.VR, random.choice((0.0, -1.0, 1e300, float("nan"), float("inf"), 1e-300))
    if isinstance(element.value, bytes):
        held = element.value
        return element.VR, random.choice((b"", held[:7], held * 2, b"\xff" * len(held)))
    return element.VR, random.choice((None, *_ODD_DICOM))


def _odd_list(values: list[Any], random: Random) -> list[Any]:
    what = random.randrange(4)
    if what < 2:
        values[random.randrange(len(values))] = random.choice((0, -1, 1e300, -1e5, float("nan"), 65535))
        return values
    return values[: random.randrange(len(values))] if what == 2 else values * random.choice((2, 3, 50))


def _datasets(whole: pydicom.Dataset) -> list[pydicom.Dataset]:
    found, waiting = [], [whole]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [inner for element in one if element.VR == "SQ" for inner in element.value or ()]
    return found


def parquet(data: bytes, random: Random) -> bytes:
    """A table whose columns are of other types, nested, doubled, empty, in other places, or of odd values."""
    whole = pq.read_table(io.BytesIO(data))
    for _ in range(random.choice((1, 1, 2))):
        if not whole.num_columns:
            break
        place = random.randrange(whole.num_columns)
        name, rows = whole.column_names[place], whole.num_rows
        column = _odd_column(whole.column(place), rows, random)
        what = random.randrange(6)
        if what < 4 and column is not None:
            whole = whole.set_column(place, name, column)
        elif what == 4 and whole.num_columns > 2:
            whole = whole.remove_column(place)
        else:
            whole = whole.append_column(random.choice((name, name.upper(), "x\x00y", 'a"b', "")), whole.column(place))
    out = io.BytesIO()
    with suppress(pa.ArrowException):
        pq.write_table(whole, out, compression=random.choice(("none", "snappy", "zstd", "gzip")))
    return out.getvalue() or data


_ARROW_VALUES: tuple[tuple[pa.DataType, Any], ...] = (
    (pa.string(), "2024-03-18T23:59:59-11:00"), (pa.string(), "\u202e\x00"), (pa.string(), "9" * 400),
    (pa.binary(), b"\xff\xfe"), (pa.int64(), 2**63 - 1), (pa.int64(), -1), (pa.uint64(), 2**64 - 1),
    (pa.float64(), float("nan")), (pa.float64(), 1e308),
    (pa.decimal128(38, 10), Decimal("1234567890123456789012345678.5")), (pa.bool_(), True), (pa.null(), None),
    (pa.timestamp("ns", tz="Pacific/Kiritimati"), 2**62),
    (pa.timestamp("us", tz="America/New_York"), datetime(2024, 3, 18)), (pa.timestamp("s"), -(2**40)),
    (pa.date32(), -(2**31)), (pa.date64(), 10**18), (pa.duration("ns"), 2**62), (pa.time64("us"), 5),
    (pa.list_(pa.int64()), [1, 2]), (pa.list_(pa.list_(pa.string())), [[["x"]], []][0]),
    (pa.struct([("a", pa.int64())]), {"a": 1}), (pa.map_(pa.string(), pa.int64()), [("a", 1)]),
    (pa.large_string(), "=1+1"),
)  # fmt: skip


def _odd_column(column: pa.ChunkedArray, rows: int, random: Random) -> pa.Array | None:
    kind, value = random.choice(_ARROW_VALUES)
    with suppress(pa.ArrowException, OverflowError, ValueError, TypeError):
        if random.randrange(4) == 0:
            return column.cast(pa.dictionary(pa.int32(), column.type)).combine_chunks()
        if random.randrange(3) == 0:  # one row alone is odd
            values = column.to_pylist()
            values[random.randrange(rows)] = None if random.random() < 0.5 else value
            return pa.array(values, type=column.type)
        return pa.array([value] * rows, type=kind)
    return None


def workbook(data: bytes, random: Random) -> bytes:
    """A workbook with one of its parts changed, gone or doubled; a zip file again."""
    parts = [(entry.filename, zipfile.ZipFile(io.BytesIO(data)).read(entry)) for entry in _entries(data)]
    place = random.randrange(len(parts))
    name, content = parts[place]
    what = random.randrange(5)
    if what < 3:
        parts[place] = (name, mutated(content, random.randrange(10**6)))
    elif what == 3:
        del parts[place]
    else:
        parts.append((random.choice((name, f"../{name}", "/etc/x", "xl/worksheets/sheet99.xml")), content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts:
            packed.writestr(name, content)
    return out.getvalue()


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return packed.infolist()


_ODD_SETTINGS = (
    "-1", "nan", "inf", "1e308", "9" * 400, "true", "''", "[]", "{}", "[[]]", "2024-13-01",
    "2024-03-18T00:00:00-11:00", "'\u202e'", '"\\u0000"', "0x10", "1_0", "{a = 1}", "'=1+1'", "-0.0", "[1, 'a', {}]",
    "07:32:00", f"'{'x' * 3000}'",
)  # fmt: skip


def toml(data: bytes, random: Random) -> bytes:
    """Settings with a value, a name or a line changed."""
    lines = data.decode("utf-8").splitlines()
    for _ in range(random.choice((1, 1, 2))):
        if not lines:
            break
        place = random.randrange(len(lines))
        name, equals, _value = lines[place].partition("=")
        what = random.randrange(6)
        if what < 3 and equals:
            lines[place] = f"{name}= {random.choice(_ODD_SETTINGS)}"
        elif what == 3:
            lines.insert(random.randrange(len(lines)), lines[place])
        elif what == 4:
            _swap(lines, random)
        else:
            lines[place] = random.choice(("[x]", "[[x]]", f"{name.strip() or 'x'}.y = 1", '"" = 1', "# x"))
    return "\n".join(lines).encode()


def text_of_a_chart(data: bytes, random: Random) -> bytes:
    """A note with lines doubled, swapped, gone, joined, or with odd words and numbers in them."""
    lines = data.decode("utf-8").splitlines()
    for _ in range(random.choice((1, 2, 4))):
        if not lines:
            break
        place = random.randrange(len(lines))
        words = lines[place].split(" ")
        what = random.randrange(7)
        if what < 3:
            words[random.randrange(len(words))] = random.choice(ODD_CELLS)
            lines[place] = " ".join(words)
        elif what == 3:
            lines[place:place] = [lines[place]] * random.choice((1, 3, 200))
        elif what == 4:
            _swap(lines, random)
        elif what == 5:
            lines[place] = lines[place] + random.choice(("\f", "", "\x00", "\u202e", " | ")) + random.choice(lines)
        else:
            del lines[place + 1 : place + random.randrange(1, 9)]
    return "\n".join(lines).encode(random.choice(("utf-8",) * 4 + ("utf-16", "cp1252")), "replace")


def chart(data: bytes, random: Random) -> bytes:
    """A note, or a PDF of which one line of text or one object is changed."""
    if not data.startswith(b"%PDF"):
        return text_of_a_chart(data, random)
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 2, 4))):
        place = random.randrange(len(lines))
        what = random.randrange(5)
        if what < 2:
            word = random.choice(ODD_CELLS).encode("utf-8", "replace")
            lines[place] = random.choice((b"(%s) Tj", b"/%s", b"%s 0 obj", b"<< /Length %s >>", b"[ %s ]")) % word
        elif what == 2:
            lines[place:place] = [lines[place]] * random.choice((1, 50))
        elif what == 3:
            _swap(lines, random)
        else:
            del lines[place]
    return b"\n".join(lines)


def table_or_toml(data: bytes, random: Random) -> bytes:
    """A table by its header, else settings."""
    return table(data, random) if b"," in data.partition(b"\n")[0] else toml(data, random)


def table_or_text(data: bytes, random: Random) -> bytes:
    """A table by its header, else lines of text."""
    return table(data, random) if b"," in data.partition(b"\n")[0] else text_of_a_chart(data, random)


def packed(inner: StructuredMutator) -> StructuredMutator:
    """A packed file whose content is changed, or which ends too soon, or is followed by more."""

    def change(data: bytes, random: Random) -> bytes:
        written = gzip.compress(inner(gzip.decompress(data), random), mtime=0)
        what = random.randrange(4)
        return written[: random.randrange(len(written))] if what == 0 else written + (data if what == 1 else b"")

    return change


def either(change: StructuredMutator) -> Callable[[bytes, int], bytes]:
    """Two of three seeds change what the format says, as `change` does or as the file's first bytes tell."""

    def mutate(data: bytes, seed: int) -> bytes:
        random = Random(seed)
        if random.randrange(3) == 0:
            return mutated(data, seed)
        return _BY_BEGINNING.get(data[:2], change)(data, random)

    return mutate


def json_lines(data: bytes, random: Random) -> bytes:
    """JSON, or lines of it, of which one is changed."""
    if data.count(b"\n{") == 0:
        return requests(data, random)
    lines = data.splitlines()
    place = random.randrange(len(lines))
    lines[place] = requests(lines[place], random)
    return random.choice((b"\n", b"\n", b"\r\n", b"\n\n", b",")).join(lines)


def as_bytes(data: bytes, random: Random) -> bytes:
    """A file of no format that is known here, changed as any is."""
    return mutated(data, random.randrange(10**9))


def requests(data: bytes, random: Random) -> bytes:
    """JSON with values changed, and now and then wrapped deep, doubled a thousand times, or with a name twice."""
    text = mutated_json(data, random.randrange(10**9)) if random.randrange(4) else data
    what = random.randrange(6)
    if what == 0:
        return b'{"a":' * 3000 + text + b"}" * 3000
    if what == 1:
        return text.replace(b"{", b'{"resourceType": "Patient", ', random.randrange(1, 4))
    if what == 2:
        with suppress(ValueError):
            whole = json.loads(text)
            _change_node(whole, random)
            return json.dumps(whole, default=str).encode("utf-8", "replace")
    return text


_BY_BEGINNING: dict[bytes, StructuredMutator] = {
    b"\x1f\x8b": packed(table),
    b"PK": workbook,
    b"\xff\xfe": as_bytes,  # UTF-16
}
