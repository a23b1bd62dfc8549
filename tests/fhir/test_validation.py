"""The command that checks files of resources: one sentence for each fault, and exit code 2 wherever there is one."""

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from isocenter import cli
from isocenter.errors import UnreadableInput
from isocenter.fhir.clients.authentication import Clients
from tests.fhir.test_checker import LEVEL, ORDER, STATES, order

_CLAIM = {"resourceType": "Claim", "id": "c-1"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guide") / "package"
    folder.mkdir()
    for number, one in enumerate((ORDER, LEVEL, STATES)):
        (folder / f"{number}.json").write_text(json.dumps(one))
    with tarfile.open(folder.parent / "guide.tgz", "w:gz") as archive:
        archive.add(folder, "package")
    return folder


def _written(folder: Path, name: str, *resources: Any) -> str:
    lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources)
    (folder / name).write_text(lines)
    return str(folder / name)


def _told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_each_line_of_a_file_is_checked(tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _written(tmp_path, "orders.ndjson", order(), order(status="done"), "[1", "7")
    for form in (package, package.parent / "guide.tgz"):
        assert cli.main(["validate", file, "--package", str(form)]) == 2
        *faults, summary = _told(capsys)
        assert faults[0].startswith("error: orders.ndjson line 2: Order.status: done is no code of")
        assert faults[1].startswith("error: orders.ndjson line 3: column 3: not JSON")
        assert faults[2].startswith("error: orders.ndjson line 4: not a FHIR resource")
        assert summary == "1 file checked, 3 faults"
    (tmp_path / "orders.ndjson.gz").write_bytes(gzip.compress((tmp_path / "orders.ndjson").read_bytes()))
    assert cli.main(["validate", f"{file}.gz", "--package", str(package)]) == 2
    assert _told(capsys) == [one.replace("orders.ndjson", "orders.ndjson.gz") for one in (*faults, summary)]


def test_a_file_without_fault_passes(tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _written(tmp_path, "order.json", order())
    assert cli.main(["validate", file, file, "--package", str(package)]) == 0
    assert _told(capsys) == ["2 files checked, 0 faults"]
    assert cli.main(["validate", file, "--package", str(package), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["issue"][0]["severity"] == "information"


@pytest.mark.parametrize(
    ("resource", "place", "said"),
    [
        ({"resourceType": "Clam"}, "Clam", "'Clam' is no resource type of FHIR R4; Claim is one"),
        ({"resourceType": "claim"}, "claim", "'claim' is no resource type of FHIR R4; Claim is one"),
        ({"resourceType": 5}, "", "resourceType is missing"),
        ({"id": "x"}, "", "resourceType is missing"),
        (_CLAIM, "Claim", "the base definition of Claim was not found in the packages, so nothing was checked"),
        (
            {**_CLAIM, "meta": {"profile": ["urn:none"]}},
            "Claim",
            "urn:none was not found in the packages, so nothing was checked",
        ),
        ({**_CLAIM, "id": "a b"}, "Claim.id", "'a b' is not an id"),
        ({**_CLAIM, "meta": [1]}, "Claim.meta", "expected a Meta"),
        ({**_CLAIM, "item": []}, "Claim.item", "it is empty"),
        ({**_CLAIM, "item": [{"unitPrice": {}}]}, "Claim.item[0].unitPrice", "it is empty"),
        ({**_CLAIM, "total": None}, "Claim.total", "null is allowed only within a list"),
        ({**_CLAIM, "_created": "x"}, "Claim._created", "expected an object with id or extension"),
        ({**_CLAIM, "contained": [{"id": "p"}]}, "Claim.contained[0]", "resourceType is missing"),
        (
            {"resourceType": "Bundle", "entry": [{"resource": order()}, {"resource": {"resourceType": "Pacient"}}]},
            "Bundle.entry[1].resource",
            "Patient is one",
        ),
        ({"resourceType": "Bundle", "entry": [{"resource": "Claim/1"}]}, "Bundle.entry[0].resource", "a resource"),
        ({"resourceType": "Parameters", "parameter": [{"resource": {}}]}, "Parameters.parameter[0].resource", "empty"),
        ({"resourceType": "Bundle", "entry": {"resource": _CLAIM}}, "Bundle.entry", "expected a list"),
        (order(_status={"extension": [{"url": "urn:x"}]}), "Order._status.extension[0]", "an extension needs a value"),
        (order(_statuss={"id": "x"}), "Order._statuss", "is not a member"),
    ],
)
def test_what_is_no_resource_or_is_not_known_never_passes(
    resource: dict[str, Any],
    place: str,
    said: str,
    tmp_path: Path,
    package: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = _written(tmp_path, "one.json", resource)
    assert cli.main(["validate", file, "--package", str(package)]) == 2
    where = f"one.json: {place}: " if place else "one.json: "
    faults = [one for one in _told(capsys) if one.startswith(f"error: {where}")]
    assert any(said in one for one in faults), faults


def test_a_file_that_cannot_be_read_leaves_the_others_checked(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bodies").mkdir()
    files = [
        *(str(tmp_path / "bodies"), str(tmp_path / "none.json"), _written(tmp_path, "cut.json", '{"resourceType":')),
        _written(tmp_path, "bad.json", json.dumps([order(), order(status="done")])),
    ]
    assert cli.main(["validate", *files, "--package", str(package)]) == 2
    assert [one.split(" (")[0] for one in _told(capsys)] == [
        "fatal: bodies: it is a folder; name the files in it",
        "fatal: none.json: it cannot be read",
        "fatal: cut.json: line 1, column 17: not JSON",
        "error: bad.json [1]: Order.status: done is no code of the value set states",
        "4 files checked, 4 faults",
    ]
    assert cli.main(["validate", *files, "--package", str(package), "--json"]) == 2
    issue = json.loads(capsys.readouterr().out)["issue"][3]
    assert issue["expression"] == ["Order.status"]
    assert issue["diagnostics"].startswith("bad.json [1]: Order.status: done")


def test_a_package_or_profile_that_is_not_there_is_named_without_its_folder(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _written(tmp_path, "order.json", order())
    assert cli.main(["validate", file, "--package", str(tmp_path / "none.tgz")]) == 2
    assert capsys.readouterr().err.startswith(
        "isocenter: none.tgz: there is no such file or folder; expected a package"
    )
    assert cli.main(["validate", file, "--package", file]) == 2
    assert capsys.readouterr().err.startswith("isocenter: order.json: cannot be read as a package")
    assert cli.main(["validate", file, "--package", str(package), "--profile", "https://example.org/ordr"]) == 2
    assert "the nearest known are" in capsys.readouterr().err
    claim = _written(tmp_path, "claim.json", _CLAIM)
    assert cli.main(["validate", claim, "--package", str(package), "--profile", ORDER["url"]]) == 2
    assert "Claim is to be held to" in capsys.readouterr().out


def test_a_file_of_clients_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput) as refused:
        Clients.read(tmp_path / "clients.json", "https://example.org/token")
    assert "(No such file or directory)" in str(refused.value)
    assert "Errno" not in str(refused.value)
