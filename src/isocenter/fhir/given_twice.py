"""Refuses a patient, a coverage or an order that came along twice under one id and in two ways."""

from collections.abc import Collection, Sequence

from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.references import text
from isocenter.intake.fhir.resources import Found


def expect_each_once(found: Sequence[Found], kinds: Collection[str]) -> None:
    """Refused (400) where two resources of these kinds share their id and differ, so that it is not known which counts.

    Resources that two servers gave the same id are two: both state their addresses, and these differ.
    """
    first: dict[tuple[str, str, str], Found] = {}
    for one in found:
        kind, own = text(one.resource, "resourceType"), text(one.resource, "id")
        if kind not in kinds or not own:
            continue
        before = first.setdefault((kind, own, one.full_url.split("/_history/", 1)[0]), one)
        if before.resource != one.resource:
            raise Refused(400, "duplicate", f"another {kind} of this id says something else; send one", one.place)
