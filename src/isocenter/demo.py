"""The bundled examples, reviewed: a report, a letter and a checklist for each; one with IMRT beside 3D."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from isocenter.errors import UnreadableInput
from isocenter.files.writing import write_whole
from isocenter.intake.case import read_case
from isocenter.intake.case_contents import CaseContents
from isocenter.phantoms.knobs import Person, PlanStyle, Quirks, Verification
from isocenter.phantoms.make import make_phantom
from isocenter.report.letter import checklist, letter
from isocenter.report.page import review_as_page
from isocenter.report.words import course_name
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.courses import Member
from isocenter.workflow import review_contents


def review_examples(out: Path) -> Iterator[str]:
    """Review every example into a folder of its own below `out`; one line of text an example."""
    examples = examples_folder()
    phantoms = example_plans()
    rulebooks = [load_policy("imrt")]
    names = sorted(folder.name for folder in examples.iterdir() if folder.is_dir())
    for name in names:
        here = out / name
        here.mkdir(parents=True, exist_ok=True)
        plan_folder = None
        if name in phantoms:
            plan_folder = here / "plan"
            make_example_plan(name, plan_folder)
        contents = read_case(examples / name)
        if plan_folder is not None and "comparison_spacing_mm" in phantoms[name]:
            compare_techniques(examples / name, plan_folder, phantoms[name]["comparison_spacing_mm"], here / "plans")
            take_comparison(contents, here / "plans")
        review = review_contents(contents, rulebooks, plan_folder=plan_folder)
        write_whole(here / "report.html", review_as_page(review, rulebooks, None))
        write_whole(here / "letter.html", letter(review, rulebooks))
        write_whole(here / "checklist.html", checklist(review, rulebooks))
        yield f"{name:<32} {course_name(review):<24} {here / 'report.html'}"
    yield f"{len(names)} examples reviewed; the letter and the pre-bill checklist are beside each report."


def compare_techniques(case: Path, plan_folder: Path, spacing_mm: float, out: Path) -> None:
    """Make the IMRT and the 3D conformal plan of an example; those of an earlier run with the same content are kept."""
    from isocenter.plan_making import TECHNIQUES, content_key, files_taken, make_plans  # noqa: PLC0415
    from isocenter.report.plans_page import kept_text, write_plans_whole  # noqa: PLC0415 - numba loads when plans are made

    key = content_key(files_taken(case, (plan_folder,), out), TECHNIQUES, spacing_mm)
    if kept_text(out, key) is None:
        write_plans_whole(make_plans(case, spacing_mm=spacing_mm, plan_folder=plan_folder), out, key)


def take_comparison(contents: CaseContents, folder: Path) -> None:
    """Add the comparison of techniques in a folder to what was read of a case, as if it lay in the case."""
    made = read_case(folder)
    contents.rows += made.rows
    contents.supplied |= made.supplied
    contents.compared_pictures += made.compared_pictures
    contents.inputs += made.inputs


def example_plans() -> dict[str, dict[str, Any]]:
    """What examples/phantoms.toml says of the plan of each example that has one."""
    return tomllib.loads((examples_folder() / "phantoms.toml").read_text(encoding="utf-8"))


def make_example_plan(name: str, folder: Path) -> None:
    """Make the synthetic plan that goes with an example, of the patient whom its case names."""
    wanted = example_plans()[name]
    style = None
    if "technique" in wanted:
        style = PlanStyle(
            technique=wanted["technique"],
            gantry_deg=tuple(wanted["gantry_deg"]),
            compensator_data=wanted.get("compensator_data", True),
        )
    verification = None
    if "verification" in wanted:
        error = wanted["verification"]
        verification = Verification(error["kind"], error["scale_percent"], tuple(error["shift_mm"]))
    quirks = Quirks(renamed=tuple(wanted.get("renamed", {}).items()))
    make_phantom(
        wanted["phantom"],
        folder,
        start=wanted["start"],
        quirks=quirks,
        style=style,
        verification=verification,
        person=_person_of(name),
    )


def _person_of(example: str) -> Person | None:
    """The member of an example as the files of a plan name a patient."""
    for row in read_case(examples_folder() / example).rows:
        if isinstance(row, Member):
            number = row.medical_record_number or row.member_id
            sex: Literal["M", "F", ""] = "M" if row.sex == "M" else "F" if row.sex == "F" else ""
            return Person(row.family_name, row.given_name, number, row.birth_date, sex)
    return None


def examples_folder() -> Path:
    """The examples in an installed package, or at the top of a checkout."""
    package = Path(str(files("isocenter")))
    for folder in (package / "examples", package.parents[1] / "examples"):
        if (folder / "phantoms.toml").is_file():
            return folder
    raise UnreadableInput("the bundled examples were not found; reinstall isocenter or run it in a checkout")
