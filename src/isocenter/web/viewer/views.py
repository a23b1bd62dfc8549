"""Answers of the viewer: the plan's page and its slices, the pictures of a review, and pages of the chart."""

import io
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from isal import igzip

from isocenter.chart.pages.page_pictures import picture_of_page, sizes_of_pages
from isocenter.chart.pages.pages import is_pdf
from isocenter.report.quantities import limit_text, number_beside, quantity
from isocenter.web import files_kept
from isocenter.web.deciding import newest_run
from isocenter.web.models import Document, Request
from isocenter.web.pages import missing
from isocenter.web.viewer.slices import PLANES, planes_of, slice_of
from isocenter.web.viewer.volumes import plan_of

_DOTS_PER_INCH = 110
_LARGEST_SIDE = 2_200


def plan(http: HttpRequest, number: Request) -> HttpResponse:
    """The plan's page; its slices are asked for one by one."""
    run = newest_run(number)
    if run is None or not run.has_plan or number.files_removed_at is not None:
        raise missing("plan")
    return render(http, "web/plan.html", {"request_row": number, "run": run})


def plan_about(http: HttpRequest, number: Request, run_id: int) -> HttpResponse:  # noqa: ARG001  # as every view
    """Names, frames, curves and constraints of a plan."""
    found = plan_of(run_id) if number.runs.filter(pk=run_id).exists() else None
    if found is None:
        raise missing("plan")
    return _kept_by_browser(JsonResponse({**_with_words(found.about), "planes": planes_of(found)}))


def _with_words(about: dict[str, Any]) -> dict[str, Any]:
    """What a plan is about, with its volumes, distances and constraints also as people write them."""
    return about | {
        "structures": [one | {"volume": quantity(one["volume_cc"], "cc")} for one in about["structures"]],
        "closest": [one | {"distance": quantity(one["distance_mm"], "mm")} for one in about["closest"]],
        "constraints": [one | {"words": _constraint_in_words(**one)} for one in about["constraints"]],
    }


def _constraint_in_words(
    structure: str, metric: str, comparison: str, limit: float, unit: str, value: float, **_: object
) -> str:
    limited = limit_text(comparison, limit, unit)
    return f"{structure} {metric} {limited}: {number_beside(value, limit, unit)} {unit}".strip()


def plan_slice(http: HttpRequest, number: Request, run_id: int, plane: str, index: int) -> HttpResponse:
    """One slice; packed where the browser takes it so."""
    found = plan_of(run_id) if plane in PLANES and number.runs.filter(pk=run_id).exists() else None
    try:
        if found is None:
            raise IndexError
        data = slice_of(found, plane, index)
    except IndexError:
        raise missing("slice") from None
    return _packed(http, data, "application/octet-stream")


def plan_portals(http: HttpRequest, number: Request, run_id: int) -> HttpResponse:
    """Jaws and leaves of every field of every plan."""
    found = plan_of(run_id) if number.runs.filter(pk=run_id).exists() else None
    if found is None:
        raise missing("plan")
    return _packed(http, found.portals.encode(), "application/json")


def _packed(http: HttpRequest, data: bytes, media_type: str) -> HttpResponse:
    """A plan's data, which stay as they are; packed where the browser takes it so."""
    response = HttpResponse(content_type=media_type)
    if "gzip" in http.headers.get("Accept-Encoding", ""):
        data = igzip.compress(data, compresslevel=1)
        response["Content-Encoding"] = "gzip"
    response.content = data
    return _kept_by_browser(response)


def picture(http: HttpRequest, number: Request, sha256: str) -> HttpResponse:  # noqa: ARG001  # as every view
    """A picture of a review of this request."""
    for pictures in number.runs.values_list("pictures", flat=True):
        for known, media_type in pictures:
            if known == sha256 and number.files_removed_at is None:
                response = HttpResponse(files_kept.path_of(sha256).read_bytes(), content_type=media_type)
                response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
                return _kept_by_browser(response)
    raise missing("picture")


def chart(http: HttpRequest, number: Request, document_id: int, page: int) -> HttpResponse:
    """A page of the chart beside what was read from it."""
    document = _pdf_of(number, document_id)
    run = newest_run(number)
    passages = list(run.passages.filter(file=document.name)) if run else []
    pages = _pages_of(document)
    if not 1 <= page <= len(pages):
        raise missing("page")
    width, height = pages[page - 1]
    boxes = [
        {
            "passage": passage,
            "x": round(passage.left_pt, 2),
            "y": round(passage.top_pt, 2),
            "width": round(passage.right_pt - passage.left_pt, 2),
            "height": round(passage.bottom_pt - passage.top_pt, 2),
        }
        for passage in passages
        if passage.page == page
    ]
    context = {
        "request_row": number,
        "document": document,
        "page": page,
        "pages": range(1, len(pages) + 1),
        "marked_pages": sorted({passage.page for passage in passages}),
        "boxes": boxes,
        "width": round(width, 2),
        "height": round(height, 2),
    }
    return render(http, "web/chart.html", context)


def chart_picture(http: HttpRequest, number: Request, document_id: int, page: int) -> HttpResponse:  # noqa: ARG001
    """A page of the chart as a picture: what was uploaded is never served itself."""
    from PIL import Image  # noqa: PLC0415  # loads when a page is looked at

    path = files_kept.path_of(_pdf_of(number, document_id).sha256)
    drawn = picture_of_page(path, page, _DOTS_PER_INCH, _LARGEST_SIDE, is_gray=False) if page > 0 else None
    if drawn is None:
        raise missing("page")
    data = io.BytesIO()
    Image.fromarray(drawn.pixels).save(data, "PNG")
    return _kept_by_browser(HttpResponse(data.getvalue(), content_type="image/png"))


def _pdf_of(request: Request, document_id: int) -> Document:
    document = request.documents.filter(pk=document_id).first()
    if document is None or not document.sha256 or request.files_removed_at is not None:
        raise missing("document")
    with files_kept.path_of(document.sha256).open("rb") as file:
        if not is_pdf(file.read(1024)):
            raise missing("page")
    return document


def _pages_of(document: Document) -> list[tuple[float, float]]:
    sizes = sizes_of_pages(files_kept.path_of(document.sha256))
    if sizes is None:
        raise missing("page")
    return sizes


def _kept_by_browser(response: HttpResponse) -> HttpResponse:
    """What belongs to one run never changes; the browser of the person who asked may keep it for the session."""
    patch_cache_control(response, private=True, max_age=1800)
    return response
