"""Note that the complainant of a case proved a contact to be theirs: strong evidence of who they are, by its digest.

Proven is what came back over the contact itself: a one-time code that was sent to it, or an answer from it to a mail
of ours with the token of the case. A LINE account is proven by every message, which LINE signs. A telephone number or
address that was merely typed into a form proves nothing: anybody can type it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.kit.database import Transaction

_BY_CODE = """
    insert into intake.contact_proof (case_id, digest, kind, how, at)
    select i.complaint_id, case when m.channel = 'email' then i.email_digest else i.phone_digest end,
           case when m.channel = 'email' then 'email' else 'phone' end, 'code', $3
      from intake.identity i join intake.message m on m.id = $2 and m.case_id = i.complaint_id
     where i.complaint_id = $1 and m.channel in ('email', 'sms')
       and case when m.channel = 'email' then i.email_digest else i.phone_digest end is not null
    on conflict do nothing
"""


async def proved_by_code(tx: Transaction, case_id: UUID, message_id: UUID | None, now: datetime) -> None:
    """A code was entered that left as this message: whoever entered it reads what is sent to that contact."""
    if message_id is not None:
        await tx.execute(_BY_CODE, case_id, message_id, now)


async def proved_by_answer(
    tx: Transaction, case_id: UUID, digest: bytes, now: datetime, how: Literal["wrote"] = "wrote"
) -> None:
    """A mail with the token of the case came from the address on file: what we sent there is read there."""
    await tx.execute(
        "insert into intake.contact_proof (case_id, digest, kind, how, at)"
        " select complaint_id, $2, 'email', $3, $4 from intake.identity where complaint_id = $1 and email_digest = $2"
        " on conflict do nothing",
        case_id,
        digest,
        how,
        now,
    )
