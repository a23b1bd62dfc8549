"""The workbench by itself: the queue with 10,000 open requests, slices of a plan, and the journal.

    python benchmarks/workbench.py

Prints wall and CPU times; the database is SQLite in a folder of its own, removed at the end.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

REQUESTS = 10_000
ROUNDS = 40


def main() -> None:
    """Build the workbench, then time it."""
    folder = Path(tempfile.mkdtemp())
    os.environ |= {
        "ISOCENTER_DATA": str(folder),
        "ISOCENTER_HTTPS": "0",
        "DJANGO_SETTINGS_MODULE": "isocenter.web.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    try:
        _measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure() -> None:
    from isocenter.web.serving.preparing import set_up  # noqa: PLC0415  # once the settings are known

    set_up()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    number = fill()
    client = client_of("nurse")
    for name, address in (
        ("queue, first page", "/"),
        ("queue, late and by provider", "/?late=yes&provider=1999999984"),
        ("queue, page 150", "/?page=150"),
        ("queue, by amount", "/?order=amount"),
        ("one request", f"/requests/{number}"),
    ):
        _tell(name, lambda address=address: client.get(address))
    _slices(number)
    from isocenter.web import journal  # noqa: PLC0415

    began = time.perf_counter()
    verified = journal.verify()
    print(f"journal of {verified.entries:,} entries verified in {time.perf_counter() - began:.2f} s")


def fill() -> int:
    """Ten thousand open requests, of which the first has a review; its number."""
    from django.utils import timezone  # noqa: PLC0415

    from isocenter.web.models import Person, Request, ReviewedLine, ReviewRun  # noqa: PLC0415

    person = Person.objects.create_user("uploader", role="intake")
    now = timezone.now()
    kinds = ("cover", "request_documentation", "do_not_cover", "human_review")
    Request.objects.bulk_create(
        Request(
            uploaded_by=person,
            received_at=now - timedelta(hours=place % 200),
            due_at=now + timedelta(hours=168 - place % 200),
            state="open",
            recommendation=kinds[place % 4],
            member_id=f"M-{place}",
            course_id=f"C-{place}",
            provider_npi="1999999984" if place % 3 else "1888888885",
            site="prostate",
            billed_dollars=place,
        )
        for place in range(REQUESTS)
    )
    request = Request.objects.order_by("pk").first()
    assert request is not None
    run = ReviewRun.objects.create(
        request=request, generation=1, finished_at=now, version="0", recommendation="cover", requires_clinician=False,
        review_json="{}", review_sha256="0" * 64, page="<section></section>" * 2_000, has_plan=True,
    )  # fmt: skip
    ReviewedLine.objects.bulk_create(
        ReviewedLine(
            run=run, place=place, claim_line_id=f"L{place}", procedure_code="77386",
            service_date=now.date(), units=1, recommendation="pay",
        )
        for place in range(60)
    )  # fmt: skip
    return int(request.pk)


def _slices(number: int) -> None:
    """A CT of 200 slices of 512 x 512 with the doses of two plans and 20 structures, scrolled in each plane."""
    import numpy as np  # noqa: PLC0415

    from isocenter.web.models import ReviewRun  # noqa: PLC0415
    from isocenter.web.viewer.volumes import DoseShown, PlanShown, name_plan, plan_of, plan_set_down  # noqa: PLC0415

    rng = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, 120)
    axes = (np.arange(200) * 2.0, np.arange(512) * 0.98, np.arange(512) * 0.98)
    loops = {
        structure: [
            (float(z), np.stack([250 + structure * 3 + 40 * np.cos(angle), 250 + 30 * np.sin(angle)], 1).astype("f4"))
            for z in axes[0]
        ]
        for structure in range(20)
    }
    plan = PlanShown(
        image=rng.normal(0, 60, (200, 512, 512)).astype(np.int16),
        image_axes_mm=axes,
        doses=tuple(
            DoseShown(
                rng.integers(0, 65_535, (160, 200, 200)).astype(np.uint16),
                (np.arange(160) * 2.5, np.arange(200) * 2.5, np.arange(200) * 2.5),
            )
            for _ in range(2)
        ),
        step_gy=0.001,
        contours=loops,
        about={"structures": [], "curves": [], "constraints": [], "closest": []},
    )
    run = ReviewRun.objects.get(request_id=number)
    with plan_set_down(plan) as folder:
        assert folder is not None
        name_plan(folder, run.pk)
    del plan
    plan_of.cache_clear()
    client = client_of("physicist")
    address = f"/requests/{number}/plan/{run.pk}"
    began = time.perf_counter()
    client.get(f"{address}/axial/100", headers={"accept-encoding": "gzip"})
    print(f"{'first slice, plan not in memory':36} {1_000 * (time.perf_counter() - began):7.1f} ms")
    for plane in ("axial", "coronal", "sagittal"):
        places = iter(range(40, 200))
        _tell(
            f"next {plane} slice",
            lambda plane=plane, places=places: client.get(
                f"{address}/{plane}/{next(places)}", headers={"accept-encoding": "gzip"}
            ),
        )


def client_of(role: str, name: str = ""):
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from isocenter.web.models import Person  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    person, _ = Person.objects.get_or_create(username=name or role, defaults={"role": role})
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _tell(name: str, ask: Callable[[], object]) -> None:
    taken = []
    spent = time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = ask()
        taken.append(1_000 * (time.perf_counter() - began))
        assert answer.status_code == 200, answer.status_code
    spent = 1_000 * (time.process_time() - spent) / ROUNDS
    taken.sort()
    print(
        f"{name:36} median {statistics.median(taken):7.1f} ms, 95th percentile {taken[int(0.95 * ROUNDS)]:7.1f} ms, "
        f"CPU {spent:6.1f} ms"
    )


if __name__ == "__main__":
    main()
