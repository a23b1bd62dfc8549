"""Signatures that examples taught to know: what they teach, their weights, and lines in forms that no shape knows."""

from pathlib import Path

import pytest

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.grammar.signing_weights import ALWAYS, SigningWeights, read_signing_weights, write_signing_weights
from isocenter.chart.signatures.learning import check_weights, learn, read_examples, seen_in
from isocenter.chart.signatures.signature_features import candidates_on, features_of
from isocenter.chart.signatures.signatures_learned import ENOUGH
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy
from tests.chart.test_signature_forms import SIGNING, STAFF
from tests.chart.test_signatures_weighed import PHYSICIAN, PHYSICIST, signed

FOLDER = load_policy("imrt").folder / "chart"
EXAMPLES = FOLDER / "signing_examples.csv"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"I accept this plan." - J. Roe, MD, 3/4/2024 13:07', PHYSICIAN),
        ("Contract physicist: B. Coe, MS, DABR   3/4/24", PHYSICIST),
        ("By my signature I confirm this: Jane Roe, MD     03/04/24 14:20", PHYSICIAN),
        ("Perform - Roe MD, Jane (3/2/2024 2:10 PM)  Sign - Roe MD, Jane (3/4/2024 2:22 PM)", PHYSICIAN),
    ],
)
def test_a_line_in_a_form_of_its_own_is_signed_where_what_is_around_the_name_says_so(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "From: Bob Coe, PhD   To: Jane Roe, MD   3/4/2024 08:11",
        "Example: Jane Roe, MD 01/01/2024",
        "Consult scheduled with Jane Roe, MD 3/4/2024",
        "QA physicist: B. Coe   Date: 3/4/24",
        "Reviewed By: Jane Roe, MD\nApproved Date: 03/04/2024 10:14:55 AM",
    ],
)
def test_a_name_and_a_day_in_a_message_an_example_or_the_head_of_a_form_are_no_signature(text: str) -> None:
    assert signed(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Jane Roe, MD\nElectronically signed on behalf of Jane Roe, MD by Ann Lake, CMA 03/04/2024",
            [("other", "2024-03-04")],
        ),
        (
            "FX 5/30, 900 CGY. SKIN OK. EXAMINED. PORTS OK'D. CONT RT.\nELEC SIGNED  J ROE MD  03/04/2024 1130",
            PHYSICIAN,
        ),
    ],
)
def test_the_day_beside_another_person_is_of_nobody_else_and_a_word_before_rt_is_no_name(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(text) == expected


def weight_of(text: str, signing: Signing) -> float:
    lines = text.split("\n")
    likely = (
        signing.weights.of(features_of(one, lines, STAFF, signing))
        for number in range(len(lines))
        for one in candidates_on(lines, number, STAFF, lambda _: True, day_first=False)
    )
    return max(likely)


def test_what_examples_show_is_learned_and_told_apart(tmp_path: Path) -> None:
    rows = [
        f'1,,"{act} by {name}, MD 3/4/2024",{signed}\n'
        for name in ("Jane Roe", "Nell Poe", "Ina Till", "Ada Moss", "Lena Orlov")
        for act, signed in (("Quilled", f"{name.split()[1].lower()} 2024-03-04"), ("Shelved", ""))
    ]
    (tmp_path / "few.csv").write_text("lot,known,text,signed\n" + "".join(rows), encoding="utf-8")
    seen = list(seen_in(read_examples(tmp_path / "few.csv"), SIGNING))
    taught = SIGNING._replace(weights=SigningWeights(learn(seen)))
    assert sum(one.signs for one in seen) == 5
    assert (
        weight_of("Quilled by Bob Coe, MD 3/9/2024", taught) > 0 > weight_of("Shelved by Bob Coe, MD 3/9/2024", taught)
    )


def test_the_weights_beside_the_policy_tell_its_examples_apart() -> None:
    seen = list(seen_in(read_examples(EXAMPLES)[::6], SIGNING))
    likely = [one for one in seen if SIGNING.weights.of(one.features) >= ENOUGH]
    assert sum(one.signs for one in likely) > 0.97 * len(likely)
    assert len(likely) > 0.5 * sum(one.signs for one in seen)


def test_weights_that_the_examples_do_not_teach_are_a_mistake_of_the_policy(tmp_path: Path) -> None:
    assert check_weights(tmp_path) == []
    folder = tmp_path / "chart"
    folder.mkdir()
    for file in FOLDER.glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    rows = "".join(f'1,,"Quilled by {name}, MD 3/4/2024",\n' for name in ("Jane Roe", "Nell Poe", "Ina Till"))
    (folder / "signing_examples.csv").write_text(f"lot,known,text,signed\n{rows}", encoding="utf-8")
    (mistake,) = check_weights(folder)
    assert mistake.endswith("write the weights again with python -m isocenter.chart.signatures")
    taught = learn(list(seen_in(read_examples(folder / "signing_examples.csv"), SIGNING)))
    write_signing_weights(folder / "signing_weights.csv", taught)
    assert check_weights(folder) == []
    assert learn([]) == {}


def test_a_policy_without_weights_takes_nobody_for_likely() -> None:
    assert read_signing_weights(Path("nowhere.csv")) == {}
    assert SigningWeights({}).of(["nothing before"]) < ENOUGH
    assert SigningWeights({ALWAYS: 3.0, "nothing before": -1.5}).of(["nothing before", "unknown"]) == 1.5


@pytest.mark.parametrize(
    "text",
    ["feature;weight\n", "feature,weight\nact above,much\n", "feature,weight\na,1,2\n", "feature,weight\na,nan\n", ""],
)
def test_a_damaged_file_of_weights_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "signing_weights.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        BrokenRule, match=r"signing_weights\.csv: .*write it again with python -m isocenter\.chart\.sign"
    ):
        read_signing_weights(tmp_path / "signing_weights.csv")


@pytest.mark.parametrize(
    "text",
    [
        "lot,text\n",
        "lot,known,text,signed\n1,roe,x,\n",
        "lot,known,text,signed\n1,,x,roe\n",
        "lot,known,text,signed\n1,,x,roe 3/4/2024\n",
    ],
)
def test_a_damaged_file_of_examples_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "signing_examples.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRule, match=r"signing_examples\.csv: .*roe 2024-03-04 under signed"):
        read_examples(tmp_path / "signing_examples.csv")
