"""Try parked events again, each case in order from its first."""

from __future__ import annotations

from uuid import UUID

from schemas.envelope import Event
from services.kit.reader import Reader
from services.kit.verdicts import is_passing, verdict_on


async def retry(reader: Reader, *, limit: int = 200, also_failed: tuple[str, int, int] | None = None) -> int:
    """Try parked events again, each case in order from its first; returns how many could be applied.

    Args:
        also_failed: (source, bucket, position) of a failed event an administrator asked to replay.
    """
    # Those tried least often first: many that wait in vain must not stand before one whose time has come.
    rows = await reader.database.read(
        "select source, case_id from (select distinct on (source, case_id) source, bucket, position, case_id, status,"
        f" tried from {reader.service}.parked order by source, case_id, position) first"
        " where status <> 'failed' or (source, bucket, position) = ($2, $3::smallint, $4::bigint)"
        " order by tried, source, case_id limit $1",
        limit,
        *(also_failed or (None, None, None)),
    )
    return sum([await retry_case(reader, row["source"], row["case_id"]) for row in rows])


async def retry_case(reader: Reader, source: str, case_id: UUID) -> int:
    """Apply the parked events of one case in order until one fails again; returns how many could be."""
    applied = 0
    while True:
        try:
            async with reader.database.transaction() as tx:
                row = await tx.fetchrow(
                    f"select source, bucket, position, event from {reader.service}.parked where source = $1"
                    " and case_id = $2 order by position limit 1 for update skip locked",
                    source,
                    case_id,
                )
                if row is None:
                    return applied
                key = (row["source"], row["bucket"], row["position"])
                await reader.dispatch(tx, [Event.from_cloudevent(row["event"])])
                await tx.execute(
                    f"delete from {reader.service}.parked where source = $1 and bucket = $2 and position = $3", *key
                )
            applied += 1
        except Exception as problem:
            if is_passing(problem):
                raise
            status, reason = verdict_on(problem)
            async with reader.database.transaction() as tx:
                await tx.execute(
                    f"update {reader.service}.parked set status = $4, reason = $5, tried = tried + 1"
                    " where source = $1 and bucket = $2 and position = $3",
                    *key,
                    status,
                    reason,
                )
            return applied
