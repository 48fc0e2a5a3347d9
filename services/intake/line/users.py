"""Who talks with us on LINE: found by the keyed digest of their id, and whether messages may be sent to them.

The digest is also that by which their cases and a linked account of staff are found; id and name are sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.contacts.digests import contact_digest
from services.intake.contacts.keeping import Contacts
from services.kit.copies import Fetches
from services.kit.database import Transaction


def talker_of(server_secret: str, where: str) -> bytes:
    """The talker behind a user, group or room id; the same digest that links complaints of one contact."""
    return contact_digest(server_secret, "line", where)


def contact_key(user_id: str) -> str:
    """How a LINE user stands among contacts."""
    return f"line:{user_id}".casefold()


async def see_user(
    tx: Transaction, talker: bytes, user_id: str, at: datetime, contacts: Contacts, begins_in: str | None = None
) -> Mapping[str, Any]:
    """The user's row, made when they come for the first time, in the language they begin in."""
    row = await tx.fetchrow(
        "insert into intake.line_user as u (talker, user_id, followed_at, language, sealed_by)"
        " values ($1, $2, $3, $4, $5)"
        # Touched, not left alone, so that the row comes back; the id behind a digest does not change.
        " on conflict (talker) do update set talker = excluded.talker returning *",
        talker,
        contacts.sealed(user_id, "line_user", "user_id", talker),
        at,
        begins_in or "th",
        contacts.seal.newest,
    )
    assert row is not None  # noqa: S101 - an upsert gives its row
    return read_user(dict(row), contacts)


def read_user(row: Mapping[str, Any], contacts: Contacts) -> dict[str, Any]:
    """A row with a LINE user's `talker`, `user_id` and perhaps `name`, readable. Raises ContactKeyMissing."""
    sealed = {column: row[column] for column in ("user_id", "name") if column in row}
    return {
        **row,
        **{column: contacts.read(value, "line_user", column, row["talker"]) for column, value in sealed.items()},
    }


async def keep_name(tx: Transaction, talker: bytes, name: str, contacts: Contacts) -> None:
    """Keep the name somebody goes by on LINE."""
    await tx.execute(
        # A row sealed with two keys is marked as unsealed: then all of it is sealed again.
        "update intake.line_user set name = $2, sealed_by = case when sealed_by = $3 then sealed_by end"
        " where talker = $1",
        talker,
        contacts.sealed(name, "line_user", "name", talker),
        contacts.seal.newest,
    )


async def set_following(tx: Transaction, talker: bytes, following: bool, at: datetime) -> None:
    """Stop or resume what is sent to them; events that come late do not undo later ones."""
    row = await tx.fetchrow(
        "update intake.line_user set following = $2, followed_at = $3 where talker = $1 and followed_at <= $3"
        " returning talker",
        talker,
        following,
        at,
    )
    if row is None:
        return
    # Other channels take over while this one is closed; the outbox leaves out what is stopped.
    await tx.execute(
        "update intake.reply_address set stopped_at = $2::timestamptz where channel = 'line' and digest = $1",
        talker,
        None if following else at,
    )


async def follows(source: Fetches, server_secret: str, user_id: str) -> bool:
    """Whether messages may be pushed to an account: not to one that blocked us."""
    rows = await source.fetch(
        "select following from intake.line_user where talker = $1", talker_of(server_secret, user_id)
    )
    return not rows or bool(rows[0]["following"])


async def staff_linked(source: Fetches, staff_id: UUID) -> bool:
    """Whether a member of staff linked a LINE account that may be written to."""
    rows = await source.fetch(
        "select 1 from intake.staff_address a left join intake.line_user u on u.talker = a.digest"
        " where a.channel = 'line' and a.staff_id = $1 and coalesce(u.following, true)",
        staff_id,
    )
    return bool(rows)
