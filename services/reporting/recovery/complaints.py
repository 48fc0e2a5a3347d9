"""The complaint a record belongs to, as reporting knows it from events, found only by whoever may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.kit.copies import Fetches
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.scope import Scope
from services.reporting.recovery.form import invalid

_COLUMNS = (
    "f.case_id, f.tracking_number, f.state, f.kind, f.category, f.service_point, f.unit, f.owner, f.approving_unit,"
    " f.restricted, f.subject_unit, f.subject_person, f.policy_version, f.received_at"
)


async def find_complaint(source: Fetches, scope: Scope, tracking_number: str) -> Mapping[str, Any]:
    """The complaint of that number.

    Raises:
        InvalidInput: there is none, or it is outside the scope; the two look the same.
    """
    seen, args = scope.where("f", 2)
    rows = await source.fetch(
        f"select {_COLUMNS} from reporting.case_fact f where f.tracking_number = $1 and f.unit is not null and {seen}",
        tracking_number.strip().upper(),
        *args,
    )
    if not rows:
        raise invalid(
            [
                FieldProblem(
                    "tracking_number",
                    N_("There is no such complaint, or it is not within your scope."),
                    N_("Check the number."),
                )
            ]
        )
    found: Mapping[str, Any] = rows[0]
    return found


async def linked_complaints(source: Fetches, scope: Scope, recovery_id: UUID) -> list[Mapping[str, Any]]:
    """The complaints about the incident of a record that are within the scope, oldest first."""
    seen, args = scope.where("f", 2)
    return list(
        await source.fetch(
            f"select {_COLUMNS}, l.linked_at, l.linked_by from reporting.recovery_complaint l"
            " join reporting.case_fact f on f.case_id = l.complaint_id"
            f" where l.recovery_id = $1 and {seen} order by f.received_at, f.case_id",
            recovery_id,
            *args,
        )
    )


async def case_of(source: Fetches, case_id: UUID) -> Mapping[str, Any] | None:
    """What is known of a case, or None while routing has not spoken of it."""
    rows = await source.fetch(
        f"select {_COLUMNS} from reporting.case_fact f where f.case_id = $1 and f.unit is not null"
        " and f.routing_version > 0",
        case_id,
    )
    return rows[0] if rows else None
