"""Follow the talk one event further: what the conversation says is done in one transaction with its new state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from services.intake import arrivals
from services.intake.contacts.keeping import contacts_of
from services.intake.contacts.seal import seal_of
from services.intake.line import reading
from services.intake.line.client import LineClient
from services.intake.line.conversation import step
from services.intake.line.effects import Doing, do
from services.intake.line.facing import facing_of
from services.intake.line.outcome import File, Join, Outcome, Reply
from services.intake.line.take_in import event_of
from services.intake.line.talk import Facing, Talk, from_json, to_json
from services.intake.line.users import see_user
from services.intake.line.wording import Message, Saying, said
from services.intake.line.your_cases import your_cases
from services.intake.messages.carriers import Refused, TryLater
from services.kit.database import Transaction
from services.kit.i18n import language
from services.kit.service import Context

Due = Literal["done", "filing", "later"]

TALK = "part of a talk"
NOT_FOR_US = "nothing for us"
_THAI = re.compile("[\u0e00-\u0e7f]")


async def follow_talk(context: Context, client: LineClient, event_id: str) -> Due:
    """Work out an event that waits; what is left to do with it now."""
    rows = await context.database.read("select * from intake.line_event where id = $1", event_id)
    row = dict(rows[0]) if rows else None
    if row is None or row["state"] not in ("waiting", "filing"):
        return "done"
    if row["not_before"] is not None and row["not_before"] > context.now():
        return "later"
    if row["state"] == "filing":
        return "filing"
    event = event_of(row, seal_of(context.settings))
    happened = reading.read(event)
    if isinstance(happened, reading.Addressed):
        return await _in_a_group(context, client, row)
    async with context.database.transaction() as tx:
        if isinstance(happened, reading.Unknown):
            await settle_event(tx, event_id, context.now(), state="ignored")
            await arrivals.ignored(tx, "line", event_id, NOT_FOR_US, context.now())
            return "done"
        return await _talk(context, client, tx, row, event, happened)


async def _talk(
    context: Context, client: LineClient, tx: Transaction, row: Mapping[str, Any], event: Mapping[str, Any],
    happened: reading.Happening,
) -> Due:  # fmt: skip
    now, talker = context.now(), row["talker"]
    _, user_id = reading.source_of(event)
    contacts = contacts_of(context.settings)
    user = await see_user(tx, talker, user_id, row["at"], contacts, _language_of(happened))
    bundle = await context.copies.in_force(tx, now)
    stored = await tx.fetchrow("select talk from intake.line_talk where talker = $1", talker)
    talk = from_json(stored["talk"]) if stored else Talk()
    facing = await facing_of(tx, talker, bundle)
    outcome = step(talk, happened, facing)
    doing = Doing(context, tx, talker, user_id, bundle, language(user["language"]), row["at"], now)
    replies = list(outcome.replies)
    for effect in outcome.effects:
        replies = [*await do(doing, effect), *replies]
    await keep_talk(tx, talker, outcome.talk, now)
    # What was done may change what it faces and which language it goes on in.
    facing = await facing_of(tx, talker, bundle)
    saying = Saying(bundle, doing.lang, outcome.talk, facing, policy_url=f"{context.settings.public_url}/policy")
    answer = await _worded(tx, replies, saying, talker, context)
    draft = next((effect.draft for effect in outcome.effects if isinstance(effect, File)), None)
    await _settle(tx, row["id"], outcome, draft, answer, now)
    return "filing" if draft is not None else "done"


async def _settle(
    tx: Transaction, event_id: str, outcome: Outcome, draft: Talk | None, answer: list[Message], now: datetime
) -> None:
    if draft is not None:
        await tx.execute(
            "update intake.line_event set state = 'filing', draft = $2 where id = $1", event_id, to_json(draft)
        )
        return
    await settle_event(tx, event_id, now, answer=answer)
    joined = next((effect.case_id for effect in outcome.effects if isinstance(effect, Join)), None)
    if joined is not None:
        await arrivals.registered(tx, "line", event_id, joined, now)
    else:
        await arrivals.ignored(tx, "line", event_id, TALK, now)


async def settle_event(
    tx: Transaction, event_id: str, now: datetime, *, answer: list[Message] | None = None, state: str = "done"
) -> None:
    """Be done with an event, but for its answer."""
    await tx.execute(
        "update intake.line_event set state = $2, answer = $3, done_at = $4, draft = null, tried = 0,"
        " not_before = null, problem = null where id = $1",
        event_id,
        "answering" if answer else state,
        answer or None,
        now,
    )


async def keep_talk(tx: Transaction, talker: bytes, talk: Talk, now: datetime) -> None:
    """Keep where a talk stands; the empty one is not kept."""
    if talk == Talk():
        await tx.execute("delete from intake.line_talk where talker = $1", talker)
        return
    await tx.execute(
        "insert into intake.line_talk (talker, talk, touched_at) values ($1, $2, $3) on conflict (talker) do update"
        " set talk = excluded.talk, touched_at = excluded.touched_at, reminded_at = null",
        talker,
        to_json(talk),
        now,
    )


async def _worded(
    tx: Transaction, replies: list[Reply], saying: Saying, talker: bytes, context: Context
) -> list[Message]:
    if not any(reply.code == "cases" for reply in replies):
        return said(replies, saying)
    shown = await your_cases(tx, talker, context, saying.lang)
    rest = [reply for reply in replies if reply.code != "cases"]
    if shown is None:
        return said([Reply("no_cases"), *rest], saying)
    messages = [shown, *said(rest, saying)]
    for message in messages[:-1]:
        message.pop("quickReply", None)
    return messages[:5]


def _language_of(happened: reading.Happening) -> str | None:
    """The language somebody begins in, as far as a first message shows it."""
    if not isinstance(happened, reading.Said):
        return None
    return "th" if _THAI.search(happened.text) else "en" if any(s.isalpha() for s in happened.text) else None


async def _in_a_group(context: Context, client: LineClient, row: Mapping[str, Any]) -> Due:
    """In a group or room nothing personal is said: only how to talk to us alone."""
    now = context.now()
    link = f"{context.settings.public_url}/"
    try:
        link = f"https://line.me/R/ti/p/{(await client.account()).basic_id}"
    except (TryLater, Refused):
        pass  # the web form will do
    async with context.database.transaction() as tx:
        bundle = await context.copies.in_force(tx, now)
        saying = Saying(bundle, "th", Talk(), Facing(), link=link)
        await settle_event(tx, row["id"], now, answer=said([Reply("group")], saying))
        await arrivals.ignored(tx, "line", row["id"], NOT_FOR_US, now)
    return "done"
