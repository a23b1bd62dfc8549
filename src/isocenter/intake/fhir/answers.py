"""Reads the answers to a questionnaire that was written from a policy's list of documents, or that has its codes.

The link ids say what an answer is about: `kind` for a document, `kind/date` for its day, `kind/signature` for each of
its signatures with `kind/signed_by`, `kind/signed_role` and `kind/signed_on`, `kind/element` for what it states. An
element that is answered by no is denied, and not stated. A signature may also lie beside the other answers. A
questionnaire of others may say the same by codes of its items.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from isocenter.files.texts import shown
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import Directory, contained, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.problems import Problem, Unread, clause, worded
from isocenter.terms.signers import why_no_name

QUESTIONNAIRE_NAME = "isocenter-"
ANSWER_CODES = "urn:isocenter:documents"  # code system of kind/date, kind/element and so on
DATE, SIGNATURE, SIGNER, ROLE, SIGNED_ON = "date", "signature", "signed_by", "signed_role", "signed_on"
_OF_A_SIGNATURE = (SIGNER, ROLE, SIGNED_ON)
_FINAL = ("completed", "amended")
_MOST_NAMED = 20
_BEGINS_WITH_NO = re.compile(r"\s*(?:no|not|none|never|neither|nothing|without|denie[ds])\b\W+\w+\W+\w", re.IGNORECASE)
_DOUBTFUL = (
    "the answer about {element} begins with a denial ({value!r}), so it is not known to be stated; answer yes or no"
)
_ANOTHER_TYPE = "the answer about {element} is a {member} that says neither yes nor no; answer yes, no or in words"
# Answers of a list, as LOINC, SNOMED CT and HL7 write them.
_YES = {"yes", "y", "true", "la33-6", "373066001"}
_NO = {"no", "n", "false", "la32-8", "373067005"}
_OF_UNKNOWNS = ("/v3-NullFlavor", "/data-absent-reason", "2.16.840.1.113883.5.1008")  # code systems
_LEFT_OUT = "the answer was left out"


class _Otherwise(NamedTuple):
    """That an element is answered by neither yes, no nor a text."""

    member: str


class Denied(NamedTuple):
    """An element of a document that an answer denies; a fact of no table, for what is denied is not stated."""

    document_id: str
    element: str


Row = Document | DocumentElement | Signature | Denied | Problem


def is_answers(resource: Json) -> bool:
    """Whether a resource answers a questionnaire."""
    return resource.get("resourceType") == "QuestionnaireResponse"


def read_answers(found: Found, directory: Directory, questions: Collection[str] = ()) -> Iterator[Row]:
    """The documents that the answers describe, with what they state and who signed them.

    Answers to a questionnaire of another payer are read where its items have the codes of ANSWER_CODES; every other
    answer of it is a problem with its place. `questions` are the link ids of the questionnaires of the policies at
    hand; an answer to another question is a problem too, where they are known.
    """
    response = found.resource
    status = text(response, "status")
    if status not in _FINAL:
        stated = status or "not stated"
        yield Problem(
            found.file,
            found.place,
            worded("its status is {stated}; only completed answers count; they were left out", stated=stated),
        )
        return
    documents, denied, unread = _documents(response, directory, questions)
    for one in documents:
        document_id, answers = one.document_id, one.answers
        dated = answers.pop(DATE, None)
        for written in (dated, *(signature.get(SIGNED_ON) for signature in one.signatures.values())):
            if written not in (None, "") and day_of(_text(written)) is None:
                sentence = worded(
                    "{document}: a day is {written}; year, month and day are expected; it was left out",
                    document=document_id,
                    written=shown(str(written))[:60],
                )
                yield Unread(found.file, found.place, sentence)
        yield Document(document_id, "", one.kind, day_of(_text(dated)))
        for signature in one.signatures.values():
            signer, role = _text(signature.get(SIGNER)), _text(signature.get(ROLE))
            signed_on = day_of(_text(signature.get(SIGNED_ON)))
            no_name = why_no_name(signer)
            if no_name and (signer or signed_on):
                place = f"{found.place}, document {document_id}"
                yield Unread(found.file, place, worded("{no_name}; it was left out", no_name=clause(no_name)))
            elif signer:
                yield Signature(document_id, role or "other", signer, signed_on)
        yield from _stated(found, document_id, answers)
    yield from (Denied(f"{text(response, 'id') or 'answers'} {kind}", element) for kind, element in denied)
    for path in _malformed(response):
        sentence = worded("an object is expected; {left_out}", left_out=clause(_LEFT_OUT))
        yield Unread(found.file, f"{found.place}.{path}", sentence)
    is_ours = _is_own(response, _questionnaire(response, directory))
    for path, link_id in unread[:_MOST_NAMED]:
        sentence = worded(
            "the question {value!r} does not have the code of a document of the policy; {left_out}"
            if not is_ours
            else "the question {value!r} is none of the policy's questionnaire; {left_out}",
            value=shown(link_id)[:60],
            left_out=clause(_LEFT_OUT),
        )
        yield Problem(found.file, f"{found.place}.{path}", sentence)
    if len(unread) > _MOST_NAMED:
        yield Problem(
            found.file,
            found.place,
            worded("{value} further answers have no such code", value=len(unread) - _MOST_NAMED),
        )


def _stated(found: Found, document_id: str, answers: Mapping[str, Any]) -> Iterator[DocumentElement | Unread]:
    """The elements that a document states, by the answers about it, and what an answer leaves unknown."""
    for element, value in answers.items():
        if isinstance(value, str) and _BEGINS_WITH_NO.match(value):
            yield Unread(found.file, found.place, worded(_DOUBTFUL, element=clause(element), value=shown(value)[:60]))
        elif isinstance(value, _Otherwise):
            sentence = worded(_ANOTHER_TYPE, element=clause(element), member=value.member)
            yield Unread(found.file, found.place, sentence)
        elif value is True or _text(value):
            yield DocumentElement(document_id, element, value if isinstance(value, str) else "")


def documents_of(response: Json, directory: Directory) -> list[str]:
    """The ids of the documents that completed answers describe."""
    if text(response, "status") not in _FINAL:
        return []
    return [one.document_id for one in _documents(response, directory)[0]]


@dataclass(slots=True)
class _Described:
    """What a response says of one document."""

    kind: str
    document_id: str = ""
    answers: dict[str, Any] = field(default_factory=dict)  # by the names of what was asked
    signatures: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the place of their group

    def add(self, name: str, value: Any, group: str) -> None:
        """Take an answer; of two about the same thing the first counts."""
        about = self.signatures.setdefault(group, {}) if name in _OF_A_SIGNATURE else self.answers
        about.setdefault(name, value)

    @property
    def says_something(self) -> bool:
        """Whether anything was answered but no."""
        given = [value for about in (self.answers, *self.signatures.values()) for value in about.values()]
        return any(one not in (None, False) and (not isinstance(one, str) or one.strip()) for one in given)


def _documents(
    response: Json, directory: Directory, questions: Collection[str] = ()
) -> tuple[list[_Described], list[tuple[str, str]], list[tuple[str, str]]]:
    """The documents of which something was said, the kinds and elements that are denied, and place and link id of the
    answers that say of none.

    A group of ours that comes again describes another document of its kind.
    """
    questionnaire = _questionnaire(response, directory)
    codes_of_links = dict(_coded(objects(questionnaire or {}, "item")))
    is_own = _is_own(response, questionnaire)
    found: dict[tuple[str, str], _Described] = {}
    denied: dict[tuple[str, str], None] = {}
    unread: list[tuple[str, str]] = []
    for path, item in _items(response):
        given = _answers(item)
        if not given:
            continue
        link_id = text(item, "linkId")
        question = codes_of_links.get(link_id, link_id if is_own else "")
        kind, _, name = question.partition("/")
        is_element = name not in (DATE, *_OF_A_SIGNATURE)
        values = [_said_of_element(*one) if is_element else _written(*one) for one in given]
        if kind and name and (not questions or question in questions):
            document, group = (path.partition(".")[0], path.rpartition(".")[0]) if is_own else ("", "")
            found.setdefault((kind, document), _Described(kind)).add(name, values[0], group)
            if False in values:
                denied[kind, name] = None
        else:
            unread.append((path, link_id))
    described: list[_Described] = []
    for one in found.values():
        if one.says_something:
            times = sum(other.kind == one.kind for other in described) + 1
            own_id = f"{text(response, 'id') or 'answers'} {one.kind}"
            one.document_id = own_id + (f" {times}" if times > 1 else "")
            described.append(one)
    return described, list(denied), unread


def _questionnaire(response: Json, directory: Directory) -> Json | None:
    """The questionnaire that was answered, where it is within the response or came along."""
    address = text(response, "questionnaire").split("|", 1)[0]
    found = contained(response, address[1:]) if address.startswith("#") else directory.at(address, response)
    return found if found is not None and found.get("resourceType") == "Questionnaire" else None


def _is_own(response: Json, questionnaire: Json | None) -> bool:
    """Whether the questionnaire is one of ours, or was derived from one: then its link ids say what is asked."""
    derived = (questionnaire or {}).get("derivedFrom")
    named = [text(response, "questionnaire")]
    named += [one for one in derived if isinstance(one, str)] if isinstance(derived, list) else []
    return any(one.split("|", 1)[0].rsplit("/", 1)[-1].startswith(QUESTIONNAIRE_NAME) for one in named)


def _coded(items: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Link id and code of each question that has one."""
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        for code in objects(item, "code"):
            if text(code, "system") == ANSWER_CODES:
                yield text(item, "linkId"), text(code, "code")
        waiting += objects(item, "item")


def _items(response: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """Every item with its place, however deep it lies below other items and below answers."""
    waiting = _items_below(response, "")[::-1]
    while waiting:
        at, item = waiting.pop()
        yield at, item
        below = _items_below(item, f"{at}.") if "item" in item else []
        for place, answer in enumerate(objects(item, "answer")):
            if "item" in answer:
                below += _items_below(answer, f"{at}.answer[{place}].")
        waiting += reversed(below)


def _malformed(response: Json) -> list[str]:
    """The places of items and answers that are no objects, the first few of them."""
    if _is_well_formed(response):
        return []
    wrong: list[str] = []
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", response)]
    while waiting and len(wrong) < _MOST_NAMED:
        at, within = waiting.pop()
        for name in ("item", "answer"):
            held = within.get(name)
            if held is not None and not isinstance(held, list):
                wrong.append(f"{at}{name}")
                continue
            for number, one in enumerate(held or ()):
                if isinstance(one, Mapping):
                    waiting.append((f"{at}{name}[{number}].", one))
                elif one is not None:
                    wrong.append(f"{at}{name}[{number}]")
    return sorted(wrong)


def _is_well_formed(response: Json) -> bool:
    """Whether all items and answers are objects: most are, and their places are needed where one is not."""
    waiting: list[Mapping[str, Any]] = [response]
    while waiting:
        within = waiting.pop()
        for name in ("item", "answer"):
            held = within.get(name)
            if held is None:
                continue
            if not isinstance(held, list) or not all(isinstance(one, (dict, Mapping)) for one in held):
                return False
            waiting += held
    return True


def _items_below(within: Mapping[str, Any], path: str) -> list[tuple[str, Json]]:
    return [(f"{path}item[{number}]", item) for number, item in enumerate(objects(within, "item"))]


def _answers(item: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The answers of an item, each with the member that holds it."""
    return [
        (name, {} if _is_absent(one.get(f"_{name}")) else value)
        for one in objects(item, "answer")
        for name, value in one.items()
        if name.startswith("value")
    ]


def _is_absent(beside: Any) -> bool:
    """Whether what lies beside a value says that it is not known."""
    return isinstance(beside, Mapping) and any(
        text(one, "url").endswith("/data-absent-reason") for one in objects(beside, "extension")
    )


def _written(name: str, value: Any) -> Any:
    """What an answer about the document itself says: text, a day, or the code of a choice."""
    return text(value, "code") if name == "valueCoding" and isinstance(value, Mapping) else value


def _said_of_element(name: str, value: Any) -> Any:
    """What an answer says of an element: true, false, a text, or that it says it in another way."""
    if name == "valueCoding" and isinstance(value, Mapping):
        if text(value, "system").rstrip("/").endswith(_OF_UNKNOWNS):
            return _Otherwise(name)
        said = {text(value, "code").strip().lower(), text(value, "display").strip().lower()}
        denies, states = bool(said & _NO), bool(said & _YES)
        return states if denies != states else _Otherwise(name)
    return value if isinstance(value, bool | str) else _Otherwise(name)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
