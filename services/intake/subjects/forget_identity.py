"""Take away who filed a case and leave what they wrote: pseudonymisation (personal-data law).

The case keeps its words, numbers and times. Its complainant reference is a random number that nothing leads back to a
person any more, so that counts of repeats and every KPI stay as they were.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.complaints import IdentityHandled
from schemas.envelope import FreeText
from services.intake.email.keep_mail import RAW_ORIGIN
from services.intake.phone.forget_calls import forget_calls_of_case
from services.kit.database import Transaction

_LINE_EVENTS = """
    update intake.line_event set raw = null, draft = null, answer = null where state in ('done', 'ignored') and (
        id in (select source_id from intake.arrival where channel = 'line' and case_id = $1)
        or message_id in (select message_id from intake.line_message where case_id = $1))
"""

_LONELY = """
    select r.digest from intake.reply_address r where r.case_id = $1 and r.channel = 'line' and r.digest is not null
       and not exists (select 1 from intake.reply_address o where o.digest = r.digest and o.case_id <> $1)
       and not exists (select 1 from intake.staff_address s where s.digest = r.digest)
"""
"""LINE accounts that nobody knows but by this case."""


async def forget_identity(
    tx: Transaction, case_id: UUID, *, ground: str, by: UUID | None, now: datetime, request_id: UUID | None = None
) -> bool:
    """Take the identity away and announce that it is gone; False when there was none any more."""
    if not await dispose(tx, case_id, "identity", ground=ground, by=by, now=now, request_id=request_id):
        return False
    await blank_identity(tx, case_id, now)
    fact = IdentityHandled(what="forgotten", by=by, at=now, reason=FreeText.of(ground))
    tx.announce(fact, case_id=case_id, at=now)
    return True


async def dispose(
    tx: Transaction,
    case_id: UUID,
    what: str,
    *,
    ground: str,
    by: UUID | None,
    now: datetime,
    request_id: UUID | None = None,
) -> bool:
    """Note in the disposal log that something of a case is taken away; False when it was before."""
    return bool(
        await tx.fetchval(
            "insert into intake.disposal (case_id, what, at, ground, by, request_id) values ($1, $2, $3, $4, $5, $6)"
            " on conflict do nothing returning 1",
            case_id,
            what,
            now,
            ground,
            by,
            request_id,
        )
    )


async def blank_identity(tx: Transaction, case_id: UUID, now: datetime) -> None:
    """Blank name and contacts wherever intake keeps them: identity, ways back, mails, LINE, calls, proofs, links."""
    await tx.execute(_LINE_EVENTS, case_id)
    for row in await tx.fetch(_LONELY, case_id):
        for table in ("line_user", "line_talk"):
            await tx.execute(f"delete from intake.{table} where talker = $1", row["digest"])
        await tx.execute(
            "update intake.line_event set raw = null where talker = $1 and state in ('done', 'ignored')", row["digest"]
        )
    for table, key in (
        ("identity", "complaint_id"),
        ("reply_address", "case_id"),
        ("contact_proof", "case_id"),
        ("access_code", "case_id"),
        ("line_code", "case_id"),
    ):
        await tx.execute(f"delete from intake.{table} where {key} = $1", case_id)
    await forget_calls_of_case(tx, case_id)
    await tx.execute("delete from intake.person_link where case_id = $1 or other_id = $1", case_id)
    await tx.execute(
        # A contact that no other case knows any more is forgotten with this one.
        "delete from intake.contact where ref = (select complainant_ref from intake.complaint where id = $1)"
        " and not exists (select 1 from intake.complaint c join intake.identity i on i.complaint_id = c.id"
        "  where c.complainant_ref = contact.ref and c.id <> $1)"
        " and not exists (select 1 from intake.reply_address r where r.digest = contact.digest)",
        case_id,
    )
    await tx.execute(
        "update intake.mail set raw = null, folded = null, html = null, message_id = null, envelope_from = null,"
        " envelope_to = null where case_id = $1",
        case_id,
    )
    await tx.execute(
        "update intake.stored_file set state = 'erased', name = null, reason = null, settled_at = null"
        " where case_id = $1 and origin = $2 and state <> 'erased'",
        case_id,
        RAW_ORIGIN,
    )
    await tx.execute(
        # The id of somebody's own mail often names their machine; ours stay, to know bounces by.
        "update intake.message set provider_id = null where case_id = $1 and direction = 'in'",
        case_id,
    )
