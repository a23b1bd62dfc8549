"""Notes which policies a screening ran, without a place on the machine, and finds them again for a review."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.files.structured import read_json
from isocenter.files.texts import named_within, shown
from isocenter.rulebook.content import digest_of
from isocenter.rulebook.rulebook import Rulebook


def noted(rulebook: Rulebook) -> dict[str, str]:
    """What a summary says of a policy; of a folder its name and its content's digest, not where it lies."""
    described = {"name": rulebook.name, "title": rulebook.title, "valid_from": str(rulebook.valid_from)}
    if rulebook.valid_to:
        described["valid_to"] = str(rulebook.valid_to)
    if rulebook.is_bundled:
        return described
    return {**described, "folder": named_within(rulebook.folder), "sha256": digest_of(rulebook.folder)}


def policies_of(screening: Path) -> list[str]:
    """The policies that a screening ran, by name or folder.

    A folder is looked for as it was named, from here and from beside the screening. Raises UnreadableInput where there
    is no finished screening, or where a folder is not found or holds something else by now.
    """
    try:
        summary = read_json(screening / "summary.json")
        entries = [(str(entry["name"]), entry) for entry in summary["policies"]]
    except (OSError, ValueError, KeyError, TypeError):
        where = f"{shown(screening)}: no finished screening"
        raise UnreadableInput(f"{where}; make one by `isocenter screen --out`") from None
    return [_folder_of(screening, entry) if entry.get("folder") else name for name, entry in entries]


def _folder_of(screening: Path, entry: Mapping[str, Any]) -> str:
    named = Path(str(entry["folder"]))
    there = [one for one in (named, screening.absolute().parent / named) if (one / "policy.toml").is_file()]
    same = [one for one in there if digest_of(one) == entry.get("sha256")]
    if same:
        return str(same[0])
    wrong = "has changed since" if there else "is not found from here"
    ran = f"the screening ran the policy folder {shown(named)}, which {wrong}"
    raise UnreadableInput(f"{shown(screening)}: {ran}; name the one to review by with --policy")


def readings_of(screening: Path, policy: str) -> dict[str, float | str]:
    """The readings by which a screening judged, of one policy; those with a value for each time are left out."""
    summary = read_json(screening / "summary.json")
    own = [entry for entry in summary["readings"] if entry["policy"] == policy]
    names = [entry["name"] for entry in own]
    return {entry["name"]: entry["value"] for entry in own if names.count(entry["name"]) == 1}
