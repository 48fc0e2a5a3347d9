"""Give several cases to another officer at once, all or none, with one reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.routing.reassign_case import reassign_case

MOST = 100


async def reassign_many(
    tx: Transaction,
    copies: Copies,
    numbers: Sequence[tuple[str, int]],
    *,
    owner: str | None,
    reason: str,
    viewer: StaffMember,
    now: datetime,
) -> int:
    """Reassign cases by tracking number and the version that was looked at; returns how many.

    Args:
        owner: user name of an officer of the case's unit; None for the least loaded one who is here.

    Raises:
        InvalidInput: none is chosen, no reason, or somebody who cannot take one of them.
        NotFound, StaleCase, NotAllowed, Conflict: as for one case.
    """
    if not 0 < len(numbers) <= MOST:
        problem = FieldProblem("case", N_("No case is chosen."), N_("Tick the cases that are to go to somebody else."))
        raise InvalidInput(N_("Nothing was changed."), fields=[problem])
    for number, version in sorted(numbers):
        await reassign_case(
            tx, copies, number, owner=owner, reason=reason, viewer=viewer, expected_version=version, now=now
        )
    return len(numbers)
