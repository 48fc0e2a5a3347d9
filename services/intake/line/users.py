"""Who talks with us on LINE: found by the keyed digest of their id, and whether messages may be sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.kit.copies import Fetches
from services.kit.database import Transaction
from services.kit.tokens import keyed_digest


def talker_of(server_secret: str, where: str) -> bytes:
    """The talker behind a user, group or room id; the same digest that links complaints of one contact."""
    return keyed_digest(server_secret, "contact", contact_key(where))


def contact_key(user_id: str) -> str:
    """How a LINE user stands among contacts."""
    return f"line:{user_id}".casefold()


async def see_user(
    tx: Transaction, talker: bytes, user_id: str, at: datetime, begins_in: str | None = None
) -> Mapping[str, Any]:
    """The user's row, made when they come for the first time, in the language they begin in."""
    row = await tx.fetchrow(
        "insert into intake.line_user as u (talker, user_id, followed_at, language) values ($1, $2, $3, $4)"
        " on conflict (talker) do update set user_id = excluded.user_id returning *",
        talker,
        user_id,
        at,
        begins_in or "th",
    )
    assert row is not None  # noqa: S101 - an upsert gives its row
    return dict(row)


async def set_following(tx: Transaction, talker: bytes, following: bool, at: datetime) -> None:
    """Stop or resume what is sent to them; events that come late do not undo later ones."""
    row = await tx.fetchrow(
        "update intake.line_user set following = $2, followed_at = $3 where talker = $1 and followed_at <= $3"
        " returning user_id",
        talker,
        following,
        at,
    )
    if row is None:
        return
    # Other channels take over while this one is closed; the outbox leaves out what is stopped.
    await tx.execute(
        "update intake.reply_address set stopped_at = $2::timestamptz where channel = 'line' and address = $1",
        row["user_id"],
        None if following else at,
    )


async def follows(source: Fetches, server_secret: str, user_id: str) -> bool:
    """Whether messages may be pushed to an account: not to one that blocked us."""
    rows = await source.fetch(
        "select following from intake.line_user where talker = $1", talker_of(server_secret, user_id)
    )
    return not rows or bool(rows[0]["following"])


async def line_of_staff(source: Fetches, staff_id: Any) -> str | None:
    """The LINE account that a member of staff linked, while it may be written to."""
    rows = await source.fetch(
        "select a.address from intake.staff_address a left join intake.line_user u on u.user_id = a.address"
        " where a.channel = 'line' and a.staff_id = $1 and coalesce(u.following, true)",
        staff_id,
    )
    return rows[0]["address"] if rows else None
