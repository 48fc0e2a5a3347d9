"""File a complaint for a mail that cannot be read, when a person says so: its beginning, as far as it is legible."""

from __future__ import annotations

import re
from uuid import UUID

from services.intake.email.charsets import decode_text
from services.intake.email.filing_of_mail import shortened
from services.intake.email.incoming import CHANNEL, Incoming
from services.intake.file_complaint import file_complaint, key_of
from services.intake.filing import read_filing, without_unseen
from services.intake.filing_checks import check
from services.intake.serials import Serials
from services.kit.service import Context

BEGINNING = 4_000
"""Bytes of it that are shown; the raw message is with the case as a file."""

_UNREAD = "(อีเมลนี้อ่านโดยอัตโนมัติไม่ได้ กรุณาเปิดจดหมายต้นฉบับที่แนบไว้)"


async def file_unread(context: Context, serials: Serials, incoming: Incoming) -> UUID:
    """File it and answer the case; a repeat answers the same one."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    text = re.sub(r"\n{3,}", "\n\n", without_unseen(decode_text(incoming.raw[:BEGINNING], None)))
    filing = read_filing(
        {
            "narrative": shortened(f"{_UNREAD}\n\n{text}", "th"),
            "identity": "anonymous",
            "channel": CHANNEL,
            "received_at": incoming.received_at.isoformat(),
        }
    )
    receipt = await file_complaint(
        context.database,
        check(filing, bundle, await context.copies.staff(context.database), now),
        bundle=bundle,
        serials=serials,
        settings=context.settings,
        now=now,
        key=key_of(context.settings.digest_key, CHANNEL, incoming.source_id, b""),
    )
    return receipt.complaint_id
