"""Send the answers of the talk: with the reply token while it is fresh, pushed otherwise.

A row is claimed for half a minute before it is sent, so that two processes do not both send it. The talk's own
questions go out here; whatever concerns a case goes through the outbox of messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import structlog
from prometheus_client import Counter

from services.intake.contacts.seal import seal_of
from services.intake.line import reading
from services.intake.line.client import AlreadyAccepted, LineClient, TokenSpent
from services.intake.line.options import REPLY_TOKEN_FRESH
from services.intake.line.take_in import event_of
from services.intake.line.users import follows
from services.intake.messages.carriers import Refused, TryLater
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

CLAIMED = timedelta(seconds=30)
MOST_TRIES = 5
ANSWERS = Counter("redress_line_answers_total", "Answers of the talk on LINE, by what came of them", ["outcome"])

_CLAIM = """
    update intake.line_event e set not_before = $3, token_tried_at = coalesce(e.token_tried_at, $2)
      from (select id, token_tried_at from intake.line_event
             where talker = $1 and state = 'answering' and (not_before is null or not_before <= $2)
             order by at, seq limit 1 for update skip locked) first
     where e.id = first.id
    returning e.id, e.raw, e.at, e.answer, e.tried, first.token_tried_at as tried_before
"""


async def send_answers(context: Context, client: LineClient, talker: bytes) -> int:
    """Every answer to a talker that is due, in order; how many there were."""
    taken = 0
    while True:
        now = context.now()
        row = await context.database.statement(_CLAIM, talker, now, now + CLAIMED)
        if row is None:
            return taken
        taken += 1
        try:
            outcome = await _send(context, client, dict(row))
        except Refused:
            outcome = "refused"
        except Exception as problem:  # one answer that cannot be sent must not keep those of others back
            if not isinstance(problem, TryLater):
                await log.aerror("answer on LINE failed", line_event=row["id"], error=told(problem))
            if row["tried"] + 1 < MOST_TRIES:
                await _again(context, dict(row), problem)
                continue
            outcome = "given up"
        ANSWERS.labels(outcome).inc()
        if outcome in ("given up", "refused"):
            await log.awarning("answer on LINE not sent", line_event=row["id"], outcome=outcome)
        await context.database.statement(
            "update intake.line_event set state = 'done', answer = null, not_before = null, problem = $2 where id = $1",
            row["id"],
            None if outcome in ("answered", "pushed") else outcome,
        )


async def _send(context: Context, client: LineClient, row: Mapping[str, Any]) -> str:
    event = event_of(row, seal_of(context.settings))
    kind, where = reading.source_of(event)
    token = reading.reply_token(event)
    if token is not None and context.now() < row["at"] + REPLY_TOKEN_FRESH:
        try:
            await client.reply(token, row["answer"])
            return "answered"
        except TokenSpent:
            if row["tried_before"] is not None:
                return "answered"  # by the attempt before this one, whose end we did not see
    if kind != "user" or not await follows(context.database, context.settings.digest_key, where):
        return "left"  # nothing is pushed into a group, nor to whoever blocked us
    try:
        await client.push(where, row["answer"], uuid5(NAMESPACE_URL, f"redress:line:{row['id']}"))
    except AlreadyAccepted:
        pass
    return "pushed"


async def _again(context: Context, row: Mapping[str, Any], problem: Exception) -> None:
    after = getattr(problem, "after", None) or timedelta(seconds=2 ** (row["tried"] + 1))
    await context.database.statement(
        "update intake.line_event set tried = tried + 1, not_before = $2, problem = $3 where id = $1",
        row["id"],
        context.now() + after,
        str(problem)[:200] if isinstance(problem, TryLater) else type(problem).__name__,
    )
