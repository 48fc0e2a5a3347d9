"""A one-time code to the contact on file, for whoever has lost the secret: short-lived, few tries, kept as a digest.

What is answered is the same whether there is such a case, and whether it has a contact: nothing is learned by asking.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from services.intake.allowances import Limit, take
from services.intake.messages.keys import COVERED, code_of
from services.intake.messages.queue_message import queue_message
from services.intake.subjects.prove_contact import proved_by_code
from services.intake.track_complaint import NoSuchCase
from services.intake.tracking_number import read_number
from services.kit.database import Transaction
from services.kit.i18n import N_, Lang, translate
from services.kit.tokens import keyed_digest

LASTS = timedelta(minutes=10)
TRIES = 5
PER_CASE = Limit("code by case", 3, timedelta(hours=1))
PER_ADDRESS = Limit("code by address", 20, timedelta(hours=1))
TRIES_BY_ADDRESS = Limit("code tried by address", 60, timedelta(hours=1))

MESSAGE = N_("Your code for %(number)s is %(code)s. It is valid for %(minutes)s minutes. Give it to nobody.")


async def send_code(tx: Transaction, server_secret: str, number: str, address: str, now: datetime) -> bool:
    """Send a code, if the case has a contact; the caller never tells which. False when it was asked for too often."""
    if not await take(tx, server_secret, PER_ADDRESS, address, now):
        return False
    found = read_number(number) or "-"
    if not await take(tx, server_secret, PER_CASE, found, now):
        return False
    row = await tx.fetchrow(
        "select c.id, c.language, c.tracking_number from intake.complaint c"
        " left join intake.identity i on i.complaint_id = c.id"
        " where c.tracking_number = $1 and c.erased_at is null and (i.phone is not null or i.email is not null"
        "  or exists (select 1 from intake.reply_address r where r.case_id = c.id and r.stopped_at is null))",
        found,
    )
    if row is None:
        return True
    nonce = secrets.token_hex(8)
    await tx.execute(
        "insert into intake.access_code (case_id, digest, until) values ($1, $2, $3) on conflict (case_id) do update"
        " set digest = excluded.digest, until = excluded.until, tried = 0",
        row["id"],
        _digest(server_secret, row["id"], code_of(server_secret, row["id"], nonce)),
        now + LASTS,
    )
    lang: Lang = "en" if row["language"] == "en" else "th"
    minutes = int(LASTS.total_seconds() // 60)
    text = translate(lang, MESSAGE, number=row["tracking_number"], code=COVERED, minutes=minutes)
    # The words that are kept, and that staff may read, have no code: it is put in when they leave.
    extra = {"code_nonce": nonce, "code_until": (now + LASTS).isoformat()}
    message_id = await queue_message(
        tx, case_id=row["id"], template=None, text=str(text), extra=extra, urgent=True, now=now
    )
    await tx.execute("update intake.access_code set message_id = $2 where case_id = $1", row["id"], message_id)
    return True


async def enter_code(tx: Transaction, server_secret: str, number: str, code: str, address: str, now: datetime) -> UUID:
    """The case whose code this is; the code is used up. What is wrong is not told.

    A try counts even when it fails, so it must not be undone: the caller commits what `tried` says.

    Raises:
        NoSuchCase: no case, no code, a wrong or old one, or too many tries; all alike.
    """
    allowed = await take(tx, server_secret, TRIES_BY_ADDRESS, address, now)
    row = await tx.fetchrow(
        "update intake.access_code a set tried = tried + 1 from intake.complaint c"
        " where c.id = a.case_id and c.tracking_number = $1"
        " returning a.case_id, a.digest, a.until, a.tried, a.message_id",
        read_number(number) or "-",
    )
    digits = "".join(str(int(sign)) for sign in code if sign.isdecimal())
    case_id = row["case_id"] if row else UUID(int=0)
    fits = compare_digest(_digest(server_secret, case_id, digits), row["digest"] if row else bytes(32))
    if row is None or not allowed or not fits or row["tried"] > TRIES or row["until"] <= now:
        raise wrong_code()
    await tx.execute("delete from intake.access_code where case_id = $1", case_id)
    await proved_by_code(tx, case_id, row["message_id"], now)
    return case_id


def wrong_code() -> NoSuchCase:
    """Said for everything that can be wrong with a code."""
    return NoSuchCase(
        N_("This code does not open a case."),
        N_("It is valid for ten minutes and for five tries. Ask for a new one, or call us."),
    )


def _digest(server_secret: str, case_id: UUID, code: str) -> bytes:
    return keyed_digest(server_secret, "access code", f"{case_id}:{code}")


async def forget_codes(tx: Transaction, now: datetime) -> None:
    """Forget codes that are over."""
    await tx.execute("delete from intake.access_code where until < $1", now)
