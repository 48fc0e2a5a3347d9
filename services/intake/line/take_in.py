"""Take a webhook in: keep its events, each once, and be done. What they mean is worked out afterwards (`work.py`).

One statement for all events of a request. LINE waits a second for the answer and sends again what it got none for, so
nothing else happens here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from prometheus_client import Counter

from services.intake.contacts.keeping import Contacts
from services.intake.contacts.seal import Seal, place_of
from services.intake.line import reading
from services.intake.line.users import talker_of
from services.kit.database import Database
from services.kit.errors import InvalidInput
from services.kit.i18n import N_
from services.kit.journal import columns

EVENTS = Counter(
    "redress_line_events_total", "Webhook events of LINE, by type and whether they were new", ["type", "new"]
)

KNOWN = frozenset(
    "message unsend follow unfollow join leave memberJoined memberLeft postback videoPlayComplete beacon accountLink"
    " things module activated deactivated botSuspended botResumed membership delivery".split()
)


class NotAWebhook(InvalidInput):
    """The body is signed, but it is no webhook of the Messaging API."""

    code = "not-a-webhook"


class Taken(NamedTuple):
    """How many events a request had, and how many of them were new."""

    events: int
    new: int


def events_in(body: bytes) -> list[Mapping[str, Any]]:
    """The events of a webhook.

    Raises:
        NotAWebhook: it is no JSON object with a list of events.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    events = document.get("events") if isinstance(document, dict) else None
    if not isinstance(events, list):
        raise NotAWebhook(
            N_("The body is no webhook of the Messaging API."), N_("Send a JSON object with a list `events`.")
        )
    return [event for event in events if isinstance(event, dict)]


_KEEP = """
    with given as (
        select * from unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[])
            with ordinality as g(id, talker, type, message_id, at, raw, place)
    ),
    kept as (
        insert into intake.line_event (id, talker, type, message_id, at, arrived_at, raw, sealed_by)
        select id, talker, type, message_id, at, $7, raw, $8 from given order by place
        on conflict (id) do nothing returning id
    ),
    noted as (
        insert into intake.arrival (channel, source_id, arrived_at, updated_at)
        select 'line', id, $7, $7 from kept on conflict do nothing
    )
    select coalesce(array_agg(id), '{}') as ids from kept
"""
"""Keep events and note their arrival (`intake.arrivals`) in one round trip."""


async def take_in(database: Database, contacts: Contacts, events: Sequence[Mapping[str, Any]], now: datetime) -> Taken:
    """Keep what is new; committed when this returns."""
    rows: dict[str, tuple[Any, ...]] = {}
    for event in events:
        identifier = reading.event_id(event)
        rows.setdefault(identifier, _row(identifier, event, contacts, now))
    if not rows:
        return Taken(0, 0)
    kept = await database.statement(_KEEP, *columns(list(rows.values()), 6), now, contacts.seal.newest)
    new = set(kept["ids"]) if kept else set()
    for identifier, row in rows.items():
        kind = row[2] if row[2] in KNOWN else "other"
        EVENTS.labels(kind, "yes" if identifier in new else "no").inc()
    return Taken(len(events), len(new))


def _row(identifier: str, event: Mapping[str, Any], contacts: Contacts, now: datetime) -> tuple[Any, ...]:
    _, where = reading.source_of(event)
    return (
        identifier,
        talker_of(contacts.digest_key, where or identifier),
        reading.event_type(event),
        reading.message_id(event),
        reading.happened_at(event, now),
        contacts.seal.document(without_nulls(reading.kept_of(event)), place_of("line_event", "raw", identifier)),
    )


def event_of(row: Mapping[str, Any], seal: Seal) -> dict[str, Any]:
    """The event in a row of `line_event`, readable; empty when it was taken away. Raises ContactKeyMissing."""
    return dict(seal.read_document(row["raw"], place_of("line_event", "raw", row["id"])) or {})


def without_nulls(value: Any) -> Any:
    """A JSON value without null characters and lone surrogates, which the database cannot keep."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {without_nulls(name): without_nulls(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**62:
        return str(value)
    return value
