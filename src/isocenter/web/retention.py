"""Files of requests that were decided longer ago than the setting says are removed; the record of them stays."""

import shutil
import time
from contextlib import suppress
from datetime import datetime
from functools import reduce
from operator import or_
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from isocenter.web import files_kept, journal, organization
from isocenter.web.models import Document, Request, ReviewRun
from isocenter.web.models.requests import State
from isocenter.web.viewer.volumes import forget_plan

_A_DAY_SECONDS = 86_400  # a content that came in again since then may be about to be used
_AT_ONCE = 100


def remove_what_is_over(now: datetime | None = None) -> int:
    """Remove the files, plans and pictures of every request whose time is over; how many requests there were.

    Review, determinations, letters and journal stay. Nothing is removed unless the setting says so. What is begun
    and cut off is done again by the next call.
    """
    if not organization.is_on("retention_acts"):
        return 0
    before = _years_ago(now or timezone.now(), organization.number("retention_years"))
    over = Request.objects.filter(
        Q(state=State.DETERMINED, determined_at__lt=before) | Q(state=State.WITHDRAWN, received_at__lt=before),
        files_removed_at=None,
    )
    return sum(_remove(key) for key in list(over.values_list("pk", flat=True)[:_AT_ONCE]))


def remove_leftovers() -> None:
    """Remove what processes that were killed left half written, once a day has passed."""
    for part in ("files", "plans"):
        for leftover in Path(settings.DATA_FOLDER, part).glob(f"*{files_kept.PARTIAL}"):
            with suppress(FileNotFoundError):  # it was finished, or another process removed it
                if time.time() - leftover.stat().st_mtime > _A_DAY_SECONDS:
                    shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


@transaction.atomic
def _remove(key: int) -> bool:
    request = Request.objects.select_for_update(skip_locked=True).filter(pk=key, files_removed_at=None).first()
    if request is None:
        return False
    contents = _contents_of(request)
    contents -= _contents_in_use_elsewhere(request, contents)
    if any(_came_in_lately(files_kept.path_of(sha256)) for sha256 in contents):
        return False
    for sha256 in contents:
        files_kept.path_of(sha256).unlink(missing_ok=True)
    for run in request.runs.values_list("pk", flat=True):
        forget_plan(run)
    request.files_removed_at = timezone.now()
    request.save(update_fields=["files_removed_at"])
    journal.write(
        None,
        "removed files",
        request,
        years=organization.number("retention_years"),
        files=list(request.documents.values_list("name", "sha256").order_by("pk")),
    )
    return True


def _contents_of(request: Request) -> set[str]:
    return _pictures_of(request) | set(request.documents.exclude(sha256="").values_list("sha256", flat=True))


def _pictures_of(request: Request) -> set[str]:
    return {sha256 for found in request.runs.values_list("pictures", flat=True) for sha256, _ in found}


def _contents_in_use_elsewhere(request: Request, contents: set[str]) -> set[str]:
    """Those of the contents that are a file or a picture of another request as well."""
    documents = Document.objects.filter(request__files_removed_at=None).exclude(request=request)
    runs = ReviewRun.objects.filter(request__files_removed_at=None).exclude(request=request)
    pictures = _pictures_of(request) & contents
    holds_one = reduce(or_, (Q(as_text__contains=sha256) for sha256 in pictures), Q(pk=None))
    in_runs = runs.annotate(as_text=Cast("pictures", TextField())).filter(holds_one)
    return set(documents.filter(sha256__in=contents).values_list("sha256", flat=True)) | {
        sha256 for found in in_runs.values_list("pictures", flat=True) for sha256, _ in found
    }


def _came_in_lately(path: Path) -> bool:
    return path.is_file() and time.time() - path.stat().st_mtime < _A_DAY_SECONDS


def _years_ago(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # February 29
        return now.replace(year=now.year - years, day=28)
