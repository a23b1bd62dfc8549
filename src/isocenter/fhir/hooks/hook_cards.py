"""Writes the cards of a hook's answer: passages of the policy, what the record has to show, codes to check.

Sources: CDS Hooks 2.0; Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from isocenter.fhir.asking.asked import Answer
from isocenter.fhir.asking.coverage_information import TEMPORARY_CODES
from isocenter.fhir.hooks.before_claims import CodesJudged, coding_warnings
from isocenter.fhir.settings import Payer
from isocenter.files.texts import markdown_text, shown
from isocenter.intake.fhir.references import text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
_LONGEST_SUMMARY = 139
_MOST_NAMED = 20


def address_of_order(order: Found) -> str:
    """The address of an order: its type and id, else the one that its bundle gives it; '' where it has none."""
    own = text(order.resource, "id")
    return f"{order.resource['resourceType']}/{own}" if own else order.full_url


def _associated(orders: Sequence[Found]) -> Json:
    """The extension of a card that names the orders it is about."""
    addresses = [address for one in orders if (address := address_of_order(one))]
    named = {"davinci-crd.associated-resource": [{"reference": address} for address in addresses]}
    return {"extension": named} if addresses else {}


def lacking_card(addresses: Sequence[str], payer: Payer) -> Json:
    """The card that names the orders of an appointment that cannot be had, by their addresses."""
    count = "one order" if len(addresses) == 1 else f"{len(addresses):,} orders"
    # The detail of a card is Markdown: as code, an address is neither a link nor markup.
    quoted = (shown(address)[:100].replace("`", "'") for address in dict.fromkeys(addresses[:_MOST_NAMED]))
    named = "\n".join(f"- `{address}`" for address in quoted)
    return {
        "summary": f"IMRT: {count} of the appointment could not be read, so no answer is given about them",
        "detail": f"Send these in the prefetch:\n{named}",
        "indicator": "warning",
        "source": _source(payer, "coverage-info"),
    }


def passage_card(name: str, address: str, payer: Payer) -> Json:
    """The card that leads to a passage of the policy."""
    return {
        "summary": _short(f"Coverage policy for IMRT: {name}"),
        "indicator": "info",
        "source": _source(payer, "guideline"),
        "links": [{"label": _short(name), "url": address, "type": "absolute"}],
    }


def needs_card(found: Answer, order: Found, payer: Payer) -> Json:
    """The card with what the record has to show for an order and its claims."""
    asked = [(markdown_text(one.title), markdown_text(" ".join(one.remedies))) for one in found.to_send]
    lines = [f"- **{title}**: {remedies}" for title, remedies in asked]
    count = len(lines)
    what = "one thing" if count == 1 else f"{count} things"
    return {
        "summary": _short(f"IMRT: what the record has to show for the order and its claims: {what}"),
        "detail": "\n".join(lines),
        "indicator": "info",
        "source": _source(payer, "claim"),
        **_associated([order]),
    }


def coding_cards(judged: CodesJudged, payer: Payer) -> list[Json]:
    """A card with what would be wrong with the codes of the orders; none where nothing is."""
    warnings = coding_warnings(judged)
    if not warnings:
        return []
    what = "one thing" if len(warnings) == 1 else f"{len(warnings)} things"
    return [
        {
            "summary": _short(f"IMRT: codes of the order to check before its claim: {what}"),
            "detail": "\n".join(f"- {markdown_text(warning)}" for warning in warnings),
            "indicator": "warning",
            "source": _source(payer, "claim"),
            **_associated(judged.orders),
        }
    ]


def identified(cards: Sequence[Json], service_id: str, actions: Sequence[Json]) -> list[Json]:
    """The cards, each with the id that feedback names it by; the same answer has the same ids."""
    seed = json.dumps([service_id, list(actions)], sort_keys=True, default=str)
    return [{"uuid": str(uuid5(NAMESPACE_URL, seed + json.dumps(card, sort_keys=True))), **card} for card in cards]


def _source(payer: Payer, topic: str) -> Json:
    return {"label": payer.name, "topic": {"system": TEMPORARY_CODES, "code": topic}}


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_SUMMARY else f"{sentence[: _LONGEST_SUMMARY - 3]}..."


def each_once(cards: Sequence[Json]) -> list[Json]:
    """The cards, of equal ones the first."""
    kept: list[Json] = []
    for card in cards:
        if card not in kept:
            kept.append(card)
    return kept
