"""The viewer: slices of a plan are what the plan holds, in every plane; pages of a chart show what was read."""

import json
import re
from datetime import date

import numpy as np
import pytest

from isocenter.web.archive import recompute
from isocenter.web.models import ReviewRun
from isocenter.web.viewer.slices import planes_of, slice_of
from isocenter.web.viewer.volumes import DoseShown, PlanShown, name_plan, plan_of, plan_set_down
from tests.web.people import example, exported, made_request, make_person, reviewed
from tests.web.second_plans import add_second_plan

_STEP_GY = 0.001
_DOSE_AXES_MM = (np.array([0.0, 6.0, 12.0]), np.array([0.0, 8.0]), np.arange(4) * 2.0)


def _plan() -> PlanShown:
    """A CT whose HU tell its voxel's place, a dose that rises with x, and a square with a square hole."""
    z_mm, y_mm, x_mm = np.array([0.0, 3.0, 6.0, 12.0]), np.arange(5.0) * 2, np.arange(6.0)
    image = (np.arange(4)[:, None, None] * 100 + np.arange(5)[:, None] * 10 + np.arange(6)).astype(np.int16)
    dose = np.broadcast_to(np.arange(4) * 1000, (3, 2, 4)).astype(np.uint16)
    square = np.array([[1, 2], [4, 2], [4, 6], [1, 6]], dtype=np.float32)
    hole = np.array([[2, 3], [3, 3], [3, 5], [2, 5]], dtype=np.float32)
    return PlanShown(
        image,
        (z_mm, y_mm, x_mm),
        (DoseShown(dose, _DOSE_AXES_MM), DoseShown(dose[:, :, ::-1].copy(), _DOSE_AXES_MM)),
        _STEP_GY,
        {7: [(3.0, square), (3.0, hole)]},
        {"structures": [], "curves": [], "constraints": [], "closest": []},
        '[{"label": "A", "portals": []}]',
    )


def _read(data: bytes):
    size = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + size])
    at = 4 + size

    def take(kind: str, count: int):
        nonlocal at
        part = np.frombuffer(data, kind, count, at)
        at += -(-part.nbytes // 4) * 4
        return part

    image = take("<i2", header["rows"] * header["columns"]).reshape(header["rows"], header["columns"])
    doses = [
        take("<u2", frame["rows"] * frame["columns"]).reshape(frame["rows"], frame["columns"])
        for frame in header["doses"]
    ]
    loops = [(number, take("<f4", 2 * count).reshape(-1, 2), closed) for number, count, closed in header["outlines"]]
    assert at == len(data)
    return header, image, doses, loops


def test_an_axial_slice_is_the_image_its_dose_and_its_contours() -> None:
    header, image, (dose, other), loops = _read(slice_of(_plan(), "axial", 1))
    assert header["position_mm"] == 3.0
    assert np.array_equal(image, _plan().image[1])
    assert dose.tolist() == [[0, 1000, 2000, 3000]] * 2
    assert other.tolist() == [[3000, 2000, 1000, 0]] * 2  # of the plan beside it
    assert [(number, len(points), closed) for number, points, closed in loops] == [(7, 4, True), (7, 4, True)]


def test_upright_slices_run_from_head_to_foot_and_space_uneven_slices_evenly() -> None:
    _, image, _, loops = _read(slice_of(_plan(), "coronal", 2))
    assert image[:, 0].tolist() == [320, 220, 220, 120, 20]  # z = 12, 9 (halfway, the lower one), 6, 3, 0
    assert sorted(points[:, 0].min() for _, points, _ in loops) == [1.0, 3.0]
    assert sorted(points[:, 0].max() for _, points, _ in loops) == [2.0, 4.0]


def test_a_sagittal_slice_looks_along_y() -> None:
    header, image, _, _ = _read(slice_of(_plan(), "sagittal", 3))
    assert header["columns"] == 5
    assert image[-1].tolist() == [3, 13, 23, 33, 43]


def test_outside_the_dose_grid_there_is_no_dose() -> None:
    plan = _plan()
    plan.doses = (DoseShown(plan.doses[0].steps, (np.array([20.0, 22.0, 24.0]), *_DOSE_AXES_MM[1:])),)
    assert not _read(slice_of(plan, "axial", 0))[2][0].any()


def test_there_is_no_slice_beyond_the_last() -> None:
    with pytest.raises(IndexError):
        slice_of(_plan(), "axial", 4)


@pytest.mark.usefixtures("workbench")
def test_a_plan_is_kept_and_read_back_as_it_was(sign_in) -> None:
    request = made_request(make_person("intake"))
    run = request.runs.get()
    with plan_set_down(_plan()) as folder:
        assert folder is not None
        name_plan(folder, run.pk)
    plan_of.cache_clear()
    found = plan_of(run.pk)
    assert slice_of(found, "axial", 1) == slice_of(_plan(), "axial", 1)
    assert planes_of(found) == planes_of(_plan())
    assert found.portals == _plan().portals
    client = sign_in("physicist")
    answer = client.get(f"/requests/{request.pk}/plan/{run.pk}/axial/1", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Content-Type"] == "application/octet-stream"
    assert client.get(f"/requests/{request.pk}/plan/{run.pk}/oblique/1").status_code == 404
    assert client.get(f"/requests/{request.pk}/plan/{run.pk}/axial/99").status_code == 404


@pytest.mark.usefixtures("workbench")
def test_from_a_finding_to_its_page_of_the_chart_and_back(sign_in) -> None:
    request = reviewed(make_person("intake"), example("esophagus_from_its_chart"))
    passage = request.runs.get().passages.first()
    client = sign_in("nurse")
    document = request.documents.get(name=passage.file)
    address = f"/requests/{request.pk}/chart/{document.pk}/{passage.page}"
    assert f"{address}#mark-{passage.pk}" in client.get(f"/requests/{request.pk}").content.decode()
    text = client.get(address).content.decode()
    assert f'id="mark-{passage.pk}"' in text
    assert f'id="passage-{passage.pk}"' in text
    picture = client.get(f"/requests/{request.pk}/chart/{document.pk}/1.png")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert client.get(f"/requests/{request.pk}/chart/{document.pk}/999").status_code == 404
    claims = request.documents.get(name="claim_lines.csv")
    assert client.get(f"/requests/{request.pk}/chart/{claims.pk}/1").status_code == 404


@pytest.mark.slow
@pytest.mark.usefixtures("workbench")
def test_a_review_with_a_plan_keeps_what_the_viewer_shows(sign_in, tmp_path) -> None:
    from isocenter.phantoms.knobs import Person  # noqa: PLC0415
    from isocenter.phantoms.make import make_phantom  # noqa: PLC0415

    patient = Person("Rivera", "Luisa", "MR-1005", date(1952, 11, 3), "F")
    make_phantom("c_shape", tmp_path / "plan", person=patient, start=date(2024, 4, 22))
    add_second_plan(tmp_path / "plan")
    plan_files = [file for file in (tmp_path / "plan").rglob("*") if file.is_file()]
    files = example("compensator_undocumented") | {
        file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in plan_files
    }
    request = reviewed(make_person("intake"), files)
    run = ReviewRun.objects.get()
    assert run.has_plan, request.unreadable_because
    client = sign_in("physicist")
    assert client.get(f"/requests/{request.pk}/plan").status_code == 200
    about = client.get(f"/requests/{request.pk}/plan/{run.pk}/about").json()
    assert about["structures"]
    assert about["curves"]
    assert all(re.fullmatch(r"[\d,]+(\.\d\d?)? cc", one["volume"]) for one in about["structures"])
    assert all(re.fullmatch(r"\d+\.\d mm", one["distance"]) for one in about["closest"])
    assert about["closest"]
    middle = len(about["planes"]["axial"]["positions_mm"]) // 2
    plan = plan_of(run.pk)
    header, _, (dose, other), _ = _read(slice_of(plan, "axial", middle))
    assert np.abs(other - 0.8 * dose).max() <= 2  # steps: the plan beside it has four fifths of the dose
    [beside] = about["others"]
    assert beside["label"] == "EVIDENCE 3D"
    assert {curve["number"] for curve in beside["curves"]} == {curve["number"] for curve in about["curves"]}
    plans = client.get(f"/requests/{request.pk}/plan/{run.pk}/portals").json()
    assert [one["label"] for one in plans][1:] == ["EVIDENCE 3D"]
    field = plans[0]["portals"][0]
    assert any(point["open_mm"] for point in field["points"])
    assert field["target_mm"][0]
    archive = tmp_path / "request.zip"
    archive.write_bytes(exported(request))
    assert recompute(archive) == {"run-1": True}  # DICOM and all, to the byte
    assert dose.max() * plan.step_gy > 0.5 * about["prescription_gy"]
    assert header["outlines"]
    sha256, _ = run.pictures[0]
    assert client.get(f"/requests/{request.pk}/pictures/{sha256}").status_code == 200
    assert client.get(f"/requests/{request.pk}/pictures/{'0' * 64}").status_code == 404
