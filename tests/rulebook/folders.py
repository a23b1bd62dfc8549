"""Small policy folders for tests, written file by file."""

from pathlib import Path

ABOUT = """\
name = "small"
title = "A small policy"
line_of_business = "medicare"
valid_from = 2010-01-01
"""
FILES = {
    "policy.toml": ABOUT,
    "requirements.csv": "id,section,codes,kind,requirement\nR-1,text,,coding,No line is of one unit\n",
    "documents.csv": "kind,element,requirement,label\n",
    "sections.csv": "section,pattern,begins,label\ntext,^Text,after,Text\n",
}


def rule(outcome: str = "'met'", header: str = "", *, because: str = "'a line'") -> str:
    """A rule that answers one outcome for every claim line."""
    return (
        "-- title:        Every line is looked at\n"
        "-- requirements: R-1\n"
        "-- cites:        text, paragraph 1\n"
        "-- judges:       claim_line\n"
        "-- needs:        claim_lines\n"
        "-- consequence:  deny\n"
        "-- remedy:       Look again.\n"
        f"{header}\n"
        "select\n"
        "    claim_lines.claim_line_id as subject_id,\n"
        f"    {outcome} as outcome,\n"
        f"    {because} as because\n"
        "from claim_lines\n"
    )


def write_policy(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A policy folder with the least that one needs, and with these files beside or instead of it."""
    for name, text in {**FILES, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
