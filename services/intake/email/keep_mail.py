"""Keep a mail as it came, in one transaction with the note that it arrived; and find it again.

A mail of ordinary size lies in the row of its arrival, so that keeping it costs no second write and no second place to
fail; a large one lies in the file store (`docs/decisions/0037-raw-mails.md`). What lies in the row is sealed: a mail
names its sender.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.intake.arrivals import arrived
from services.intake.contacts.keeping import Contacts, contacts_of
from services.intake.contacts.seal import place_of, seal_of
from services.intake.email.incoming import CHANNEL, Incoming, loose_message_id
from services.intake.files.keep_file import file_store, keep_file, prepare_file, record_file
from services.intake.files.read_files import content_of, file_by_id
from services.intake.files.refusing import FileRefused
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.service import Context

ROW_LIMIT = 256 * 1024
"""Bytes up to which a mail lies in its row."""

RAW_ORIGIN = "mail-raw"
RAW_NAME = "message.eml"


async def note_arrivals(context: Context, batch: Sequence[Incoming], now: datetime) -> None:
    """Commit that these mails arrived, each with its raw message."""
    prepared, contacts = {}, contacts_of(context.settings)
    for incoming in batch:
        if len(incoming.raw) > ROW_LIMIT:
            try:
                prepared[incoming.source_id] = await prepare_file(
                    context, content=incoming.raw, name=RAW_NAME, origin=RAW_ORIGIN
                )
            except FileRefused:
                pass  # the scanner refuses the whole: its words and what is clean of it are kept all the same
    async with context.database.transaction() as tx:
        for incoming in batch:
            raw_file = None
            if (ready := prepared.get(incoming.source_id)) is not None:
                ref = await record_file(tx, ready, case_id=None, origin_id=incoming.source_id, at=now)
                raw_file = ref.id
            if await arrived(tx, CHANNEL, incoming.source_id, now, raw=raw_file):
                await _insert(tx, incoming, raw_file, contacts)


async def _insert(tx: Transaction, incoming: Incoming, raw_file: UUID | None, contacts: Contacts) -> None:
    mail, source_id = incoming.mail, incoming.source_id
    raw = None if len(incoming.raw) > ROW_LIMIT else incoming.raw
    await tx.execute(
        "insert into intake.mail (source_id, message_id, way, received_at, envelope_from, envelope_to, size, raw,"
        " raw_file, sealed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        source_id,
        mail.message_id if mail is not None else loose_message_id(incoming.raw),
        incoming.way,
        incoming.received_at,
        contacts.sealed(incoming.envelope_from, "mail", "envelope_from", source_id),
        contacts.sealed(incoming.envelope_to, "mail", "envelope_to", source_id),
        len(incoming.raw),
        contacts.seal.content(raw, place_of("mail", "raw", source_id)),
        raw_file,
        contacts.seal.newest,
    )


async def raw_as_file(context: Context, tx: Transaction, source_id: str, now: datetime) -> UUID | None:
    """See to it that the raw message of an arrival can be opened as a file; its id, or None where it is gone."""
    row = await tx.fetchrow("select raw, raw_file from intake.mail where source_id = $1", source_id)
    if row is None or row["raw"] is None:
        return row["raw_file"] if row else None
    raw = seal_of(context.settings).read_content(row["raw"], place_of("mail", "raw", source_id))
    try:
        ref = await keep_file(
            context, tx, content=raw or b"", name=RAW_NAME, case_id=None, origin=RAW_ORIGIN, origin_id=source_id, at=now
        )
    except FileRefused:
        return None
    await tx.execute("update intake.mail set raw_file = $2 where source_id = $1", source_id, ref.id)
    await tx.execute(
        "update intake.arrival set raw = $3 where channel = $1 and source_id = $2", CHANNEL, source_id, ref.id
    )
    return ref.id


async def load_mails(context: Context, source_ids: Iterable[str]) -> list[Incoming]:
    """Mails that arrived, as they came; those whose raw message is gone are left out."""
    rows = await context.database.read(
        "select * from intake.mail where source_id = any($1::text[]) order by received_at", list(source_ids)
    )
    found, contacts = [], contacts_of(context.settings)
    for row in rows:
        source_id = row["source_id"]
        raw = contacts.seal.read_content(row["raw"], place_of("mail", "raw", source_id))
        raw = raw if raw is not None else await _from_file(context, row)
        sender, to = (contacts.read(row[way], "mail", way, source_id) for way in ("envelope_from", "envelope_to"))
        if raw:
            found.append(Incoming(raw, row["way"], row["received_at"], sender, to, source_id))
    return found


async def load_mail(context: Context, source_id: str) -> Incoming:
    """One mail that arrived.

    Raises:
        NotFound: there is none of that id, or its raw message is gone.
    """
    found = await load_mails(context, [source_id])
    if not found:
        raise NotFound(N_("The original of this mail is not there any more."), N_("Ask its sender to send it again."))
    return found[0]


async def _from_file(context: Context, row: asyncpg.Record) -> bytes | None:
    if row["raw_file"] is None:
        return None
    try:
        file = await file_by_id(context.database, row["raw_file"])
        pieces = [piece async for piece in await content_of(file_store(context), file)]
    except NotFound:
        return None
    return b"".join(pieces)
