"""The case that a mail belongs to, and only where it surely does: nobody's words ever reach somebody else's case."""

from __future__ import annotations

from uuid import UUID

from services.intake.contacts.digests import contact_digest
from services.intake.email.incoming import CHANNEL
from services.intake.email.parse_message import ParsedMessage
from services.intake.email.thread_token import claims, verified
from services.kit.database import Transaction


async def find_case(tx: Transaction, mail: ParsedMessage, secret: str) -> UUID | None:
    """The case by a signed token; else by the mail it answers, if that was ours and its sender is the complainant."""
    for claim in claims(mail.subject, [box.address for box in mail.to]):
        rows = await tx.fetch("select id from intake.complaint where tracking_number = $1", claim.tracking_number)
        if rows and verified(secret, rows[0]["id"], claim.token):
            return UUID(str(rows[0]["id"]))
    return await _by_references(tx, mail, secret)


def bears_token(mail: ParsedMessage, secret: str, case_id: UUID) -> bool:
    """Whether a mail bears the token of a case, which only mails of ours about it bore before."""
    return any(
        verified(secret, case_id, claim.token) for claim in claims(mail.subject, [box.address for box in mail.to])
    )


def sender_digest(mail: ParsedMessage, secret: str) -> bytes | None:
    """The digest of the address that a mail says it is from."""
    return contact_digest(secret, "email", _as_kept(mail.sender.address)) if mail.sender is not None else None


async def _by_references(tx: Transaction, mail: ParsedMessage, secret: str) -> UUID | None:
    named = list(dict.fromkeys([*reversed(mail.in_reply_to), *reversed(mail.references)]))
    if not named or mail.sender is None:
        return None
    sender = sender_digest(mail, secret)
    rows = await tx.fetch(
        "select n.place, c.id from unnest($1::text[]) with ordinality as n(id, place)"
        " cross join lateral ("
        "   select case_id from intake.message where channel = $3 and provider_id in (n.id, '<' || n.id || '>')"
        "   union select case_id from intake.mail where message_id = n.id"
        " ) as known"
        " join intake.complaint c on c.id = known.case_id"
        # By the address on this very case: that it was once given beside another contact is no evidence.
        " where exists (select 1 from intake.identity i where i.complaint_id = c.id and i.email_digest = $2)"
        " or exists (select 1 from intake.reply_address r where r.case_id = c.id and r.digest = $2)"
        " order by n.place, c.id desc limit 1",
        named,
        sender,
        CHANNEL,
    )
    return UUID(str(rows[0]["id"])) if rows else None


async def ids_of_ours(tx: Transaction, mail: ParsedMessage) -> set[str]:
    """Those message ids a mail bears or reports on that are ids of messages we sent, without angle brackets."""
    asked = list(
        dict.fromkeys([mail.message_id or "", *(one for report in mail.reports for one in report.original_ids)])
    )
    rows = await tx.fetch(
        "select trim(both '<>' from provider_id) as id from intake.message"
        " where direction = 'out' and channel = $2 and provider_id = any($1::text[])",
        [form for one in asked if one for form in (one, f"<{one}>")],
        CHANNEL,
    )
    return {row["id"] for row in rows}


def _as_kept(address: str) -> str:
    local, _, host = address.rpartition("@")
    return f"{local}@{host.lower()}"
