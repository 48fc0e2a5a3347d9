"""After a restore: send nothing that the system which was backed up may have sent.

What waited to leave, or was leaving, is kept as dropped with the reason; a person can write again. Alerts that staff
were yet to be told of outside the program stay in the program, where they are seen as always.
"""

from __future__ import annotations

from services.kit.database import Database

REASON = "held at a restore: the system before it may have sent it"


async def hold_messages(database: Database) -> int:
    """Keep back everything in the outbox; returns how much it was."""
    async with database.transaction() as tx:
        messages = await tx.execute(
            "update intake.message set state = 'dropped', reason = $1, claimed_until = null"
            " where direction = 'out' and state in ('queued', 'sending')",
            REASON,
        )
        # Levels that a call back reached meanwhile were told by the system before; its deadline stays for the list.
        await tx.execute(
            "update intake.call_back set fired = fired || ' held', missed = missed or due_at < now(), next_at = null"
            " where state = 'open' and next_at < now()"
        )
        notices = await tx.execute("delete from intake.staff_notice where message_id is null")
    return sum(int(done.rsplit(" ", 1)[-1]) for done in (messages, notices))
