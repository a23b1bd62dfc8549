"""Each reader with files to mutate, and what reading one must keep true."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.errors import IsocenterError
from isocenter.facts.store import FactStore
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.subscriptions import TOPIC
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.intake.csv_lines import Record, decode, delimiter_of, header_cells, lines_of, records
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.intake.fhir_r4 import BillFile
from isocenter.intake.ncci_tables import read as read_edits
from isocenter.rulebook.readings import read_chosen_readings
from isocenter.rulebook.rulebook import Rulebook, choose_readings, load_folder, load_policy
from tests.dicom_files import complete_folder
from tests.fhir.requests import authorization, coverage, hook, order, statement_of_necessity
from tests.fuzz import structured
from tests.fuzz.further_readers import FURTHER_READERS
from tests.fuzz.reader import Reader
from tests.fuzz.structured import either
from tests.intake.fhir_resources import bill, bundle, dose_planned, patient, planned_course, technique
from tests.intake.xlsx_writer import write_xlsx

Json = dict[str, Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
_FHIR_JSON = {"content-type": "application/fhir+json"}
SAMPLES = Path(__file__).parents[1] / "intake" / "samples"


def _read_facts(file: Path) -> None:
    """Read a file of a case and store its rows; every line of a table is a row or is named."""
    contents = read_case(file)
    stored = _store()
    stored.clear()
    problems = [*contents.problems, *stored.add(contents.rows)]
    if file.suffix == ".csv":
        kept = sum(stored.connection.execute("select count(*) from main.claim_lines").fetchone() or (0,))
        named = sum(problem.place.startswith(("line ", "claim_lines ")) for problem in problems)
        assert kept + named >= _rows_of_csv(file), f"{kept} rows and {named} problems"


def _rows_of_csv(file: Path) -> int:
    """Rows of a table, each that no line can be counted in two ways: those without quotation marks."""
    lines = lines_of(decode(file.read_bytes())[0])
    header = next(lines, "")
    delimiter = delimiter_of(header)
    found = records(lines, delimiter, len(header_cells(header, delimiter)))
    return sum(1 for one in found if isinstance(one, Record))


@cache
def _store() -> FactStore:
    return FactStore(few_rows=True)


def _csv() -> dict[str, bytes]:
    return {"claim_lines.csv": (EXAMPLES / "left_breast_coding" / "claim_lines.csv").read_bytes()}


def _read_payer_table(file: Path) -> None:
    """Read a table of a payer as one case and as claims in bulk: what neither takes is refused by both."""
    with suppress(IsocenterError):
        look_for_sources([str(file)], unpacked=file.parent / "unpacked")
    contents = read_case(file)
    assert contents.rows or contents.problems or contents.chart_files


def _payer_tables() -> dict[str, bytes]:
    header = "CLM_NBR,LN,MBR_ID,SVC_FROM_DT,PROC_CD,MOD1,QTY,POS,CHRG,STATUS,DX1,LOB"
    rows = [
        f'C1,{line},M-{line % 3},{line % 12 + 1}/{line}/2025,{code},26,1,11,"$1,200.00",{status},C61,{payer}'
        for line, code, status, payer in zip(
            range(1, 28), ("77301", "G6015", "77427") * 9, ("PAID", "PAID", "DENIED") * 9, ("Medicare", "HM", "") * 9,
            strict=True,
        )
    ]  # fmt: skip
    text = "\n".join([header, *rows, ""])
    with TemporaryDirectory() as folder:
        workbook = write_xlsx(Path(folder) / "claims.xlsx", list(csv.reader(text.splitlines())))
        return {
            "claims.csv": text.encode(),
            "wide.txt": text.replace(",", "\t").encode("utf-16"),
            "claims.csv.gz": gzip.compress(text.encode(), mtime=0),
            "claims.xlsx": workbook.read_bytes(),
        }


def _yaml() -> dict[str, bytes]:
    return {"case.yaml": (EXAMPLES / "left_breast_coding" / "case.yaml").read_bytes()}


def _x12() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(SAMPLES.glob("*.837"))}


def _fhir() -> dict[str, bytes]:
    whole = bundle(bill(), patient(), planned_course(*technique("441799006"), dose_planned(7800, 39)))
    lines = [bill(id=f"e{number}") for number in range(5)]
    return {
        "case.json": json.dumps(whole, indent=1).encode(),
        "eob.ndjson": "\n".join(map(json.dumps, lines)).encode(),
    }


def _read_fhir(file: Path) -> None:
    list(BillFile(file))
    _read_facts(file)


def _parquet() -> dict[str, bytes]:
    moment = datetime(2024, 3, 18)  # Parquet knows moments without a zone
    row = {"claim_line_id": "L1", "claim_id": "A", "line_number": 1, "service_date": moment.date(), "units": 1}
    row |= {"procedure_code": "77301", "setting": "professional", "billing_npi": "1999999984", "charge_amount": 1.5}
    found = {}
    for name, changes in {
        "plain": {},
        "stamped": {"service_date": moment},
        "whole": {"charge_amount": 10**12, "units": 2**40},
    }.items():
        out = io.BytesIO()
        rows = [{**row, **changes, "claim_line_id": f"L{number}"} for number in range(30)]
        pq.write_table(pa.Table.from_pylist(rows), out, compression="none" if name == "plain" else "snappy")
        found[f"{name}.parquet"] = out.getvalue()
    return found


def _read_parquet(file: Path) -> None:
    _read_facts(file.rename(file.with_name("claim_lines.parquet")))


def _dicom() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        complete_folder(Path(folder))
        return {
            file.relative_to(folder).as_posix().replace("/", "_"): file.read_bytes()
            for file in sorted(Path(folder).rglob("*.dcm"))
        }


def _read_dicom(file: Path) -> None:
    _, problems, inputs = read_folder(file.parent)
    assert inputs or problems


def _edits() -> dict[str, bytes]:
    header = "Column 1,Column 2,Prior to 1996,Effective Date,Deletion Date,Modifier Indicator,Rationale\n"
    text = header + "77301,77280,,20240101,*,0,Standards\n77301,77290,,20240101,20241231,1,Standards\n"
    limits = (
        "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n77301,1,2 Date,x\n"
    )
    with TemporaryDirectory() as folder:
        rows = [line.split(",") for line in text.splitlines()]
        workbook = write_xlsx(Path(folder) / "ccipra-v322r0-f1.xlsx", rows).read_bytes()
    return {
        "ccipra-v322r0-f1.txt": text.replace(",", "\t").encode(),
        "MCR_MUE_PractitionerServices_2026_Q1.csv": limits.encode(),
        "ccipra-v322r0-f1.xlsx": workbook,
    }


def _read_edits(file: Path) -> None:
    edits = read_edits([file], {"77301", "77280", "77290"})
    assert edits.rows or edits.problems or edits.rows_of


@cache
def _imrt() -> Rulebook:
    return load_policy("imrt")


def _readings() -> dict[str, bytes]:
    lines = [f"{reading.name} = {reading.value!r}" for reading in {one.name: one for one in _imrt().readings}.values()]
    return {"readings.toml": "\n".join(lines).encode()}


def _read_readings(file: Path) -> None:
    choose_readings([_imrt()], read_chosen_readings(file), "set in a test")


def _policy() -> dict[str, bytes]:
    folder = Path(str(files("isocenter"))) / "policies" / "ncci"
    return {
        file.relative_to(folder).as_posix().replace("/", "%"): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".sql", ".toml", ".csv")
    }


def _read_policy(file: Path) -> None:
    folder = Path(str(files("isocenter"))) / "policies" / "ncci"
    target = file.parent / "ncci"
    for one in folder.rglob("*"):
        if one.is_file():
            name = one.relative_to(folder)
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            changed = name.as_posix().replace("/", "%") == file.name
            (target / name).write_bytes((file if changed else one).read_bytes())
    load_folder(target)


_PATHS = {
    "sign.json": "/cds-services/isocenter-order-sign",
    "book.json": "/cds-services/isocenter-appointment-book",
    "package.json": "/Questionnaire/$questionnaire-package",
    "submit.json": "/Claim/$submit",
    "update.json": "/Claim/$submit",
    "inquire.json": "/Claim/$inquire",
    "attach.json": "/$submit-attachment",
    "subscribe.json": "/Subscription",
}


def _requests() -> dict[str, bytes]:
    appointment: Json = {
        "resourceType": "Appointment",
        "id": "a1",
        "basedOn": [{"reference": "ServiceRequest/order-1"}],
    }
    signed = hook(order(), prefetch={"patient": patient(), "coverage": coverage(), "answers": statement_of_necessity()})
    booked = hook(name="appointment-book", prefetch={"coverage": coverage(), "order": order()})
    booked["context"] = {"patientId": "p1", "appointments": {"entry": [{"resource": appointment}]}}
    identifier: Json = authorization()["entry"][0]["resource"]["identifier"][0]
    prior: list[Json] = [{"claim": {"identifier": identifier}}]
    attached = {"name": "Attachment", "part": [{"name": "Content", "resource": statement_of_necessity()}]}
    asked = [{"name": "order", "resource": order()}, {"name": "coverage", "resource": coverage()}]
    bodies: tuple[Json, ...] = (
        signed,
        booked,
        {"resourceType": "Parameters", "parameter": asked},
        authorization(("77301", 1), ("77300", 9), more=(statement_of_necessity(),)),
        authorization(identifier=[{"value": "REQ-2"}], related=prior),
        authorization(),
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "TrackingId", "valueIdentifier": identifier}, attached],
        },
        {
            "resourceType": "Subscription",
            "criteria": TOPIC,
            "_criteria": {"extension": [{"url": "backport-filter-criteria", "valueString": "orgIdentifier=1"}]},
            "channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/x", "header": ["X: y"]},
        },
    )
    return {name: json.dumps(body).encode() for name, body in zip(_PATHS, bodies, strict=True)}


@cache
def _service() -> Service:
    service = Service(Judges(["imrt"]), Payer(), Records())
    service.reply("POST", "/Claim/$submit", _FHIR_JSON, json.dumps(authorization()).encode())
    return service


def _ask(file: Path) -> None:
    """Send a request: it is answered or refused in JSON, never denied, and never a fault of the server."""
    reply = _service().reply("POST", _PATHS[file.name], _FHIR_JSON, file.read_bytes())
    json.loads(reply.body)
    assert reply.status < 500, reply.body
    assert b'"A3"' not in reply.body
    assert b'"not-covered"' not in reply.body


READERS: dict[str, Reader] = {
    "csv": Reader(_csv, _read_facts, either(structured.table)),
    "payer tables": Reader(_payer_tables, _read_payer_table, either(structured.table)),
    "yaml": Reader(_yaml, _read_facts, either(structured.yaml_file)),
    "x12": Reader(_x12, _read_facts, either(structured.x12)),
    "fhir": Reader(_fhir, _read_fhir, either(structured.json_lines)),
    "parquet": Reader(_parquet, _read_parquet, either(structured.parquet)),
    "dicom": Reader(_dicom, _read_dicom, either(structured.dicom)),
    "edits": Reader(_edits, _read_edits, either(structured.table)),
    "readings": Reader(_readings, _read_readings, either(structured.toml)),
    "policy": Reader(_policy, _read_policy),
    "requests": Reader(_requests, _ask, either(structured.requests)),
    **FURTHER_READERS,
}


def inputs_of(name: str, first_seed: int, count: int) -> Iterator[tuple[int, str, bytes]]:
    """Seeds with the name and the bytes of the file that is mutated by each."""
    seeds = list(READERS[name].seeds().items())
    for seed in range(first_seed, first_seed + count):
        file, data = seeds[seed % len(seeds)]
        yield seed, file, data


__all__ = ["READERS", "Reader", "inputs_of"]
