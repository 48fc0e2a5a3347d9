"""How often somebody may do something in a span of time: counted by a keyed digest of who they are, soon forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.kit.database import Database, Transaction
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.tokens import keyed_digest

FORGOTTEN_AFTER = timedelta(days=2)


class Limit(NamedTuple):
    """At most `most` times in each `span`; the spans follow each other by the clock. Nought means without limit."""

    what: str
    most: int
    span: timedelta


class TooOften(RedressError):
    """It was done too often for now. What was typed is kept on the page; the remedy says when and how else."""

    status = 429
    code = "too-often"


def too_often(limit: Limit, phone: str) -> TooOften:
    """The refusal, with how long to wait and whom to call."""
    minutes = max(1, int(limit.span.total_seconds() // 60))
    what = N_("This was sent too often from here.")
    if phone:
        return TooOften(
            what,
            N_("Nothing is lost. Send it again within %(minutes)s minutes, or call us on %(phone)s."),
            params={"minutes": minutes, "phone": phone},
        )
    return TooOften(what, N_("Nothing is lost. Send it again within %(minutes)s minutes."), params={"minutes": minutes})


async def take(tx: Transaction, server_secret: str, limit: Limit, who: str, now: datetime) -> bool:
    """Count once more; False when it is over the limit. What is refused counts too."""
    if not limit.most or not who:
        return True
    seconds = int(limit.span.total_seconds())
    begun = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
    count = await tx.fetchval(
        "insert into intake.allowance (digest, begun_at, count) values ($1, $2, 1) on conflict (digest, begun_at)"
        " do update set count = intake.allowance.count + 1 returning count",
        keyed_digest(server_secret, "allowance", f"{limit.what}:{who}"),
        begun,
    )
    return int(count) <= limit.most


async def forget_allowances(database: Database, now: datetime) -> None:
    """Forget what was counted some days ago."""
    await database.statement("delete from intake.allowance where begun_at < $1", now - FORGOTTEN_AFTER)
