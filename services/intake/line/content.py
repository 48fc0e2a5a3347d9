"""Fetch what somebody showed us, before LINE forgets it, and keep it as evidence (ISO 10002 7.2).

Beside the talk, not in it: a film that LINE is still preparing, or a host that does not answer, holds nobody up. What
was filed meanwhile gets its file when it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.intake.files.erase_file import erase_file
from services.intake.files.keep_file import file_store, prepare_file, record_file
from services.intake.files.refusing import FileRefused
from services.intake.line.client import ContentGone, ContentTooLarge, LineClient, NotReady
from services.intake.messages.carriers import Refused, TryLater
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

MOST_TRIES = 40
WAITS = (2, 5, 10, 30, 60, 120, 300)
"""Seconds until the next try, by how often it was tried."""

PREPARED = frozenset({"video", "audio"})
GONE = N_("LINE has no content for this message any more.")
TOO_LARGE = N_("It is larger than what can be kept.")


async def to_fetch(tx: Transaction, talker: bytes, message_id: str, kind: str, name: str | None, at: datetime) -> None:
    """Note that the content of a message is to be fetched."""
    await tx.execute(
        "insert into intake.line_message (message_id, talker, kind, name, at, state, not_before)"
        " values ($1, $2, $3, $4, $5, 'fetching', $5) on conflict do nothing",
        message_id,
        talker,
        kind,
        name,
        at,
    )


async def fetch_due(context: Context, client: LineClient, limit: int = 8) -> int:
    """Fetch what is due, one after the other; returns how many were taken up."""
    rows = await context.database.read(
        "select * from intake.line_message where state = 'fetching' and not_before <= $1 order by not_before limit $2",
        context.now(),
        limit,
    )
    for row in rows:
        await _fetch(context, client, dict(row))
    return len(rows)


async def _fetch(context: Context, client: LineClient, row: Mapping[str, Any]) -> None:
    message_id = row["message_id"]
    try:
        if row["kind"] in PREPARED and not await client.is_ready(message_id):
            raise NotReady
        await _keep(context, client, row)
    except (NotReady, TryLater) as problem:
        await _later(context, row, problem)
    except ContentGone:
        await _refuse(context, message_id, GONE)
    except ContentTooLarge:
        await _refuse(context, message_id, TOO_LARGE)
    except FileRefused as refused:
        await _refuse(context, message_id, refused.what % refused.params if refused.params else refused.what)
    except Refused as refused:
        await _refuse(context, message_id, str(refused))
    except Exception as problem:  # one content that cannot be dealt with must not keep the others waiting
        await log.aerror("content of LINE failed", error=told(problem))
        await _later(context, row, TryLater(type(problem).__name__))


async def _keep(context: Context, client: LineClient, row: Mapping[str, Any]) -> None:
    store = file_store(context)
    async with store.workplace() as place:
        content = place / "content"
        await client.fetch(row["message_id"], content, store.limits.bytes_for("line"))
        prepared = await prepare_file(store, content=content, name=row["name"] or None, origin="line")
    async with context.database.transaction() as tx:
        now = await tx.fetchrow(
            "select state, case_id from intake.line_message where message_id = $1 for update", row["message_id"]
        )
        if now is None or now["state"] != "fetching":
            return  # taken back meanwhile: the content without a row is swept
        ref = await record_file(tx, prepared, case_id=now["case_id"], origin_id=row["message_id"], at=row["at"])
        await tx.execute(
            "update intake.line_message set state = 'kept', file_id = $2, not_before = null, problem = null"
            " where message_id = $1",
            row["message_id"],
            ref.id,
        )


async def _later(context: Context, row: Mapping[str, Any], problem: Exception) -> None:
    tried = row["tried"] + 1
    if tried >= MOST_TRIES:
        await _refuse(context, row["message_id"], GONE)
        return
    after = getattr(problem, "after", None) or timedelta(seconds=WAITS[min(tried, len(WAITS)) - 1])
    await context.database.statement(
        "update intake.line_message set tried = $2, not_before = $3, problem = $4 where message_id = $1",
        row["message_id"],
        tried,
        context.now() + after,
        str(problem)[:200] or type(problem).__name__,
    )


async def _refuse(context: Context, message_id: str, reason: str) -> None:
    await log.awarning("content of LINE not kept", reason=reason)
    await context.database.statement(
        "update intake.line_message set state = 'refused', not_before = null, problem = $2"
        " where message_id = $1 and state = 'fetching'",
        message_id,
        reason[:300],
    )


async def into_case(tx: Transaction, message_ids: Sequence[str], case_id: UUID) -> list[UUID]:
    """Put contents into a case, those still to be fetched as well; the files that are there already."""
    rows = await tx.fetch(
        "update intake.line_message set case_id = $2 where message_id = any($1::text[]) and state <> 'unsent'"
        " returning file_id",
        list(message_ids),
        case_id,
    )
    files = [row["file_id"] for row in rows if row["file_id"] is not None]
    await tx.execute(
        "update intake.stored_file set case_id = $2 where id = any($1::uuid[]) and case_id is null", files, case_id
    )
    return files


async def forget(tx: Transaction, message_ids: Sequence[str], now: datetime) -> None:
    """Erase contents of a talk that came to nothing."""
    rows = await tx.fetch(
        "update intake.line_message set state = 'unsent', not_before = null, name = null"
        " where message_id = any($1::text[]) and case_id is null returning file_id",
        list(message_ids),
    )
    for row in rows:
        if row["file_id"] is not None:
            await erase_file(tx, row["file_id"], now)
