"""Who did what in governance: its journal and the sign-ins, newest first (ISO 10002 4, accountability)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.kit.database import Database
from services.kit.paging import Key

KINDS = ("policy-adopted", "staff-changed", "session-revoked", "session-started")

_NEWEST = """
select * from (
  (select recorded_at as at, id, type as kind, case_id, bucket, position from governance.journal
    where (recorded_at, id) < ($1, $2) and ($3 = '' or type = $3) order by recorded_at desc, id desc limit $4)
  union all
  (select started_at, session_id, 'session-started', staff_id, null, null from governance.session
    where (started_at, session_id) < ($1, $2) and $3 in ('', 'session-started')
    order by started_at desc, session_id desc limit $4)
) newest order by at desc, id desc limit $4
"""

_BODIES = """
select j.id, (j.body::jsonb - 'bundle') as body,
  (select p.body::jsonb from governance.journal p where p.case_id = j.case_id and p.position < j.position
    and p.type = 'staff-changed' order by p.position desc limit 1) as before
from unnest($1::smallint[], $2::bigint[]) as k(bucket, position)
join governance.journal j on j.bucket = k.bucket and j.position = k.position
"""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing about a member that changed."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit page. `what` is a kind of `KINDS`, or for staff the way in which they were changed."""

    at: datetime
    deed_id: UUID
    what: str
    by: UUID | None
    about: UUID | None
    """The member concerned."""
    version: str | None = None
    changes: tuple[FieldChange, ...] = ()


async def read_audit(
    database: Database, *, kind: str = "", before: Key | None = None, now: datetime, limit: int = 50
) -> tuple[list[Deed], Key | None]:
    """The newest deeds before a key, and the key of the page after them."""
    at, identifier = before or (now, UUID(int=2**128 - 1))
    rows = await database.read(_NEWEST, at, identifier, kind, limit + 1)
    shown = rows[:limit]
    written = [row for row in shown if row["bucket"] is not None]
    bodies = {
        row["id"]: row
        for row in await database.read(
            _BODIES, [row["bucket"] for row in written], [row["position"] for row in written]
        )
    }
    deeds = [_deed(row, bodies.get(row["id"])) for row in shown]
    following = (shown[-1]["at"], shown[-1]["id"]) if len(rows) > limit else None
    return deeds, following


def _deed(row: Any, written: Any) -> Deed:
    at, deed_id, kind = row["at"], row["id"], row["kind"]
    if written is None:
        return Deed(at, deed_id, kind, row["case_id"], row["case_id"])
    body = _mapping(written["body"])
    by = UUID(body["by"]) if body.get("by") else None
    if kind == "policy-adopted":
        return Deed(at, deed_id, kind, by, None, version=str(body["policy_version"]))
    if kind == "session-revoked":
        owner = UUID(body["staff_id"])
        return Deed(at, deed_id, kind, by or owner, owner)
    member = body["member"]
    old = _mapping(written["before"]).get("member") if written["before"] else None
    what = body.get("what") or ("changed" if old else "added")
    return Deed(at, deed_id, what, by, UUID(member["staff_id"]), changes=tuple(_changes(old, member)))


def _mapping(value: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def _changes(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[FieldChange]:
    if old is None:
        return
    for field in ("display_name", "unit", "roles", "capacity", "email", "active", "on_duty"):
        if old.get(field) != new.get(field):
            yield FieldChange(field, old.get(field), new.get(field))
