"""Register what staff typed: note that it arrived, file it or add it to its case, settle the call and what it is owed.

Each step is committed by itself and safe to repeat, as for the public form (`send_form`): a crash between any two
leaves the form, sealed, beside an arrival that is taken up by itself, or by the button on `/admin/channels`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.policy import PolicyBundle
from services.intake.arrivals import registered, taken_up
from services.intake.file_complaint import Key, file_complaint, key_of
from services.intake.files.attach import attach_draft
from services.intake.filing import invalid, read_filing
from services.intake.filing_checks import Checked, check
from services.intake.filing_dates import UnclearDate, read_moment
from services.intake.messages.receive_message import receive_message
from services.intake.phone.call_backs.close_call_back import close_for_caller
from services.intake.phone.caller import digest_of
from services.intake.phone.take_call import BELL
from services.intake.phone.typed_form import Typed, filing_of_typed, narrative_of
from services.intake.sealing import seal, unseal
from services.intake.serials import Serials
from services.kit.database import Transaction
from services.kit.errors import FieldProblem, NotFound
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.thai import local, normalise_phone

_PURPOSE = "typed-form"


async def checked_typed(context: Context, typed: Typed, now: datetime) -> Checked:
    """The form held against the policy; of one that joins a case only what that needs.

    Raises:
        InvalidInput: names each field, what is wrong with it and the remedy.
    """
    bundle = await context.copies.in_force(context.database, now)
    staff = await context.copies.staff(context.database)
    letter_date(typed, bundle, now)
    return check(read_filing(filing_of_typed(typed, bundle)), bundle, staff, now)


def check_addition(typed: Typed, bundle: PolicyBundle) -> None:
    """Raises InvalidInput when nothing is written that could be added."""
    if not narrative_of(typed.answers, bundle):
        raise invalid(
            [FieldProblem("narrative", N_("Nothing is written here."), N_("Say in a few words what was said."))]
        )


def letter_date(typed: Typed, bundle: PolicyBundle, now: datetime) -> date | None:
    """The date on the letter, in the policy's zone.

    Raises:
        InvalidInput: it is no date, or one to come.
    """
    if not typed.answers.get("dated"):
        return None
    try:
        return local(read_moment(typed.answers["dated"], now, bundle.zone), bundle.zone).date()
    except UnclearDate as unclear:
        raise invalid([FieldProblem("dated", unclear.what, unclear.remedy)]) from None


async def registered_before(context: Context, typed: Typed) -> UUID | None:
    """The case that this very form became, when it was sent before and everything of it is settled."""
    rows = await context.database.read(
        "select coalesce((select complaint_id from intake.idempotency where key = $1), (select case_id"
        " from intake.message where direction = 'in' and channel = $2 and provider_id = $3)) as case_id"
        " where not exists (select 1 from intake.typed_form where channel = $2 and once = $4)",
        _key(context, typed).key,
        typed.channel,
        f"typed:{typed.once}",
        typed.once,
    )
    return rows[0]["case_id"] if rows else None


def _key(context: Context, typed: Typed) -> Key:
    body = repr(sorted(typed.answers.items())).encode()
    return key_of(context.settings.digest_key, f"typed:{typed.channel}", typed.once, body)


async def source_of(context: Context, channel: str, once: str, call: str | None) -> str:
    """The arrival that a form settles: that of its call, unless a case was made of the call already."""
    rows = await context.database.read(
        "select (select source_id from intake.typed_form where channel = $1 and once = $2) as kept,"
        " exists (select 1 from intake.arrival where channel = $1 and source_id = $3 and state = 'registered') as over",
        channel,
        once,
        call,
    )
    if rows[0]["kept"] is not None:
        kept: str = rows[0]["kept"]
        return kept
    if call is None:
        return once
    return f"{call}#{once}" if rows[0]["over"] else call


async def note_typed(context: Context, typed: Typed) -> None:
    """Keep the form, sealed, before anything is made of it; from now on it is missed when nothing follows."""
    now = context.now()
    content = orjson.dumps(
        {
            "answers": typed.answers, "call": typed.call_id and str(typed.call_id), "files": typed.files.hex(),
            "began_at": typed.began_at and typed.began_at.isoformat(),
        }
    )  # fmt: skip
    async with context.database.transaction() as tx:
        await taken_up(tx, typed.channel, typed.source_id, now)
        await tx.execute(
            "insert into intake.typed_form (channel, source_id, once, by, sealed, at) values ($1, $2, $3, $4, $5, $6)"
            " on conflict (channel, source_id) do update set once = excluded.once, by = excluded.by,"
            " sealed = excluded.sealed, at = excluded.at",
            typed.channel,
            typed.source_id,
            typed.once,
            typed.by,
            seal(context.settings, _PURPOSE, content),
            now,
        )


async def register_typed(context: Context, serials: Serials, typed: Typed) -> UUID:
    """File it, or add it to its case, and settle everything with it; the case. Sent twice it is one.

    Raises:
        InvalidInput: it cannot be filed under the policy in force.
        KeyReused: the form was sent before with other answers.
    """
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    case_id = typed.into
    if case_id is None:
        receipt = await file_complaint(
            context.database,
            await checked_typed(context, typed, now),
            bundle=bundle,
            serials=serials,
            settings=context.settings,
            now=now,
            filed_by=typed.by,
            key=_key(context, typed),
        )
        case_id = receipt.complaint_id
    async with context.database.transaction() as tx:
        await _settle(context, tx, typed, bundle, case_id, now)
    context.database.doorbell.ring(BELL)
    return case_id


async def _settle(
    context: Context, tx: Transaction, typed: Typed, bundle: PolicyBundle, case_id: UUID, now: datetime
) -> None:
    if typed.into is not None:
        await receive_message(
            tx,
            case_id=case_id,
            channel=typed.channel,
            text=narrative_of(typed.answers, bundle),
            at=typed.began_at or now,
            provider_id=f"typed:{typed.once}",
            now=now,
        )
    elif (dated := letter_date(typed, bundle, now)) is not None:
        await tx.execute(
            "insert into intake.letter_in (case_id, dated) values ($1, $2) on conflict do nothing", case_id, dated
        )
    await attach_draft(tx, typed.files, case_id)
    if typed.call_id is not None:
        await tx.execute(
            "update intake.phone_call set case_id = coalesce(case_id, $2), agent = coalesce(agent, $3),"
            " settled_at = coalesce(settled_at, $4), changed_at = $4 where id = $1",
            typed.call_id,
            case_id,
            typed.by,
            now,
        )
    await registered(tx, typed.channel, typed.source_id, case_id, now)
    if (caller := _caller(context, typed)) is not None:
        outcome = "added" if typed.into is not None else "filed"
        await close_for_caller(tx, caller, outcome, by=typed.by, bundle=bundle, case_id=case_id, now=now)
    await tx.execute(
        "delete from intake.typed_form where channel = $1 and source_id = $2", typed.channel, typed.source_id
    )


def _caller(context: Context, typed: Typed) -> bytes | None:
    """By which number somebody may be owed a call: that of the form, on the telephone."""
    if typed.channel != "phone" or not typed.answers.get("phone"):
        return None
    try:
        return digest_of(context.settings, normalise_phone(typed.answers["phone"]))
    except ValueError:
        return None


async def typed_again(context: Context, channel: str, source_id: str) -> Typed | None:
    """The form that was kept for an arrival; None when none is.

    Raises:
        NotFound: it cannot be unsealed.
    """
    rows = await context.database.read(
        "select once, by, sealed, at from intake.typed_form where channel = $1 and source_id = $2", channel, source_id
    )
    if not rows:
        return None
    content = unseal(context.settings, _PURPOSE, rows[0]["sealed"])
    if content is None:
        raise NotFound(N_("What this form said cannot be unsealed."), N_("Set the REDRESS_SECRET_KEY that sealed it."))
    said: Mapping[str, Any] = orjson.loads(content)
    return Typed(
        channel=channel,
        source_id=source_id,
        once=rows[0]["once"],
        by=rows[0]["by"],
        call_id=UUID(said["call"]) if said["call"] else None,
        files=bytes.fromhex(said["files"]),
        answers=said["answers"],
        began_at=datetime.fromisoformat(said["began_at"]) if said["began_at"] else rows[0]["at"],
    )
