"""A refusal by a person carries the codes that the payer's own table gives to the rules that were open."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from isocenter import cli
from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.asked_claims import claim_of
from isocenter.fhir.authorizations.authorizations import DENIED, PENDED, Determination, decide
from isocenter.fhir.authorizations.reason_codes import ReasonCode, ReasonCodes, read_reason_codes
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.authorizing import Authorizations
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.requests import authorization
from tests.fhir.test_authorizations import DETERMINATION, actions

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SYSTEM = "https://payer.example/reasons"
HEAD = "policy,rule,system,code\n"
Json = dict[str, Any]


def written(folder: Path, text: str) -> Path:
    path = folder / "codes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def reasons(response: Json) -> list[list[str]]:
    return [
        [
            part["valueCodeableConcept"]["coding"][0]["code"]
            for part in item["adjudication"][0]["extension"][0]["extension"]
            if part["url"] == "reasonCode"
        ]
        for item in response["entry"][0]["resource"]["item"]
    ]


def given_and_determined(
    judges: Judges, records: Records, codes: ReasonCodes | None, made: Determination
) -> tuple[Json, Json]:
    authorizations = Authorizations(judges, records, lambda: NOW, reason_codes=codes)
    given = authorizations.submit(authorization(("77301", 1), ("G6015", 28)))
    records.determine(given["id"].removeprefix("response-"), made)
    return given, authorizations.submit(authorization(("77301", 1), ("G6015", 28)))


@pytest.fixture
def open_rule(judges: Judges) -> tuple[str, str]:
    decisions, _ = decide(claim_of(authorization()), judges, NOW.date())
    assert decisions[1].action == PENDED
    return decisions[1].rules[0]


def test_each_refused_item_states_the_codes_of_its_rules_once(
    judges: Judges, records: Records, open_rule: tuple[str, str], tmp_path: Path, shared_data: Path
) -> None:
    rows = "".join(f"{','.join(open_rule)},{SYSTEM},{code}\n" for code in ("N2", "N1"))
    codes = read_reason_codes(written(tmp_path, HEAD + rows), judges.rulebooks)
    assert codes == {open_rule: [ReasonCode(SYSTEM, "N2"), ReasonCode(SYSTEM, "N1")]}
    given, ended = given_and_determined(judges, records, codes, DETERMINATION)
    assert (actions(given), reasons(given)) == ([PENDED] * 2, [[], []])
    assert (actions(ended), reasons(ended)) == ([DENIED] * 2, [["N2", "N1"]] * 2)
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz")
    assert not [issue for issue in check(ended, definitions) if issue.severity == "error"]


def test_a_rule_that_the_person_names_at_the_command_line_is_the_reason(
    judges: Judges, tmp_path: Path, open_rule: tuple[str, str]
) -> None:
    named = ("imrt", "one_plan_per_course")
    codes = {open_rule: [ReasonCode(SYSTEM, "N1")], named: [ReasonCode(SYSTEM, "N2")]}
    records = Records(tmp_path / "answers.db")
    authorizations = Authorizations(judges, records, lambda: NOW, reason_codes=codes)
    given = authorizations.submit(authorization(("77301", 1), ("G6015", 28)))
    by = ["--name", "D. Example MD", "--npi", "1999999984", "--specialty", "Radiology"]
    refusal = ["--deny", "--reason", "Billed before", *by, *["--rule", "/".join(named)] * 2]
    assert cli.main(["determine", given["id"], "--records", str(tmp_path / "answers.db"), *refusal]) == 0
    ended = authorizations.submit(authorization(("77301", 1), ("G6015", 28)))
    assert (actions(ended), reasons(ended)) == ([DENIED] * 2, [["N2"]] * 2)
    records.close()


def test_without_a_table_and_of_what_is_approved_no_code_is_stated(
    judges: Judges, records: Records, open_rule: tuple[str, str]
) -> None:
    _, ended = given_and_determined(judges, records, None, DETERMINATION)
    assert (actions(ended), reasons(ended)) == ([DENIED] * 2, [[], []])
    other = Records()
    codes = {open_rule: [ReasonCode(SYSTEM, "N1")]}
    _, approved = given_and_determined(judges, other, codes, DETERMINATION._replace(action="A1"))
    other.close()
    assert reasons(approved) == [[], []]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy,rule,code\nimrt,x,N1\n", "the columns are policy, rule, code"),
        ("", "the columns are none"),
        (HEAD + "other,x,{s},N1\n", "there is no policy other here"),
        (HEAD + "imrt,no_such_rule,{s},N1\n", "line 2: the policy imrt has no rule no_such_rule"),
        (HEAD + "{r},{s},\n", "line 2: code is empty"),
        (HEAD + "{r},{s},N1\n{r},{s},N1\n", "line 3: the row appears twice"),
        (HEAD + "{r},{s}\n", "line 2: 4 values are expected"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(
    judges: Judges, open_rule: tuple[str, str], tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, text.format(s=SYSTEM, r=",".join(open_rule)))
    with pytest.raises(UnreadableInput, match=said):
        read_reason_codes(path, judges.rulebooks)


def test_the_example_of_the_documentation_can_be_read(judges: Judges) -> None:
    page = Path(__file__).parents[2] / "docs" / "fhir.md"
    (example,) = [one for one in page.read_text(encoding="utf-8").split("\n\n") if one.startswith("    policy,rule")]
    ((policy, rule, system, code),) = [line.strip().split(",") for line in example.splitlines()[1:]]
    assert rule in {one.name for book in judges.rulebooks if book.name == policy for one in book.rules}
    assert (system, code) == (SYSTEM, "N1")


def test_what_was_kept_before_codes_were_stated_is_read(records: Records) -> None:
    older: Any = {1: ("A4", None, ("open",))}
    records.keep("submit", "old", {}, request={}, decisions=older)
    kept = records.find("submit", assertion_id="old")
    assert kept is not None
    assert (kept.decisions[1].notes, kept.decisions[1].rules) == (("open",), ())
