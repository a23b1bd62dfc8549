"""Reads subscriptions to what becomes of pended requests, and writes the notifications that they get.

Sources: Da Vinci Prior Authorization Support 2.2.1 (PASSubscriptionTopic); Subscriptions R5 Backport 1.1 for R4.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from isocenter.fhir.clients.addresses import expect_address, is_below, is_this_machine
from isocenter.fhir.clients.authentication import Client
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.references import extensions, text

Json = dict[str, Any]
TOPIC = "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_FILTER = "orgIdentifier"
_FULL, _ID_ONLY, _EMPTY = "full-resource", "id-only", "empty"
_MOST_HEADERS = 5
_OF_THE_MESSAGE = ("host", "content-length", "content-type", "transfer-encoding", "connection", "expect", "upgrade")
REQUESTED, ACTIVE, OFF, FAILED = "requested", "active", "off", "error"
HANDSHAKE, EVENT = "handshake", "event-notification"


class Subscription(NamedTuple):
    """Who is notified of what became of the requests of which organizations, and where."""

    subscription_id: str
    client: str
    endpoint: str
    organizations: tuple[str, ...]  # their NPIs
    content: str
    headers: tuple[tuple[str, str], ...]
    status: str
    resource: Json


def subscription_of(resource: Mapping[str, Any], client: Client, subscription_id: str) -> Subscription:
    """The subscription that a client asks for; Refused (400, 403) where it is malformed or not this client's own."""
    if resource.get("resourceType") != "Subscription":
        raise Refused(400, "structure", "a Subscription is expected", "Subscription")
    if text(resource, "criteria") != TOPIC:
        raise Refused(400, "not-supported", f"the criteria has to be {TOPIC}", "Subscription.criteria")
    channel = resource.get("channel")
    if not isinstance(channel, Mapping) or text(channel, "type") != "rest-hook":
        raise Refused(400, "not-supported", "rest-hook is the one channel that is served", "Subscription.channel.type")
    endpoint = text(channel, "endpoint")
    _expect_allowed(endpoint, client)
    stated = extensions(_beside(channel, "_payload"), "backport-payload-content")
    content = text(stated[0], "valueCode") if stated else _FULL
    if content not in (_FULL, _ID_ONLY, _EMPTY):
        where = "Subscription.channel.payload.extension"
        raise Refused(400, "value", f"{content} is not one of {_FULL}, {_ID_ONLY}, {_EMPTY}", where)
    return Subscription(
        subscription_id,
        client.name,
        endpoint,
        _organizations(resource, client),
        content,
        _headers(channel),
        REQUESTED,
        {**resource, "id": subscription_id, "status": REQUESTED},
    )


def _beside(owner: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = owner.get(name)
    return held if isinstance(held, Mapping) else {}


def _organizations(resource: Mapping[str, Any], client: Client) -> tuple[str, ...]:
    """The organizations that the filter names, each of them the client's."""
    asked: list[str] = []
    for one in extensions(_beside(resource, "_criteria"), "backport-filter-criteria"):
        name, _, values = text(one, "valueString").rpartition("?")[2].partition("=")
        if name != _FILTER:
            raise Refused(400, "not-supported", f"{name} filters nothing here; {_FILTER} does", "Subscription.criteria")
        asked += [value.rpartition("|")[2] for value in values.split(",") if value]
    asked = asked or sorted(client.organizations)
    if not asked:
        raise Refused(400, "required", f"name the organization by the filter {_FILTER}", "Subscription.criteria")
    if client.name and not set(asked) <= client.organizations:
        raise Refused(403, "forbidden", "the organization is not the client's", "Subscription.criteria")
    return tuple(asked)


def _expect_allowed(endpoint: str, client: Client) -> None:
    """Notifications go where the file of clients allows; where every client is let in, to this machine alone."""
    where = "Subscription.channel.endpoint"
    try:
        host = expect_address(endpoint).hostname or ""
    except ValueError:
        raise Refused(400, "value", "the endpoint has to be an address of http or https", where) from None
    if client.name:
        if not any(is_below(endpoint, allowed) for allowed in client.endpoints):
            raise Refused(403, "forbidden", "the endpoint is not one of those that the client is known by", where)
    elif not is_this_machine(host):
        raise Refused(403, "forbidden", "without authentication notifications go only to this machine", where)


def _headers(channel: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    held = channel.get("header")
    found = []
    for one in held if isinstance(held, list) else []:
        name, colon, value = one.partition(":") if isinstance(one, str) else ("", "", "")
        plain = name.strip().replace("-", "")
        if not colon or not (plain.isascii() and plain.isalnum()) or not value.isprintable():
            raise Refused(400, "value", "a header has to read Name: value", "Subscription.channel.header")
        if name.strip().lower() in _OF_THE_MESSAGE:
            raise Refused(400, "value", f"{name.strip()} is set by the server", "Subscription.channel.header")
        found.append((name.strip(), value.strip()))
    if len(found) > _MOST_HEADERS:
        raise Refused(400, "too-costly", f"at most {_MOST_HEADERS} headers are sent", "Subscription.channel.header")
    return tuple(found)


def shown_subscription(subscription: Subscription) -> Json:
    """The current subscription; headers are secrets and are not shown."""
    channel = {name: value for name, value in subscription.resource["channel"].items() if name != "header"}
    return {**subscription.resource, "status": subscription.status, "channel": channel}


def notification(
    subscription: Subscription, base_url: str, kind: str, number: int, response: Json | None, at: datetime
) -> Json:
    """The bundle that is sent: the status of the subscription, and the response where the full resource is wanted."""
    focus = f"{base_url}/Bundle/{response['id']}" if response else ""
    status = {
        "resourceType": "Parameters",
        "id": f"status-{subscription.subscription_id}-{number}"[:64],
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": f"Subscription/{subscription.subscription_id}"}},
            {"name": "topic", "valueCanonical": TOPIC},
            {"name": "status", "valueCode": subscription.status},
            {"name": "type", "valueCode": kind},
            {"name": "events-since-subscription-start", "valueString": str(number)},
            *([_event(subscription, number, focus, at)] if kind == EVENT else []),
        ],
    }
    own_url = f"{base_url}/Subscription/{subscription.subscription_id}/$status"
    entries = [
        {
            "fullUrl": f"{base_url}/Parameters/{status['id']}",
            "resource": status,
            "request": {"method": "GET", "url": own_url},
            "response": {"status": "200"},
        }
    ]
    if response is not None and subscription.content == _FULL:
        entries.append(
            {
                "fullUrl": focus,
                "resource": response,
                "request": {"method": "GET", "url": f"Bundle/{response['id']}"},
                "response": {"status": "200"},
            }
        )
    return {"resourceType": "Bundle", "type": "history", "timestamp": at.isoformat(), "entry": entries}


def _event(subscription: Subscription, number: int, focus: str, at: datetime) -> Json:
    part: list[Json] = [
        {"name": "event-number", "valueString": str(number)},
        {"name": "timestamp", "valueInstant": at.isoformat()},
    ]
    if focus and subscription.content != _EMPTY:
        part.append({"name": "focus", "valueReference": {"reference": focus}})
    return {"name": "notification-event", "part": part}
