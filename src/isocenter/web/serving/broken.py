"""Answers requests that break the rules of HTTP: as a page of the workbench, or as FHIR interfaces answer them."""

from django.template.loader import render_to_string

from isocenter.fhir.serving.broken_requests import Refusal, outcome_of_refusal
from isocenter.web.serving.interfaces import is_of_fhir

MOST_BYTES = 1_073_741_824  # of one upload
_SENTENCES = {
    408: "It arrived too slowly, and nothing was changed. Send fewer files at once, or over a faster line.",
    413: f"More than {MOST_BYTES:,} bytes came at once, and nothing was changed. Send them in several parts: "
    "open the request with the first, and add the others to it.",
}


def page_of_refusal(path: str, status: int, reason: str) -> Refusal:
    """What is answered at a path; nothing that came with the request is in it."""
    if is_of_fhir(path):
        return outcome_of_refusal(path, status, reason)
    sentence = _SENTENCES.get(
        status, "It did not arrive complete, and nothing was changed. Load the page again and retry."
    )
    page = render_to_string("web/mistake.html", {"title": "This could not be read", "sentence": sentence, "home": "/"})
    return Refusal("text/html; charset=utf-8", page.encode())
