"""List alerts: what concerns whoever asks, newest first, page by page."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Fetches, Staff
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.scope import scope_of

MANAGERS = ("unit_head", "line_manager", "executive", "centre", "auditor", "administrator")
"""Roles that are concerned by the alerts of everybody below them, or that look over all of them."""

LONGEST = 200


def concerns(viewer: Viewer, first: int, alias: str = "a") -> tuple[str, list[Any]]:
    """As SQL with its parameters from `$first`: alerts that are the viewer's to answer for, sent to them or, for a
    manager, to anybody below; one that found no person is anybody's."""
    sql = f"(${first}::bool or {alias}.recipient = ${first + 1}::uuid or {alias}.recipient is null)"
    return sql, [viewer.has(*MANAGERS), viewer.staff_id]


@dataclass(frozen=True, slots=True)
class Page:
    """Some alerts and the cursor of the next ones; None when these are the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


async def list_alerts(
    source: Fetches,
    staff: Staff,
    bundle: PolicyBundle,
    viewer: Viewer,
    *,
    everything: bool = False,
    tracking_number: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Alerts sent to the viewer and, for a manager, to those below; with `everything`, all within the viewer's scope.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    scope, args = scope_of(bundle, viewer.member).where("c", 7)
    mine, whose = concerns(viewer, 3)
    size = max(1, min(limit, LONGEST))
    before = read_cursor(cursor)
    rows = await source.fetch(
        "select a.id, c.tracking_number, a.case_id, a.target, a.cycle, a.level, a.threshold_at, a.sent_at, a.recipient,"
        " a.recipient_unit, a.seen_at, a.seen_by, c.safety, k.state as clock_state, k.due_at"
        " from sla.alert a join sla.case_copy c using (case_id)"
        " left join sla.clock k using (case_id, target, cycle)"
        " where a.sent_at is not null and ($1::timestamptz is null or (a.sent_at, a.id) < ($1, $2::uuid))"
        f" and ($6::bool or {mine}) and ($5::text is null or c.tracking_number = $5)"
        f" and {scope} order by a.sent_at desc, a.id desc limit {size + 1}",
        before[0] if before else None,
        before[1] if before else None,
        *whose,
        tracking_number,
        everything,
        *args,
    )
    items = [_item(row, staff) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    return Page(items, make_cursor(last["sent_at"], last["id"]) if last else None)


def _item(row: Any, staff: Staff) -> dict[str, Any]:
    member = staff.get(row["recipient"])
    seen_by = staff.get(row["seen_by"])
    return {
        "id": str(row["id"]),
        "case_id": str(row["case_id"]),
        "tracking_number": row["tracking_number"],
        "target": row["target"],
        "cycle": row["cycle"],
        "level": row["level"],
        "threshold_at": row["threshold_at"],
        "sent_at": row["sent_at"],
        "recipient": member.username if member else None,
        "recipient_name": member.display_name if member else None,
        "recipient_unit": row["recipient_unit"],
        "due_at": row["due_at"],
        "clock_state": row["clock_state"],
        "safety": row["safety"],
        "seen_at": row["seen_at"],
        "seen_by": seen_by.username if seen_by else None,
    }


def make_cursor(at: datetime, identifier: UUID) -> str:
    """The cursor of the rows after this one."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{identifier}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The row a cursor stands after.

    Raises:
        InvalidInput: it is not one of ours.
    """
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, identifier = text.partition("|")
        found = datetime.fromisoformat(at), UUID(identifier)
        if found[0].tzinfo is None:
            raise ValueError("no zone")
    except (ValueError, binascii.Error) as problem:
        raise InvalidInput(
            N_("This page of the list cannot be found."),
            N_("Start again from the first page."),
            fields=[FieldProblem("cursor", N_("Not a cursor that this list gave out."), N_("Leave it out."))],
        ) from problem
    return found
