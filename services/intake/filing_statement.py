"""The one statement that writes a filing, and the columns of a complaint that it shares with the import of history.

Everything that depends on another part waits for it through the data, so locks are taken in one order: idempotency
key, contacts (sorted), complaint, and last, for the shortest time, the bucket's counter.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from schemas.complaints import ComplaintFiled

COMPLAINT_COLUMNS = (
    "id", "tracking_number", "secret_digest", "kind", "channel", "narrative", "remedy_sought", "location", "category",
    "service_point", "area", "segment", "reference", "subject_unit", "subject_person", "identity", "complainant_ref",
    "represented", "language", "happened_at", "received_at", "recorded_at", "acknowledged_at", "policy_version",
    "promised", "unit", "restricted", "external_reference", "filed_by", "consent_version", "historical",
)  # fmt: skip


def complaint_row(
    case_id: UUID,
    fact: ComplaintFiled,
    secret: bytes,
    unit: str,
    restricted: bool,
    *,
    subject_unit: str | None = None,
    consent: str | None = None,
    historical: bool = False,
) -> tuple[Any, ...]:
    """The row of `intake.complaint` for an event, in the order of `COMPLAINT_COLUMNS`."""
    return (
        case_id, fact.tracking_number, secret, fact.kind, fact.channel, fact.narrative.text,
        fact.remedy_sought and fact.remedy_sought.text, fact.location and fact.location.text, fact.category,
        fact.service_point, fact.area, fact.segment, fact.reference,
        subject_unit, fact.subject and fact.subject.person,
        fact.identity, fact.complainant_ref, fact.represented, fact.language, fact.happened_at, fact.received_at,
        fact.recorded_at, fact.acknowledged_at, fact.policy_version,
        fact.promised.model_dump(mode="json", exclude_none=True), unit, restricted, fact.external_reference,
        fact.filed_by, consent, historical,
    )  # fmt: skip


_N = len(COMPLAINT_COLUMNS)
_REF = COMPLAINT_COLUMNS.index("complainant_ref") + 1
_RECORDED = COMPLAINT_COLUMNS.index("recorded_at") + 1
_TYPES = {
    "id": "uuid", "secret_digest": "bytea", "complainant_ref": "uuid", "filed_by": "uuid", "promised": "jsonb",
    "represented": "bool", "restricted": "bool", "historical": "bool", "happened_at": "timestamptz",
    "received_at": "timestamptz", "recorded_at": "timestamptz", "acknowledged_at": "timestamptz",
}  # fmt: skip


def column_type(column: str) -> str:
    """The PostgreSQL type of a column of `intake.complaint`."""
    return _TYPES.get(column, "text")


def _parameter(place: int, column: str) -> str:
    return "chosen.ref" if column == "complainant_ref" else f"${place}::{column_type(column)}"


def _statement(claim: str) -> str:
    columns = ", ".join(COMPLAINT_COLUMNS)
    values = ", ".join(_parameter(place, column) for place, column in enumerate(COMPLAINT_COLUMNS, 1))
    digests, known, who, event = _N + 1, _N + 2, _N + 3, _N + 13
    return f"""
    with claimed as ({claim}),
    contact_before as (
        select ref from intake.contact where digest = any(${digests}::bytea[]) order by known_since, digest limit 1
    ),
    contact_now as (
        insert into intake.contact (digest, ref, known_since)
        select given, coalesce((select ref from contact_before), ${_REF}::uuid), ${_RECORDED}::timestamptz
          from claimed, unnest(${digests}::bytea[]) given
        -- Touched, not left alone: whoever comes second then waits for, and learns, what the first one wrote.
        on conflict (digest) do update set digest = excluded.digest
        returning ref
    ),
    chosen as (
        select case when ${_REF}::uuid is null then null
                    else coalesce((select ref from contact_before),
                                  (select ref from contact_now where ref <> ${_REF}::uuid limit 1),
                                  ${_REF}::uuid) end as ref
          from claimed
    ),
    filed as (
        insert into intake.complaint ({columns}) select {values} from chosen returning id
    ),
    known as (
        insert into intake.identity (complaint_id, name, phone, email, representative_name, representative_relation,
                                     representative_authority, contact_preference, phone_digest, email_digest,
                                     sealed_by)
        select id, ${who}::text, ${who + 1}::text, ${who + 2}::text, ${who + 3}::text, ${who + 4}::text,
               ${who + 5}::text, ${who + 6}::text, ${who + 7}::bytea, ${who + 8}::bytea, ${who + 9}::text
          from filed where ${known}::bool
    ),
    fact as (
        select case when ref is null then ${event + 5}::text
                    else replace(${event + 5}::text, ${_REF}::uuid::text, ref::text) end as body
          from chosen
    ),
    digested as (
        select body, sha256(convert_to(${event + 7}::text || body, 'UTF8')) as digest from fact
    ),
    counter as (
        update intake.bucket set position = position + 1, head = sha256(head || (select digest from digested))
        where bucket = ${event}::smallint and exists (select 1 from filed) returning position, head
    )
    insert into intake.journal (bucket, position, id, case_id, type, version, occurred_at, recorded_at,
                                historical, body, texts, digest, traceparent, head)
    select ${event}::smallint, position, ${event + 1}::uuid, $1::uuid, ${event + 2}::text, ${event + 3}::smallint,
           ${event + 4}::timestamptz, clock_timestamp(), false, body, ${event + 6}::text, digest,
           ${event + 8}::text, head
      from counter, digested
    returning position
    """


FILE = _statement("select 1")
"""Accept one filing."""

FILE_WITH_KEY = _statement(
    f"insert into intake.idempotency (key, body_digest, complaint_id, at)"
    f" values (${_N + 22}::bytea, ${_N + 23}::bytea, $1::uuid, ${_RECORDED}::timestamptz)"
    " on conflict (key) do nothing returning 1"
)
"""The same, unless the idempotency key is taken: then nothing is written and no row comes back."""
