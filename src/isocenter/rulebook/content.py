"""A digest of what a policy folder holds: whether two folders are the same policy."""

import hashlib
from pathlib import Path

_OF_A_POLICY = (".sql", ".toml", ".csv")


def digest_of(folder: Path) -> str:
    """The SHA-256 of the rules, definitions, code lists, readings and words of a policy folder."""
    found = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.suffix in _OF_A_POLICY and one.is_file()):
        name = file.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        found.update(b"%s\n%s\n" % (name, hashlib.sha256(file.read_bytes()).hexdigest().encode()))
    return found.hexdigest()
