"""Remind once of a half-finished talk, then forget it with everything shown in it."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

import structlog

from services.intake.contacts.keeping import contacts_of
from services.intake.line.carrier import line_client
from services.intake.line.client import AlreadyAccepted
from services.intake.line.content import forget
from services.intake.line.conversation import reminder
from services.intake.line.facing import facing_of
from services.intake.line.options import line_options
from services.intake.line.talk import from_json
from services.intake.line.users import read_user
from services.intake.line.wording import Saying, said
from services.intake.messages.carriers import Refused, TryLater
from services.kit.i18n import language
from services.kit.service import Context

log = structlog.get_logger()


async def remind_and_forget(context: Context, now: datetime) -> None:
    """Go through the talks that rest: a reminder for those that rest long, an end for those that rest longer."""
    options, client = line_options(context.settings), line_client(context)
    if options is None or client is None:
        return
    await forget_expired(context, now)
    async with context.database.transaction() as tx:
        # Noted before it is sent: a reminder that is lost is better than one that comes twice.
        rows = await tx.fetch(
            "update intake.line_talk t set reminded_at = $1 from intake.line_user u where u.talker = t.talker"
            " and t.reminded_at is null and t.touched_at < $2 and u.following and t.talk ->> 'step' <> 'idle'"
            " returning t.talker, t.talk, t.touched_at, u.user_id, u.language",
            now,
            now - options.remind_after,
        )
        bundle = await context.copies.in_force(tx, now)
    contacts = contacts_of(context.settings)
    for row in [read_user(dict(row), contacts) for row in rows]:
        talk = from_json(row["talk"])
        facing = await facing_of(context.database, row["talker"], bundle)
        policy_url = f"{context.settings.public_url}/policy"
        messages = said(reminder(talk), Saying(bundle, language(row["language"]), talk, facing, policy_url=policy_url))
        key = uuid5(NAMESPACE_URL, f"redress:line:remind:{row['talker'].hex()}:{row['touched_at'].isoformat()}")
        try:
            await client.push(row["user_id"], messages, key)
        except AlreadyAccepted:
            pass
        except (TryLater, Refused) as problem:
            await log.awarning("reminder on LINE not sent", reason=str(problem)[:100])


async def forget_expired(context: Context, now: datetime) -> None:
    """End the talks that have rested too long."""
    options = line_options(context.settings)
    if options is None:
        return
    async with context.database.transaction() as tx:
        rows = await tx.fetch(
            "delete from intake.line_talk where touched_at < $1 returning talk", now - options.expire_after
        )
        for row in rows:
            talk = from_json(row["talk"])
            if talk.under_way:
                await forget(tx, talk.contents(), now)
