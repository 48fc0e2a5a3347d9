"""Keep that two cases belong together, and say so in both timelines: what linking, merging and splitting share."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseLinked, LinkSort
from schemas.envelope import FreeText
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.routing.case import Case
from services.routing.store import Line, announcement, write


async def keep_link(
    tx: Transaction, case: Case, other: Case, *, sort: LinkSort, reason: str | None, by: UUID | None, now: datetime
) -> None:
    """Keep that two cases belong together.

    Raises:
        InvalidInput: they are linked already.
    """
    kept = await tx.fetchval(
        'insert into routing.case_link (id, case_id, other_id, sort, reason, "by", at)'
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id",
        new_id(), case.id, other.id, sort, reason, by, now,
    )  # fmt: skip
    if kept is None:
        raise InvalidInput(
            N_("Some fields need changing."),
            N_("Nothing was saved; correct the fields."),
            fields=[FieldProblem("other", N_("These two are linked already."), N_("Nothing is left to do."))],
        )


async def undo_link(tx: Transaction, link_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """A link no longer holds; that it did stays."""
    await tx.execute(
        "update routing.case_link set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null",
        link_id, now, by,
    )  # fmt: skip


async def tell_of_link(
    tx: Transaction,
    changed: Case,
    other: Case,
    *,
    sort: LinkSort,
    reason: str | None,
    by: UUID | None,
    now: datetime,
    undone: bool = False,
    actor: Any = "staff",
) -> None:
    """Write the line into the timeline of a case, already of its next version, and announce it."""
    fields = {"sort": sort, "other": other.tracking_number, "other_id": str(other.id), "undone": undone}
    await write(tx, changed, Line("linked", now, actor, by, reason=reason, fields=fields))
    tx.announce(
        CaseLinked(
            **announcement(changed, by=by, at=now, actor=actor),
            other=other.id,
            sort=sort,
            undone=undone,
            reason=FreeText.of(reason) if reason else None,
        ),
        case_id=changed.id,
        at=now,
    )
