"""Make of mails that arrived what they are: new complaints, additions to cases, bounces, or something a person decides.

Set-based: what many mails need is asked once, and one transaction settles them all. Each step is right when it is
repeated, so that a crash anywhere is taken up from the arrival.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from prometheus_client import Counter

from services.intake.arrivals import held, ignored, registered
from services.intake.contacts.keeping import contacts_of
from services.intake.email.classify import MailClass, Ours, classify, failed_reports
from services.intake.email.filing_of_mail import filing_of, folded_of, narrative_of, shortened
from services.intake.email.find_case import bears_token, find_case, ids_of_ours, sender_digest
from services.intake.email.incoming import CHANNEL, Incoming
from services.intake.email.keep_mail import raw_as_file
from services.intake.email.parse_message import ParsedMessage
from services.intake.file_complaint import file_complaint, key_of
from services.intake.files.keep_file import Prepared, prepare_file, record_file
from services.intake.files.refusing import FileRefused
from services.intake.filing_checks import check
from services.intake.messages.delivery import mark_failed
from services.intake.messages.queue_message import Wanted, queue_messages
from services.intake.messages.receive_message import receive_message
from services.intake.serials import Serials
from services.intake.subjects.prove_contact import proved_by_answer
from services.kit.database import Transaction, new_id
from services.kit.errors import InvalidInput
from services.kit.service import Context

State = Literal["registered", "held", "ignored", "failed"]

MAILS = Counter("redress_mails_total", "Mails that came in, by way and what became of them", ["way", "outcome"])

ANSWERS_AN_HOUR = 20
"""Acknowledgements one sender gets in an hour at most: a machine that answers ours must not keep us talking."""

ADDED_LIMIT = 10_000
"""Characters of an addition to a case, as on the tracking page."""


class Outcome(NamedTuple):
    """What became of a mail; with a case where it is in one."""

    state: State
    case_id: UUID | None = None
    reason: str | None = None
    repeated: bool = False


@dataclass(slots=True)
class Settling:
    """One mail while it is settled."""

    incoming: Incoming
    taken: MailClass
    case_id: UUID | None = None
    new: bool = False
    held_for: str | None = None
    files: list[Prepared] = field(default_factory=list)
    left_out: int = 0


async def settle_mails(
    context: Context, serials: Serials, batch: Sequence[Incoming], *, ours: frozenset[str], force: bool = False
) -> list[Outcome]:
    """Settle mails that arrived. With `force` a person wants them registered, whatever they were taken for."""
    now = context.now()
    work = await _recognised(context, batch, ours)
    await asyncio.gather(*(_file(context, serials, one, now, force) for one in work))
    await _prepare_files(context, work)
    async with context.database.transaction() as tx:
        outcomes = [await _settle(context, tx, one, now) for one in work]
        await _acknowledge(tx, work, now)
    for one, outcome in zip(work, outcomes, strict=True):
        MAILS.labels(one.incoming.way, outcome.state).inc()
    return outcomes


async def _recognised(context: Context, batch: Sequence[Incoming], ours: frozenset[str]) -> list[Settling]:
    """What each mail is, and the case it belongs to."""
    work = []
    async with context.database.transaction() as tx:
        for incoming in batch:
            if incoming.mail is None:
                reason = incoming.trouble.what if incoming.trouble else "not read"
                work.append(Settling(incoming, MailClass("person", "cannot be read"), held_for=reason))
                continue
            known = await ids_of_ours(tx, incoming.mail) if _may_name_ours(incoming.mail) else set()
            taken = classify(incoming.mail, Ours(ours, known), envelope_from=incoming.envelope_from)
            one = Settling(incoming, taken)
            if taken.kind in ("person", "auto_generated"):
                one.case_id = await find_case(tx, incoming.mail, context.settings.digest_key)
            work.append(one)
    return work


def _may_name_ours(mail: ParsedMessage) -> bool:
    return bool(mail.reports or mail.message_id)


async def _file(context: Context, serials: Serials, one: Settling, now: datetime, force: bool) -> None:
    """File a mail as a new complaint, unless it is something else; safe to repeat."""
    mail = one.incoming.mail
    if mail is None or one.case_id is not None or not (force or one.taken.kind == "person"):
        return
    try:
        filing = filing_of(one.incoming, mail)
        bundle = await context.copies.in_force(context.database, now)
        staff = await context.copies.staff(context.database)
        checked = check(filing, bundle, staff, now)
    except InvalidInput as problem:
        one.held_for = "; ".join(f"{found.field}: {found.what}" for found in problem.fields) or problem.what
        return
    receipt = await file_complaint(
        context.database,
        checked,
        bundle=bundle,
        serials=serials,
        settings=context.settings,
        now=now,
        key=key_of(context.settings.digest_key, CHANNEL, one.incoming.source_id, b""),
    )
    one.case_id, one.new = receipt.complaint_id, True


async def _prepare_files(context: Context, work: Sequence[Settling]) -> None:
    for one in work:
        if one.case_id is None or one.incoming.mail is None:
            continue
        for attachment in one.incoming.mail.attachments:
            try:
                one.files.append(
                    await prepare_file(context, content=attachment.content, name=attachment.name, origin=CHANNEL)
                )
            except FileRefused:
                one.left_out += 1  # an empty file, a program or one with a virus: it stays within the raw message


async def _settle(context: Context, tx: Transaction, one: Settling, now: datetime) -> Outcome:
    source_id = one.incoming.source_id
    if one.held_for is not None and one.case_id is None:
        return await _hold(context, tx, one, one.held_for, now)
    if one.case_id is None:
        if one.taken.kind == "bounce":
            return await _bounce(context, tx, one, now)
        await _note_kind(context, tx, one)
        if one.taken.kind == "auto_generated":
            return await _hold(context, tx, one, one.taken.reason, now)
        await ignored(tx, CHANNEL, source_id, one.taken.reason, now)
        return Outcome("ignored", reason=one.taken.reason)
    files = [
        (await record_file(tx, ready, case_id=one.case_id, origin_id=f"{source_id}:{place}", at=now)).id
        for place, ready in enumerate(one.files)
    ]
    if not one.new:
        await _add(tx, one, one.case_id, files, now)
        await _prove(context, tx, one, one.case_id, now)
    await _note_kind(context, tx, one)
    await tx.execute(
        "update intake.stored_file set case_id = $2, internal = true where origin = 'mail-raw' and origin_id = $1",
        source_id,
        one.case_id,
    )
    await registered(tx, CHANNEL, source_id, one.case_id, now)
    return Outcome("registered", one.case_id)


async def _add(tx: Transaction, one: Settling, case_id: UUID, files: Sequence[UUID], now: datetime) -> None:
    mail = one.incoming.mail
    assert mail is not None  # noqa: S101  (what has a case was read)
    # Another mail may bear the same Message-ID; it must not be taken for a repeat of the first.
    others = await tx.fetchval(
        "select 1 from intake.mail where message_id = $1 and source_id <> $2", mail.message_id, one.incoming.source_id
    )
    await receive_message(
        tx,
        case_id=case_id,
        channel=CHANNEL,
        text=shortened(mail.folded.new.strip() or narrative_of(mail) or "(–)", mail.language, ADDED_LIMIT),
        at=min(one.incoming.received_at, now),
        provider_id=f"<{mail.message_id}>" if mail.message_id and not others else one.incoming.source_id,
        files=files,
        now=now,
    )


async def _prove(context: Context, tx: Transaction, one: Settling, case_id: UUID, now: datetime) -> None:
    """An answer with the token of the case from the address on file proves that address."""
    mail, secret = one.incoming.mail, context.settings.digest_key
    if mail is None or not bears_token(mail, secret, case_id):
        return
    if (digest := sender_digest(mail, secret)) is not None:
        await proved_by_answer(tx, case_id, digest, now)


async def _hold(context: Context, tx: Transaction, one: Settling, reason: str, now: datetime) -> Outcome:
    await raw_as_file(context, tx, one.incoming.source_id, now)
    await held(tx, CHANNEL, one.incoming.source_id, reason[:300], now)
    return Outcome("held", reason=reason[:300])


async def _bounce(context: Context, tx: Transaction, one: Settling, now: datetime) -> Outcome:
    """A delivery report: the message of ours that it is about did not arrive."""
    mail = one.incoming.mail
    failures = failed_reports(mail) if mail is not None else []
    marked = 0
    for message_id, status in failures:
        for form in (f"<{message_id}>", message_id):
            if await mark_failed(tx, CHANNEL, form, f"bounced {status}", now):
                marked += 1
                break
    reason = "bounce of a message of ours" if marked else "delivery report about no message of ours, or no failure"
    await _note_kind(context, tx, one)
    await ignored(tx, CHANNEL, one.incoming.source_id, reason, now)
    return Outcome("ignored", reason=reason)


async def _note_kind(context: Context, tx: Transaction, one: Settling) -> None:
    mail, source_id = one.incoming.mail, one.incoming.source_id
    contacts = contacts_of(context.settings)
    kind = one.taken.kind if one.taken.kind != "person" else ("complaint" if one.new else "reply")
    await tx.execute(
        # A row sealed with two keys is marked as unsealed: then all of it is sealed again.
        "update intake.mail set kind = $2, folded = $3, html = $4, left_out = $5, case_id = $6,"
        " sealed_by = case when sealed_by = $7 then sealed_by end where source_id = $1",
        source_id,
        kind,
        contacts.sealed(folded_of(mail) if mail is not None else None, "mail", "folded", source_id),
        contacts.sealed(mail.html if mail is not None else None, "mail", "html", source_id),
        one.left_out,
        one.case_id,
        contacts.seal.newest,
    )


async def _acknowledge(tx: Transaction, work: Sequence[Settling], now: datetime) -> None:
    """Queue the acknowledgement of what a person wrote, but for one sender only so many an hour.

    The key is that under which every new complaint is acknowledged, so that it is said once, or by this not at all.
    """
    new = [one.case_id for one in work if one.new and one.taken.answered]
    rows = await tx.fetch(
        "select c.id from intake.complaint c where c.id = any($1::uuid[]) and ("
        "  select count(*) from (select 1 from intake.complaint o where o.complainant_ref = c.complainant_ref"
        "   and o.recorded_at > $2 limit $3 + 1) recent) <= $3",
        new,
        now - timedelta(hours=1),
        ANSWERS_AN_HOUR,
    ) if new else []  # fmt: skip
    wanted = [Wanted(row["id"], "acknowledgement", f"acknowledgement:{row['id']}") for row in rows]
    await queue_messages(tx, wanted, now)
    told = {row["id"] for row in rows}
    for case_id in [one.case_id for one in work if one.new and one.case_id not in told]:
        await tx.execute(
            "insert into intake.message"
            " (id, direction, case_id, template, dedupe, urgent, not_before, created_at, language, state, reason)"
            " select $1, 'out', c.id, 'acknowledgement', $3, false, $4, $4, c.language, 'dropped', 'never answered'"
            " from intake.complaint c where c.id = $2"
            " on conflict (dedupe) do update set state = 'dropped', reason = excluded.reason"
            " where intake.message.state = 'queued'",
            new_id(),
            case_id,
            f"acknowledgement:{case_id}",
            now,
        )
