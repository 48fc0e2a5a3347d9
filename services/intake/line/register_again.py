"""Take up an event of LINE anew: one that is held, or that nothing was made of for long."""

from __future__ import annotations

from uuid import UUID

from services.intake.line.carrier import line_client
from services.intake.line.file_talk import file_talk
from services.intake.line.follow_talk import follow_talk
from services.intake.serials import Serials
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.kit.service import Context


class NoCaseOfIt(Conflict):
    """Nothing was filed with this event: it is settled as part of a talk, or its talk goes on."""

    code = "no-case-of-it"


async def register_line_event_again(context: Context, source_id: str) -> UUID:
    """Work the event out now; the case it ended in.

    Raises:
        NoCaseOfIt: it is not kept any more, LINE is off, or it belongs to a talk in which nothing was filed yet.
    """
    client = line_client(context)
    row = await context.database.statement(
        "update intake.line_event set state = case when draft is not null then 'filing' else 'waiting' end,"
        " tried = 0, not_before = null where id = $1 and state in ('held', 'waiting', 'filing') returning id",
        source_id,
    )
    if row is not None and client is not None and await follow_talk(context, client, source_id) == "filing":
        await file_talk(context, client, Serials(), source_id)
    settled = await context.database.read(
        "select case_id from intake.arrival where channel = 'line' and source_id = $1", source_id
    )
    if not settled or settled[0]["case_id"] is None:
        raise NoCaseOfIt(
            N_("No case came of this event of LINE."),
            N_("It belongs to a talk that is not finished, was settled before, or LINE is switched off."),
        )
    case_id: UUID = settled[0]["case_id"]
    return case_id
