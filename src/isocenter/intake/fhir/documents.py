"""Reads documents that FHIR carries: PDF, picture, text and CDA of DocumentReference, DiagnosticReport and Binary.

What the pages state is a matter of the chart; here they become files. Nothing is fetched: content that is at an address
has to come along as a Binary. Source: HL7 FHIR R4 (4.0.1), Attachment; HL7 CDA R2, narrative block and nonXMLBody.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree

from isocenter.files.texts import shown
from isocenter.intake.fhir.people import is_evidence
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.problems import Problem, Unread, clause, worded

_MOST_BYTES = 50_000_000
_CDA = "{urn:hl7-org:v3}"
_OF_STATUS = {
    "entered-in-error": "it was entered in error",
    "superseded": "a later document took its place",
    "cancelled": "it is cancelled",
}
_PRELIMINARY = ("preliminary", "partial", "registered")
# By their first bytes; what a sender says of the type is often wrong.
_SUFFIXES = (
    (b"%PDF", ".pdf"),
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
)
_BLOCKS = {f"{_CDA}{name}" for name in ("title", "paragraph", "item", "tr", "br", "caption", "list", "table")}
_CELLS = {f"{_CDA}{name}" for name in ("td", "th")}


class Attached(NamedTuple):
    """A document that came within a resource, as the file that it is."""

    name: str
    content: bytes
    source: str  # the file that it came in
    is_draft: bool = False  # its resource says that it is preliminary
    address: str = ""  # of the Binary that holds it; '' where the resource holds it itself

    @property
    def shown(self) -> str:
        """How reports name it."""
        return f"{self.source}: {self.name}"


def carries_documents(resource: Json) -> bool:
    """Whether a resource carries documents of the chart."""
    return resource.get("resourceType") in ("DocumentReference", "DiagnosticReport")


def replaced_documents(found: Sequence[Found], directory: Directory) -> set[int]:
    """The documents that others replace (DocumentReference.relatesTo), by their identity.

    A document that was entered in error replaces none; one that is still a draft does, for the earlier one is in doubt.
    """
    replaced = set()
    for one in found:
        states = (text(one.resource, "status"), text(one.resource, "docStatus"))
        if one.resource.get("resourceType") != "DocumentReference" or "entered-in-error" in states:
            continue
        for relation in objects(one.resource, "relatesTo"):
            if text(relation, "code") in ("replaces", "transforms"):
                target = directory.resolve(relation.get("target"), one.resource)
                replaced |= {id(target)} if target is not None and target is not one.resource else set()
    return replaced


def documents_within(claim: Found) -> list[Found]:
    """The documents that a claim holds itself, as attachments of its supporting information."""
    held = claim.resource
    if text(held, "status") != "active":
        return []
    return [
        claim._replace(
            resource={
                "resourceType": "DocumentReference",
                "id": f"{text(held, 'id') or 'claim'}-supportingInfo-{number}",
                "status": "current",
                "content": [{"attachment": one["valueAttachment"]}],
                "contained": objects(held, "contained"),
            },
            place=f"{claim.place}.supportingInfo[{number}]",
            full_url="",
        )
        for number, one in enumerate(objects(held, "supportingInfo"))
        if isinstance(one.get("valueAttachment"), Mapping)
    ]


def evidence_within(claim: Found) -> list[Found]:
    """The documents and answers that a claim contains and names by its supporting information."""
    held = claim.resource
    named = {text(one["valueReference"], "reference") for one in objects(held, "supportingInfo")
             if isinstance(one.get("valueReference"), Mapping)}  # fmt: skip
    if text(held, "status") != "active":
        return []
    return [
        claim._replace(
            resource={**one, "id": f"{text(held, 'id') or 'claim'}-{text(one, 'id')}"},
            place=f"{claim.place}.contained[{number}]",
            full_url="",
        )
        for number, one in enumerate(objects(held, "contained"))
        if is_evidence(one) and f"#{text(one, 'id')}" in named
    ]


def texts_within(claim: Found) -> Iterator[Problem]:
    """One problem for each text that a request for authorization states beside its services: it is no document."""
    if text(claim.resource, "use") != "preauthorization":
        return
    for number, one in enumerate(objects(claim.resource, "supportingInfo")):
        if text(one, "valueString"):
            place = f"{claim.place}.supportingInfo[{number}].valueString"
            yield Problem(claim.file, place, "its text is not read; send it as a signed document or as answers")


def read_documents(found: Found, directory: Directory) -> Iterator[Attached | Problem]:
    """The files of a resource's attachments, and a problem for each that cannot be read."""
    resource = found.resource
    kind = text(resource, "resourceType")
    reason = _OF_STATUS.get(text(resource, "status")) or _OF_STATUS.get(text(resource, "docStatus"))
    if not reason and kind == "DocumentReference" and text(resource, "status") != "current":
        written = shown(text(resource, "status"))[:60] or "missing"
        sentence = worded("its status is {written}; current is expected; the document was left out", written=written)
        yield Unread(found.file, found.place, sentence)
        return
    if reason:
        yield Problem(found.file, found.place, worded("{reason}; the document was left out", reason=clause(reason)))
        return
    stated = text(resource, "status") if kind == "DiagnosticReport" else text(resource, "docStatus")
    is_draft = stated in _PRELIMINARY
    if is_draft:
        yield Problem(
            found.file,
            found.place,
            worded("its status is {stated}; it was read as a draft, which does not count", stated=stated),
        )
    held = (
        objects(resource, "presentedForm")
        if kind == "DiagnosticReport"
        else [one["attachment"] for one in objects(resource, "content") if isinstance(one.get("attachment"), Mapping)]
    )
    if not held:
        yield Unread(found.file, found.place, "it has no attachment; the document was left out")
    for number, attachment in enumerate(held, start=1):
        content = _content(attachment, resource, directory)
        if isinstance(content, str):
            yield Unread(
                found.file, found.place, worded("{content}; the document was left out", content=clause(content))
            )
            continue
        own = re.sub(r"[^\w.-]", "_", text(resource, "id"))[:60] or "document"
        suffix = f"-{number}" if len(held) > 1 else ""
        read = _as_file(f"{kind}-{own}{suffix}", content)
        yield (
            Unread(found.file, found.place, worded("{read}; the document was left out", read=clause(read)))
            if isinstance(read, str)
            else read._replace(source=found.file, is_draft=is_draft, address=_address(attachment))
        )


def _address(attachment: Json) -> str:
    return "" if isinstance(attachment.get("data"), str) else text(attachment, "url")


def _content(attachment: Json, within: Json, directory: Directory) -> bytes | str:
    """The bytes of an attachment, or the sentence that says why there are none."""
    data = attachment.get("data")
    address = text(attachment, "url")
    if not isinstance(data, str) and address:
        binary = directory.resolve({"reference": address}, within)
        if binary is None or binary.get("resourceType") != "Binary":
            return f"its content is at {shown(address)[:100]}, and nothing is fetched; send it along"
        data = binary.get("data")
    if not isinstance(data, str) or not data.strip():
        return "it has no content"
    if len(data) > _MOST_BYTES * 4 // 3:
        return f"it is larger than {_MOST_BYTES // 1_000_000} MB"
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return "its content is not base64"
    size = attachment.get("size")
    if size is not None and size != len(content):
        return f"its content has {len(content):,} bytes, and it states a size of {shown(str(size))[:30]}"
    digest = text(attachment, "hash")
    if digest and digest != base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode():
        return "its content does not fit the hash that it states"
    return content


def _as_file(name: str, content: bytes) -> Attached | str:
    for sign, suffix in _SUFFIXES:
        if sign in content[:1024] if suffix == ".pdf" else content.startswith(sign):
            return Attached(name + suffix, content, "")
    if b"urn:hl7-org:v3" in content[:4096] or b"ClinicalDocument" in content[:4096]:
        return _of_cda(name, content)
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        return "its content is not PDF, a picture, text or CDA"
    if words.lstrip()[:1] == "<" or "\x00" in words:
        return "its content is not PDF, a picture, text or CDA"
    return Attached(f"{name}.txt", content, "")


def _of_cda(name: str, content: bytes) -> Attached | str:
    """The narrative of a CDA document as text, or the file that it holds in its place."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return "its CDA declares entities; they are not read"
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as wrong:
        line, column = wrong.position
        return f"its CDA is not XML at line {line}, column {column + 1}"
    held = root.find(f"{_CDA}component/{_CDA}nonXMLBody/{_CDA}text")
    if held is not None:
        try:
            inner = base64.b64decode("".join("".join(held.itertext()).split()), validate=True)
        except (binascii.Error, ValueError):
            return "the file within its CDA is not base64"
        return "its CDA holds a CDA" if b"ClinicalDocument" in inner[:4096] else _as_file(name, inner)
    lines = [*_header(root), *(line for section in root.iter(f"{_CDA}section") for line in _section(section))]
    words = "\n".join(line for line in lines if line.strip())
    return Attached(f"{name}.txt", words.encode(), "") if words else "its CDA has no narrative"


def _header(root: Any) -> Iterator[str]:
    """Title, day and who signed, as a reader of the document sees them above and below the text."""
    title = root.find(f"{_CDA}title")
    if title is not None:
        yield " ".join("".join(title.itertext()).split())
    day = _day(root.find(f"{_CDA}effectiveTime"))
    if day:
        yield f"Date: {day}"
    for signed in (*root.iter(f"{_CDA}legalAuthenticator"), *root.iter(f"{_CDA}authenticator")):
        name = signed.find(f".//{_CDA}assignedPerson/{_CDA}name")
        if name is not None:
            words = " ".join(" ".join(name.itertext()).split())
            yield f"Electronically signed by {words} {_day(signed.find(f'{_CDA}time'))}"


def _day(element: Any) -> str:
    value = element.get("value", "") if element is not None else ""
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if value[:8].isdecimal() and len(value) >= 8 else ""


def _section(section: Any) -> Iterator[str]:
    title, body = section.find(f"{_CDA}title"), section.find(f"{_CDA}text")
    if title is not None:
        yield " ".join("".join(title.itertext()).split())
    if body is not None:
        yield from _lines(body)


def _lines(body: Any) -> list[str]:
    """The lines of a narrative block: one a paragraph, item and row of a table."""
    parts: list[str] = []

    def take(element: Any) -> None:
        if element.tag in _BLOCKS:
            parts.append("\n")
        parts.append(" ".join((element.text or "").split()))
        for child in element:
            take(child)
            if child.tag in _CELLS:
                parts.append("  ")
            parts.append(" ".join((child.tail or "").split()))
        if element.tag in _BLOCKS:
            parts.append("\n")

    take(body)
    return [" ".join(line.split()) for line in " ".join(parts).split("\n")]
