"""The page: complete, self-contained, escaped, readable by a screen reader, the same each time."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from isocenter.report.chart import PlanSays, conditions_of_necessity
from isocenter.report.page import review_as_page
from isocenter.report.points import open_points
from isocenter.rulebook.citations import Passages
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.chart import Document, DocumentElement
from isocenter.terms.findings import CourseRecommendation, Evidence
from isocenter.terms.plans import PlanMeasure
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture, Review
from tests.builders import store_of
from tests.report.cases import (
    claims_only_review,
    course_tables,
    finding,
    illustrated,
    plain_review,
    review_of,
    rulebooks,
    usual_review,
)
from tests.report.html_checks import Page, faults

EVIL = '"><script>alert(1)</script>'


def _page(review: Review) -> str:
    return review_as_page(review, rulebooks(), None)


@pytest.mark.parametrize(
    "made",
    [
        usual_review,
        lambda: usual_review(5),
        lambda: usual_review(45),
        claims_only_review,
        lambda: illustrated(usual_review()),
        lambda: plain_review(recommendation=CourseRecommendation.COVER),
        lambda: plain_review(finding(rule="unknown"), recommendation=CourseRecommendation.DO_NOT_COVER, L1="deny"),
        lambda: plain_review(recommendation=CourseRecommendation.OUT_OF_SCOPE, L1="pay"),
    ],
    ids=["usual", "short", "long", "claims only", "with pictures", "nothing at all", "unknown rule", "out of scope"],
)
def test_the_page_is_well_formed_self_contained_and_accessible(made: Callable[[], Review]) -> None:
    assert faults(_page(made())) == []


def test_the_page_leads_with_the_recommendation_and_what_would_change_it() -> None:
    words = Page(_page(usual_review())).words()
    assert words.index("Request documentation") < words.index("What would change it") < words.index("Open points")
    assert "the determination is a person's" in words


def test_an_adverse_recommendation_says_that_a_clinician_determines() -> None:
    review = plain_review(
        finding(consequence="not_necessary"), recommendation=CourseRecommendation.DO_NOT_COVER, L1="deny"
    )
    assert "a clinician has to make the determination" in Page(_page(review)).words()


def test_every_open_finding_is_on_the_page_with_its_sentence() -> None:
    words = Page(_page(usual_review())).words()
    for point in open_points(usual_review(), rulebooks()):
        assert point.title in words
        for some in point.findings:
            assert " ".join(some.because.split())[1:] in re.sub(r"\s+([.,;:])", r"\1", words)


def test_every_claim_line_is_on_the_page() -> None:
    words = Page(_page(usual_review(45))).words()
    for line in usual_review(45).lines:
        assert line.claim_line_id in words


def test_names_from_the_input_cannot_become_html() -> None:
    usual = usual_review(28, EVIL)
    review = replace(
        usual,
        problems=(Problem(EVIL, EVIL, EVIL),),
        facts={
            **usual.facts,
            "documents": (*usual.facts["documents"], Document(EVIL, "C1", EVIL, date(2024, 2, 1), EVIL, EVIL)),
            "document_elements": (
                *usual.facts["document_elements"],
                DocumentElement("D1", "condition_concavity", EVIL),
            ),
            "plan_measures": (PlanMeasure("P1", EVIL, EVIL, EVIL, EVIL, 1.0, EVIL),),
        },
        pictures=(Picture(EVIL, EVIL, EVIL, f"image/png{EVIL}", b"x"),),
        findings=tuple(replace(some, because=f"{some.because} {EVIL}") for some in usual.findings),
    )
    html = _page(review)
    assert "<script" not in html
    assert faults(html) == []
    assert EVIL in Page(html).words()


def test_a_detail_with_quotes_and_ampersand_is_shown_as_written() -> None:
    assert 'rectum "touches" PTV & seed' in Page(_page(usual_review())).words()


def test_the_passage_is_beside_each_finding_where_a_copy_of_the_text_is_at_hand(policy_text: Path) -> None:
    passages = Passages.read(policy_text, load_policy("imrt").sections)
    html = review_as_page(usual_review(), rulebooks(), passages)
    assert html.count("<blockquote>") == len(open_points(usual_review(), rulebooks()))
    assert "Not found in the copy" not in html
    assert faults(html) == []
    assert "<blockquote>" not in _page(usual_review())


def test_pictures_are_inside_the_page_and_their_captions_are_said() -> None:
    page = Page(_page(illustrated(usual_review(), pictures=3)))
    assert [image["src"].startswith("data:image/png;base64,") for image in page.named("img")] == [True] * 3
    assert all("Rectum & bladder <sparing>" in image["alt"] for image in page.named("img"))


def test_a_page_without_room_for_all_pictures_keeps_the_portals_and_names_what_it_left_out() -> None:
    names = ("isodose", "isodose_closest", "portals_2")
    large = tuple(Picture(name, f"Picture {name}", "", "image/png", bytes(700_000)) for name in names)
    html = _page(replace(usual_review(45), pictures=large))
    assert len(html.encode()) < 2_500_000
    assert html.count("<img") == 2
    assert html.count("Left out: 700 kB") == 1
    at = [html.index(f"Picture {name}<") for name in names]
    assert at == sorted(at)
    assert at[0] < html.index("Left out: 700 kB") < at[2]


def test_the_same_facts_give_the_same_page() -> None:
    assert _page(review_of(store_of(course_tables()))) == _page(usual_review())


def test_the_page_names_what_was_not_assessed_and_which_table_is_missing() -> None:
    words = Page(_page(claims_only_review())).words()
    assert "No chart was supplied." in words
    for entry in claims_only_review().not_assessed:
        assert load_policy("imrt").rule(entry.rule).title in words


def test_the_inputs_stand_with_their_hashes_and_the_readings_with_their_reasons() -> None:
    words = Page(_page(usual_review())).words()
    for file in usual_review().inputs:
        assert file.sha256 in words
    for reading in usual_review().readings:
        assert " ".join(reading.reason.split()) in words


def test_a_documented_condition_names_its_document_and_what_the_plan_says() -> None:
    conditions = {c.requirement: c for c in conditions_of_necessity(usual_review(), rulebooks())}
    assert [d.letter for d in conditions["NEC-C1"].documents] == ["A"]
    assert not conditions["NEC-C2"].documents
    assert not conditions["NEC-C5"].documents


@pytest.mark.parametrize(("evidence", "says"), list(zip(Evidence, PlanSays, strict=False)))
def test_what_the_plan_says_about_a_condition_is_what_its_finding_states_whatever_its_words(
    evidence: Evidence, says: PlanSays
) -> None:
    plain = usual_review()
    measured = (PlanMeasure("P1", "", "", "", "portals", 7.0),)
    usual = replace(plain, facts={**plain.facts, "plan_measures": measured})
    words = "the measures support it, and the measures contradict it"
    findings = tuple(replace(finding, because=words, evidence=evidence) for finding in usual.findings)
    conditions = conditions_of_necessity(replace(usual, findings=findings), rulebooks())
    assert {condition.plan for condition in conditions} == {says}


def test_a_plan_that_was_not_measured_is_not_said_to_show_nothing() -> None:
    usual = usual_review()
    findings = tuple(replace(finding, evidence=Evidence.NOT_STATED) for finding in usual.findings)
    conditions = conditions_of_necessity(replace(usual, findings=findings), rulebooks())
    assert {condition.plan for condition in conditions} == {PlanSays.NOT_MEASURED}


def _luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_color_of_text_has_the_contrast_of_wcag_aa(theme: int) -> None:
    css = (files("isocenter.report") / "templates" / "colors.css").read_text()
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css.split("@media")[theme]))
    for ground in ("ground", "sheet", "tint"):
        for ink in ("ink", "soft", "accent", "pay", "reduce", "deny", "request", "review"):
            light, dark = sorted([_luminance(colors[ground]), _luminance(colors[ink])], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_the_terminal_and_the_json_do_not_wait_for_the_template_engine() -> None:
    code = (
        "import sys; import isocenter.report.terminal, isocenter.report.as_json, isocenter.report.page;"
        "print(sorted({'jinja2', 'matplotlib', 'numba'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_denial_shows_group_reason_and_remark_code() -> None:
    refused = replace(finding(rule="one_plan_per_course"), rarc="M86")
    page = _page(plain_review(refused, recommendation=CourseRecommendation.DO_NOT_COVER, L1="deny"))
    assert "Reason code CO-97 with M86." in page
    assert "Reason code CO-97." in _page(
        plain_review(replace(refused, rarc=""), recommendation=CourseRecommendation.DO_NOT_COVER, L1="deny")
    )
