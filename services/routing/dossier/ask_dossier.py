"""Ask for the dossier of a case, with who asked and what for; intake puts it together, where messages and files are."""

from __future__ import annotations

import base64
import gzip
from datetime import datetime
from uuid import UUID

from schemas.cases import DossierAsked
from schemas.envelope import FreeText, bucket_of
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.routing.actors import works
from services.routing.case import Case
from services.routing.dossier.write_record import JournalLine, write_record
from services.routing.read_case import read_case
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said

OTHERS = ("centre", "supervisor", "reviewer", "unit_head", "integrity")

MOST_BYTES = 700_000
"""A record beyond this, packed, does not travel as one event."""


def may_ask(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case, and who answers for it to others."""
    return works(case, member, bundle) or not set(OTHERS).isdisjoint(member.roles)


async def ask_dossier(
    tx: Transaction, copies: Copies, ident: str | UUID, *, reason: str | None, viewer: StaffMember, now: datetime
) -> Moved:
    """Write the record of the case as it stands, and have the dossier made of it. It comes among the files of the case.

    Raises:
        NotFound, NotAllowed: as for a step.
        InvalidInput: it is not said what the dossier is for.
        Conflict: the record is too long to travel.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_ask, open_only=False, who=N_("Those who work on the case can.")
    )
    why = said("reason", reason)
    found = await read_case(tx, scope_of(await copies.in_force(tx, now), viewer), case.id)
    rows = await tx.fetch(
        "select position, type, occurred_at as at, encode(digest, 'hex') as digest from routing.journal"
        " where bucket = $1 and case_id = $2 order by position",
        bucket_of(case.id), case.id,
    )  # fmt: skip
    journal = [JournalLine(**row) for row in rows]
    record = write_record(
        found, bundle, await copies.staff(tx), journal, asked_by=viewer.display_name, lang="th", now=now
    )
    packed = base64.b64encode(gzip.compress(record.encode(), mtime=0)).decode()
    if len(packed) > MOST_BYTES:
        raise Conflict(
            N_("The record of this case is too long for one dossier."), N_("Print the page of the case instead.")
        )
    changed = case.changed(now)
    await write(tx, changed, Line("dossier", now, "staff", viewer.staff_id, reason=why))
    tx.announce(
        DossierAsked(
            **announcement(changed, by=viewer.staff_id, at=now),
            request=new_id(),
            reason=FreeText.of(why),
            record=FreeText.of(packed),
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(changed.id, changed.state, changed.version)
