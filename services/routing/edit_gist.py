"""Change the one line by which a case is known in the queue. Routing's own; nobody else needs to hear of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.reprioritise_case import may_reprioritise
from services.routing.search.read_anew import read_anew
from services.routing.store import Line, insert_lines
from services.routing.writing import held, said

LIMIT = 120


async def edit_gist(
    tx: Transaction, copies: Copies, ident: str | UUID, *, gist: str | None, viewer: StaffMember, now: datetime
) -> str:
    """Change the gist; the one before stays in the timeline. Returns the gist as kept. The version stays.

    Raises:
        NotFound, NotAllowed: as for a step.
        InvalidInput: it is empty or longer than a line.
    """
    case, _ = await held(
        tx, copies, ident, viewer, now, may=may_reprioritise, open_only=False,
        who=N_("An officer of the unit, its head, a supervisor or the complaint centre can."),
    )  # fmt: skip
    line = " ".join(said("gist", gist, limit=LIMIT).split())
    before = await tx.fetchval("select gist from routing.case where id = $1", case.id)
    if line == before:
        return line
    await tx.execute("update routing.case set gist = $2 where id = $1", case.id, line)
    written = Line("gist", now, "staff", viewer.staff_id, texts={"before": before, "text": line})
    await insert_lines(tx, [(case.id, None, written)])
    await read_anew(tx, case.id)
    return line
