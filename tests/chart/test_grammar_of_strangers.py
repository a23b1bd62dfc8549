"""Phrases of a stranger's policy that are of another shape are named by their file, as is a table that charts need."""

import shutil
from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import read_grammar
from isocenter.chart.grammar.phrases import Lists, compile_phrase
from isocenter.chart.statements.check import check_grammar
from isocenter.cli import main
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_folder, load_policy
from tests.chart.reading import read_pages_of
from tests.rulebook.folders import ABOUT, write_policy

_CONSULTATION = (
    "Nowhere Clinic   Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950\n# Consultation\nDate: 01/02/2024\n"
    "C18.7, sigmoid.\nElectronically signed by Ada Winter, MD, 01/02/2024"
)


def with_phrases(folder: Path, files: dict[str, str]) -> Path:
    """A policy folder that reads charts by our phrases and otherwise holds little."""
    shutil.copytree(load_policy("imrt").folder / "chart", write_policy(folder, files) / "chart")
    return folder


def test_phrases_without_the_table_of_sites_are_refused_by_the_name_of_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = with_phrases(tmp_path / "small", {})
    lacks = (
        "the policy has no tables/icd10_sites.csv; write one with the columns icd10_from, icd10_to, site, laterality"
    )
    assert check_grammar(load_folder(folder))[0] == lacks
    (tmp_path / "note.txt").write_text(_CONSULTATION, encoding="utf-8")
    assert main(["abstract", str(tmp_path / "note.txt"), "--policy", str(folder)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"small: {lacks}")


@pytest.mark.parametrize(
    "files",
    [
        {"policy.toml": f'{ABOUT}extends = "imrt"\n'},
        {"tables/icd10_sites.csv": "\ufefficd10_from,icd10_to,site,laterality\nC18.7,C18.7,pelvis,\n"},
    ],
    ids=["taken over", "with a byte order mark"],
)
def test_the_table_of_sites_may_be_taken_over_and_written_on_windows(files: dict[str, str], tmp_path: Path) -> None:
    folder = with_phrases(tmp_path / "small", files)
    assert read_pages_of(tmp_path, _CONSULTATION, policy_folder=folder).site == "pelvis"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("statements.toml", "a = 5\n"),
        ("statements.toml", "[a]\nb = 5\n"),
        ("statements.toml", "lists = 5\n"),
        ("statements.toml", "abbreviations = {a = 1}\n"),
        ("papers.toml", "paper = 5\n"),
        ("papers.toml", 'paper = ["x"]\n'),
        ("papers.toml", "fillers = 5\n"),
        ("papers.toml", "weak = 5\n"),
        ("cues.toml", "a = 5\n"),
        ("cues.toml", "[a]\nb = 5\n"),
    ],
)
def test_phrases_of_another_shape_are_refused_by_their_file(file: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / "chart"
    folder.mkdir()
    for name in ("statements.toml", "papers.toml"):
        (folder / name).write_text("", encoding="utf-8")
    for name in ("cues.toml", "signing.toml"):
        shutil.copy(load_policy("imrt").folder / "chart" / name, folder)
    read_grammar(folder)
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRule, match=f"^{file}: a value in it is missing or of the wrong kind"):
        read_grammar(folder)


def test_an_element_read_from_a_table_that_papers_do_not_have_is_refused(tmp_path: Path) -> None:
    phrases = with_phrases(tmp_path / "policy", {}) / "chart"
    (phrases / "statements.toml").write_text('[plan_report.fields]\nfrom = "rows of field"\n', encoding="utf-8")
    with pytest.raises(
        BrokenRule, match=r"plan_report.fields\]: from is 'rows of field'; it must be one of 'constraints"
    ):
        read_grammar(phrases)


@pytest.mark.parametrize(
    ("lists", "phrase", "says"),
    [
        ({"a": ["{b}"], "b": ["x", "{a}"]}, "{a}", "the list 'a' names itself, or lists that name it"),
        ({"a": ["{a} x"]}, "y {a}", "the list 'a' names itself"),
        (
            {"l0": ["word"], **{f"l{n}": [f"{{l{n - 1}}} {{l{n - 1}}}"] for n in range(1, 40)}},
            "{l39}",
            "100,000 letters",
        ),
        ({"l0": ["word " * 1000], "l1": ["{l0}"] * 1000}, "{l1}", "100,000 letters"),
        ({}, "word " * 20_000, "100,000 letters"),
        ({}, "* * * *", "more than 4 gaps, or more than 2"),
        ({}, "plan ... plan ... plan ... plan ... plan ... plan", "more than 4 gaps"),
        ({}, "[plan] " * 9 + "zebra", "more than 8 parts that may be absent"),
    ],
)
def test_a_phrase_that_would_fill_the_memory_or_be_looked_for_without_end_is_refused(
    lists: dict[str, list[str]], phrase: str, says: str
) -> None:
    with pytest.raises(BrokenRule, match=says) as refused:
        compile_phrase(phrase, Lists(lists), "statements.toml")
    assert len(str(refused.value)) < 400
