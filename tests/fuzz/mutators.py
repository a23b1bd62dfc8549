"""Changes a file in the ways that files are damaged or tampered with, by a seed: the same seed, the same bytes."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

_NUMBER = re.compile(rb"\d[\d.-]*")
_WORD = re.compile(rb"[A-Za-z_]+")
EXTREMES = (
    b"0", b"-1", b"1e308", b"-1e308", b"nan", b"inf", b"2147483648", b"-2147483649", b"99999999999999999999",
    b"9" * 400, b"0001-01-01", b"9999-12-31", b"10000-01-01", b"1e-320", b"0x10", b"1_000", b"true", b"null", b"",
)  # fmt: skip
TEXTS = (
    b'"', b"'", b"\\", b"\x00", b"\n", b"\r", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[31m", b"=1+1", b"<script>",
    b"${HOME}", b"{{1}}", b"*x", b"&x", b"!!python/object:os.system", b"- " * 50, b"[" * 60,
    b"x" * 3000, "é\u202e".encode(), b"~", b"*",
)  # fmt: skip

Mutator = Callable[[bytes, Random], bytes]


def flip_bits(data: bytes, random: Random) -> bytes:
    """A few bits changed, as on a bad disk."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(data: bytes, random: Random) -> bytes:
    """The end is missing, as after a broken transfer."""
    return data[: random.randrange(len(data))]


def remove(data: bytes, random: Random) -> bytes:
    """A stretch is missing."""
    start = random.randrange(len(data))
    return data[:start] + data[start + random.randint(1, 200) :]


def repeat(data: bytes, random: Random) -> bytes:
    """A stretch is there again."""
    start = random.randrange(len(data))
    piece = data[start : start + random.randint(1, 400)]
    return data[:start] + piece * random.randint(2, 5) + data[start:]


def swap(data: bytes, random: Random) -> bytes:
    """Two stretches have changed places."""
    first, second = sorted(random.randrange(len(data)) for _ in range(2))
    size = random.randint(1, 60)
    a, b = data[first : first + size], data[second : second + size]
    return data[:first] + b + data[first + size : second] + a + data[second + size :]


def insert_text(data: bytes, random: Random) -> bytes:
    """Something that another format, or a tamperer, means something by."""
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(TEXTS) + data[place:]


def change_number(data: bytes, random: Random) -> bytes:
    """A number becomes one that does not fit."""
    return _replace(data, random, _NUMBER, random.choice(EXTREMES))


def change_word(data: bytes, random: Random) -> bytes:
    """A word becomes another one of the file."""
    words = _WORD.findall(data)
    return _replace(data, random, _WORD, random.choice(words)) if words else data


def zero(data: bytes, random: Random) -> bytes:
    """A stretch of nothing, as where a file was not written to the end."""
    start = random.randrange(len(data))
    size = random.randint(1, 500)
    return data[:start] + b"\x00" * len(data[start : start + size]) + data[start + size :]


MUTATORS: tuple[Mutator, ...] = (
    flip_bits, cut, remove, repeat, swap, insert_text, change_number, change_number, change_word, zero,
)  # fmt: skip


def mutated(data: bytes, seed: int) -> bytes:
    """The data with one to three changes."""
    random = Random(seed)
    for _ in range(random.choice((1, 1, 2, 3))):
        if data:
            data = random.choice(MUTATORS)(data, random)
    return data


_ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "\x00", "é\u202e", "=1+1", "<script>", "x" * 3000,
    "0000-00-00", "2024", "#x", "Patient/another", "urn:uuid:nowhere", "http://10.0.0.1/", "file:///etc/passwd",
    [], {}, [[]], [None], [{}],
)  # fmt: skip


def mutated_json(data: bytes, seed: int) -> bytes:
    """JSON with one to three of its values changed, gone, doubled, wrapped, or in another's place; JSON again.

    The bytes of one in four are changed as those of any file.
    """
    random = Random(seed)
    if random.randrange(4) == 0:
        return mutated(data, seed)
    whole = json.loads(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        places = list(_places(whole))
        if not places:
            break
        holder, key = random.choice(places)
        held = holder[key]
        other, other_key = random.choice(places)
        changes = (random.choice(_ODD_VALUES), [held], {"x": held}, [held, held], other[other_key])
        if random.randrange(6) == 0:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(random.choice(changes))
    return json.dumps(whole).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where a value is held, for each one within another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield value, key
        yield from _places(one)


def _replace(data: bytes, random: Random, pattern: re.Pattern[bytes], text: bytes) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start()] + text + data[one.end() :]
