"""One set of hostile texts, tried on every output: none becomes markup, a formula, an escape sequence or SQL."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest

from isocenter.cli import main
from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.measures import MeasuredPlan
from isocenter.evidence.pictures import dvh_chart
from isocenter.files.texts import cell_of_text, markdown_text, printable, quoted, shown, spreadsheet_cell, text_of_cell
from isocenter.measuring import MeasuredFolder
from isocenter.mu_checking import verifications_of
from isocenter.report.measures_page import evidence_of, measures_as_page, measures_as_text
from isocenter.report.mu_page import check_as_page, check_as_text, verifications_as_table
from isocenter.report.plans_page import plans_as_page
from isocenter.report.rules_page import rules_as_markdown
from isocenter.report.scorecard import PublishedLimit, PublishedLimits, scorecards_as_csv
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.chart import Constraint
from isocenter.terms.findings import InputFile
from isocenter.terms.plans import ConstraintResult, Plan, PlanField, PlanMeasure, Structure, Verification
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture
from isocenter.terms.values import without_unseen
from tests.report.plan_pages import checked_plan, plans_made
from tests.rulebook.folders import ABOUT, rule, write_policy

_DAY = date(2026, 3, 6)

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><h1>x</h1>",
    "{{ 7 * 7 }}{% for x in y %}",
    "${HOME}",
    "javascript:alert(1)",
    "&lt;b&gt;&amp;",
    "<!-- x",
    "=HYPERLINK(1)",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "＝1+1",
    "'; drop table findings; --",
    "%s%n{0}",
    "$\\frac{1}{0}$",
    "\\input{/etc/passwd}",
    "../../etc/passwd",
    "right\u202eleft",
    "null\u2028line",
    "\u2066isolated\u2069 \u200fmark",
    "next\u0085line",
    "Ω≈ç√ 漢字 🩻",
    "a" * 2000,
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x07",
    "\x9b31mred\x9d0;title\x9c",
    "＋1＠SUM(1)",
    "\u3000=1+1",
    "</script><script>alert(1)</script>",
    "<img srcset='x 1x' style='background:url(javascript:alert(1))'>",
    "{# note #}{{ request.user.password }}",
    "\u202dleft\u202c\u061c\u200e",
    "\ufff9annotation\ufffb\U000e0041",
)


class Skeleton(HTMLParser):
    """Tags and the names of their attributes, without any text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        for name, value in attrs:
            assert not (name in ("href", "src") and (value or "").startswith("javascript:"))


def _case(folder: Path, text: str) -> Path:
    folder.mkdir()
    # YAML ends a line at some of these, and holds no others.
    text = one_line = re.sub("[\u2028\x07\x1b\x80-\x9f]", " ", text)
    cell = io.StringIO()
    text = without_unseen(text)  # a line of a claim with these is left out
    names = [text, text + "-claim", "1", "2024-03-18", "77301", "1", "professional", "1999999984", text]
    csv.writer(cell).writerow(names)
    header = "claim_line_id,claim_id,line_number,service_date,procedure_code,units,setting,billing_npi,member_id"
    (folder / "claim_lines.csv").write_text(f"{header}\n{cell.getvalue()}", encoding="utf-8")
    member = "'" + text.replace("'", "''") + "'"
    quoted = "'" + one_line.replace("'", "''") + "'"
    (folder / "case.yaml").write_text(
        f"courses:\n- {{course_id: {quoted}, member_id: {member}, line_of_business: medicare, site: breast,"
        " laterality: left, delivery_technique: mlc, intent: curative}\n"
        f"documents:\n- document_id: {quoted}\n  kind: necessity_statement\n  document_date: 2024-03-18\n"
        f"  signatures: [{{role: radiation_oncologist, signer: {quoted}, signed_on: 2024-03-18}}]\n"
        f"constraints:\n- {{structure: {quoted}, metric: Dmax, comparison: '<=', limit: 45, unit: Gy}}\n",
        encoding="utf-8",
    )
    (folder / f"x{one_line[:40].replace('/', '_')}.bin").write_bytes(b"\x00\x01")
    return folder


def _outputs(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    case = _case(folder / "case", text)
    pages = [folder / name for name in ("report.html", "letter.html", "checklist.html")]
    options = [
        option
        for name, page in zip(("report", "letter", "checklist"), pages, strict=True)
        for option in (f"--{name}", str(page))
    ]
    assert main(["review", str(case), *options]) == 0
    found = {page.name: page.read_text(encoding="utf-8") for page in pages}
    found["terminal"] = capsys.readouterr().out
    assert main(["review", str(case), "--json"]) == 0
    found["json"] = capsys.readouterr().out
    assert main(["review", str(case), "--each", str(folder / "each")]) == 0
    found["index.html"] = (folder / "each" / "index.html").read_text(encoding="utf-8")
    found["terminal of each"] = capsys.readouterr().out
    assert main(["review", str(case), "--letter", str(folder / "letter.pdf"), f"--letter-from={text}"]) == 0
    capsys.readouterr()
    document = pypdfium2.PdfDocument(folder / "letter.pdf")
    found["letter.pdf"] = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, ...]]]:
    """The skeletons of the pages of the same case with a harmless text."""
    folder = tmp_path_factory.mktemp("plain")
    case = _case(folder / "case", "harmless")
    pages = {name: folder / f"{name}.html" for name in ("report", "letter", "checklist")}
    options = [part for name, page in pages.items() for part in (f"--{name}", str(page))]
    assert main(["review", str(case), *options]) == 0
    assert main(["review", str(case), "--each", str(folder / "each")]) == 0
    written = [*pages.values(), folder / "each" / "index.html"]
    return {page.name: Skeleton(page.read_text(encoding="utf-8")).tags for page in written}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_text_stays_text_in_every_output_of_a_review(
    text: str, plain: dict[str, list[tuple[str, ...]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _outputs(tmp_path, text, capsys)
    for page, tags in plain.items():
        assert Skeleton(found[page]).tags == tags
    assert "\x1b" not in found["terminal"]
    assert "\x1b" not in found["terminal of each"]
    assert printable(found["terminal"]) == found["terminal"]
    assert printable(found["json"]) == found["json"]
    assert not {"\x1b", "\u202e", "\u2066", "\u200f"} & set(found["letter.pdf"])


def _measured(text: str) -> tuple[str, str, str]:
    """Page, scorecard and text of a measured plan whose labels, structures and problems are all this text."""
    plan = Plan(text, text, text, technique=text, technique_reason=text, reviewer=text, prescribed_dose_gy=50.0)
    rows = (
        plan,
        Structure(text, 1, text, "critical", text, role_source=text),
        PlanField(text, 1, text, text),
        PlanMeasure(text, text, "", "", "mean", 4.0, "Gy"),
        PlanMeasure(text, text, text, text, "distance_mm", 4.0, "mm"),
        ConstraintResult(text, text, "mean", "<=", 5.0, "Gy", 4.0, 1.0),
        Verification(text, text, "measurement", text, criteria=text, value=99.0, unit="%"),
    )
    limits = PublishedLimits((PublishedLimit(text, "mean", 3.0, "Gy", text, text),))
    found = MeasuredFolder(
        MeasuredPlan(rows, ()),
        (Picture("dvh", text, text, "image/svg+xml", b"<svg/>"),),
        (Problem(text, text, text),),
        (InputFile(text, text, "ab" * 32, 1),),
    )
    evidence = evidence_of(found, limits)
    return (
        measures_as_page(found, limits),
        scorecards_as_csv(evidence.scorecards),
        printable(measures_as_text(found, evidence)),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_text_stays_text_on_the_page_of_a_measured_plan_its_scorecard_and_the_terminal(text: str) -> None:
    page, table, said = _measured(text)
    assert Skeleton(page).tags == Skeleton(_measured("harmless")[0]).tags
    for row in csv.reader(io.StringIO(table)):
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row)
        assert not any(cell.startswith("-") and not _is_number(cell) for cell in row)
    assert printable(said) == said
    assert "\x1b" not in said


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_text_stays_text_on_the_pages_of_plans_and_of_monitor_units(text: str) -> None:
    for page_of in (lambda text: plans_as_page(plans_made(text)), lambda text: check_as_page(checked_plan(text), text)):
        assert Skeleton(page_of(text)).tags == Skeleton(page_of("harmless")).tags
    said = printable(check_as_text(checked_plan(text)))
    assert printable(said) == said
    assert "\x1b" not in said
    for row in csv.reader(io.StringIO(verifications_as_table(verifications_of(checked_plan(text), text, _DAY)))):
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row)


def _screened(folder: Path, texts: Sequence[str]) -> Path:
    """A screening of one course for each text, which names its member, claim, provider and file."""
    cells = io.StringIO()
    writer = csv.writer(cells)
    writer.writerow(
        ["claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting", "billing_npi"]
    )
    for number, text in enumerate(texts):
        shared = [f"{text}-claim", f"{text}-{number:03d}"]
        for line, code in enumerate(("77301", "77301", "77338", "77295"), start=1):
            writer.writerow(
                [shared[0], line, shared[1], f"2024-0{line}-0{1 + number % 9}", code, 9, "professional", text]
            )
    folder.mkdir()
    (folder / "claims.csv").write_text(cells.getvalue(), encoding="utf-8")
    options = ["--workers", "1", "--policy", "imrt", "--reports", "3"]
    assert main(["screen", str(folder / "claims.csv"), "--out", str(folder / "out"), *options]) == 0
    return folder / "out"


@pytest.mark.slow
def test_hostile_texts_stay_text_in_every_answer_of_a_screening(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [text.replace("\u2028", " ").replace("\u0085", " ") for text in HOSTILE]
    texts = list(map(without_unseen, texts))
    hostile = _screened(tmp_path / "hostile", texts)
    said = capsys.readouterr().out
    harmless = _screened(tmp_path / "harmless", [f"harmless {number}" for number in range(len(texts))])
    for page in ("summary.html", "worklist.html"):
        tags = [Counter(Skeleton((out / page).read_text(encoding="utf-8")).tags) for out in (hostile, harmless)]
        assert tags[0] == tags[1], page
    assert "\x1b" not in said
    tables = sorted(hostile.glob("*.csv"))
    assert {table.name for table in tables} >= {"findings.csv", "lines.csv", "worklist.csv"}
    for table in tables:
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                assert not any(cell.lstrip().startswith(("=", "+", "@", "＝")) for cell in row), table.name
                assert not any(cell.startswith(("\t", "\n")) or "\x1b" in cell for cell in row), table.name
                assert not any(cell.startswith("-") and not _is_number(cell) for cell in row), table.name


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_name_of_a_structure_is_drawn_as_letters_and_is_no_part_of_the_picture(text: str) -> None:
    curve = np.linspace(0.0, 40.0, 41)
    dvh = Dvh(1, text, curve, np.ones(40), 40.0, 0.0, 0.0, 20.0, 40.0, "slab", "half", "excluded", (3, 3, 3), 1.0, 9)
    drawn = dvh_chart([dvh], {text: "critical"}, [Constraint("C", text, "mean", "<=", 5, "Gy")], 40.0)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawn.data.decode()).iter()}
    assert tags <= {"svg", "style", "defs", "g", "path", "use", "clipPath", "rect", "image"}
    assert b"javascript:" not in drawn.data


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_cell_of_csv_is_no_formula(text: str) -> None:
    assert spreadsheet_cell(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert "\x1b" not in spreadsheet_cell(text)
    for formula in ("\t=1", "\n=1", " =1", "＝1+1", "＋1", "－1", "＠SUM(1)"):
        assert spreadsheet_cell(formula)[:1] == "'"
    for name in ("=1", "'=1", "''-PTV", "'quoted", "-1", "P'=1", text):
        assert text_of_cell(cell_of_text(name)) == name


def test_control_characters_never_reach_a_terminal() -> None:
    text = "".join(map(chr, range(0x20))) + "\x7f\x9b31m\u202e"
    assert set(printable(text)) <= {" ", "\n", "3", "1", "m"}
    assert "\n" not in shown(text)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("[pay](javascript:alert(1))", r"\[pay\](javascript:alert(1))"),
        ("![x](http://a.example/b.png)", r"!\[x\](http://a.example/b.png)"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
        ("a\n\n# **Covered**\n`b`", r"a # \*\*Covered\*\* \`b\`"),
        ("ends in \\", "ends in \\\\"),
        ("V70Gy of 28 %, 3D_plan", "V70Gy of 28 %, 3D_plan"),
    ],
)
def test_a_text_within_markdown_is_no_markup(text: str, safe: str) -> None:
    assert markdown_text(text) == safe


def _rules_page(folder: Path, text: str) -> str:
    """The page of the rules of a policy whose every text is this one."""
    cell = '"' + text.replace('"', '""') + '"'
    policy = write_policy(
        folder,
        {
            "policy.toml": ABOUT.replace('"A small policy"', quoted(text)),
            "requirements.csv": f"id,section,codes,kind,requirement\n{cell},text,,coding,{cell}\n",
            "codes/a.csv": f"list,code,label,valid_from,valid_to,source\na,{cell},{cell},2024-01-01,,{cell}\n",
            "readings.toml": f"[{quoted(text)}]\nvalue = 1\nunit = {quoted(text)}\nreason = {quoted(text)}\n"
            f"source = {quoted(text)}\n",
            "waiting.csv": f"rule,requirement,reason\n{cell},{cell},{cell}\n",
            "definitions/lines.sql": f"-- title: {text}\nselect * from claim_lines\n",
            "coding/r.sql": rule()
            .replace("Every line is looked at", text)
            .replace("text, paragraph 1", text)
            .replace("R-1", text.replace(",", ""))
            .replace("Look again.", text),
        },
    )
    return rules_as_markdown([load_policy(str(policy))])


@pytest.mark.parametrize("text", [*HOSTILE, "[pay](javascript:alert(1))", "a | b", "# x", "`x`"], ids=ascii)
def test_a_text_of_a_policy_is_no_markup_on_the_page_of_its_rules(text: str, tmp_path: Path) -> None:
    def markup(page: str) -> list[str]:
        return re.findall(r"^[#|>-]+|[\[\]<>|*]|\(#", re.sub(r"\\.", "", page), flags=re.MULTILINE)

    text = without_unseen(text.replace("\u2028", " ").replace("\u0085", " "))
    page = _rules_page(tmp_path / "hostile", text)
    assert markup(page) == markup(_rules_page(tmp_path / "harmless", "harmless"))
    assert printable(page) == page
