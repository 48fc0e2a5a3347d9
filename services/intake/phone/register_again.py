"""Register anew what was typed and lost on the way, or a call of which nobody wrote anything down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.arrivals import register_again_by
from services.intake.contacts.keeping import contacts_of
from services.intake.file_complaint import file_complaint, key_of
from services.intake.filing import read_filing
from services.intake.filing_checks import check
from services.intake.phone.call_backs.close_call_back import close_for_caller
from services.intake.phone.caller import opened_number
from services.intake.phone.register_typed import register_typed, typed_again
from services.intake.phone.typed_form import CHANNELS
from services.intake.serials import Serials
from services.kit.errors import NotFound
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.thai import format_datetime

UNWRITTEN = N_(
    "A telephone call of %(moment)s of which nobody has written anything down. Call back, ask, and complete this."
)


def register_ways() -> None:
    """Enter how each of the typed channels registers an arrival anew."""
    for channel in CHANNELS:
        register_again_by(channel, _way(channel))


def _way(channel: str) -> Any:
    async def again(context: Context, source_id: str) -> UUID:
        typed = await typed_again(context, channel, source_id)
        if typed is not None:
            return await register_typed(context, Serials(), typed)
        if channel != "phone":
            raise NotFound(
                N_("What this form said is not kept here."), N_("It was registered in the meantime; reload.")
            )
        return await register_unwritten(context, source_id)

    return again


async def register_unwritten(context: Context, source_id: str) -> UUID:
    """Make an enquiry of a call that nobody settled, so that somebody owns it and calls back.

    Raises:
        NotFound: there is no such call.
    """
    rows = await context.database.read("select * from intake.phone_call where source_id = $1", source_id)
    if not rows:
        raise NotFound(N_("There is no such call."), N_("Another agent may have answered it; reload the page."))
    call = rows[0]
    if call["case_id"] is not None:
        filed: UUID = call["case_id"]
        return filed
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    number = opened_number(contacts_of(context.settings), call["number"], "phone_call", call["id"])
    moment = format_datetime(call["began_at"], "th", bundle.zone)
    body: dict[str, Any] = {
        "narrative": translate("th", UNWRITTEN, moment=moment),
        "kind": "enquiry",
        "channel": "phone",
        "received_at": call["began_at"].isoformat(),
        "identity": "confidential" if number else "anonymous",
    }
    if number:
        body["complainant"] = {"phone": number}
    secret = context.settings.digest_key
    receipt = await file_complaint(
        context.database,
        check(read_filing(body), bundle, await context.copies.staff(context.database), now),
        bundle=bundle,
        serials=Serials(),
        settings=context.settings,
        now=now,
        key=key_of(secret, "call", source_id, b""),
    )
    async with context.database.transaction() as tx:
        await tx.execute(
            "update intake.phone_call set case_id = $2, settled_at = coalesce(settled_at, $3), changed_at = $3"
            " where id = $1",
            call["id"],
            receipt.complaint_id,
            now,
        )
        if call["caller"] is not None and call["agent"] is not None:
            await close_for_caller(
                tx, call["caller"], "filed", by=call["agent"], bundle=bundle, case_id=receipt.complaint_id, now=now
            )
    return receipt.complaint_id
