"""Take a mail in: the one door for every way by which mails come (LMTP, SMTP, IMAP, import).

It is committed that the mail arrived, with its raw message; then it becomes a complaint, an addition to a case, or
something held or ignored with its reason; and only when that is committed the caller is told, and may call it done.
Mails that come at the same moment share their transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from services.intake.arrivals import arrived, failed, held, registered
from services.intake.email.filing_of_unread import file_unread
from services.intake.email.incoming import CHANNEL, Incoming
from services.intake.email.keep_mail import load_mail, load_mails, note_arrivals
from services.intake.email.settle_mail import MAILS, Outcome, settle_mails
from services.intake.serials import Serials
from services.kit.database import Database
from services.kit.service import Context
from services.kit.trouble import passes, told

log = structlog.get_logger()

BATCH = 32
"""Mails that share a transaction at most."""

AT_ONCE = 3
"""Batches under way at the same moment."""

IN_THREAD = 64 * 1024
"""Bytes from which a mail is read in a thread, so that nobody waits for it."""

TRIES = 3
"""How often a mail is taken up again before a person is asked: one may bring the process down each time."""

TAKEN_UP_AFTER = timedelta(seconds=60)


class MailDesk:
    """Where mails are taken in; one for each process (`mail_desk`)."""

    def __init__(self, context: Context, serials: Serials) -> None:
        self.context = context
        self._serials = serials
        self._waiting: list[tuple[Incoming, asyncio.Future[Outcome]]] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._large = asyncio.Semaphore(2)
        self.left_in_mailboxes: set[tuple[str, str]] = set()
        """Mails too large to be fetched, by mailbox and UID; each is an arrival that is held."""

    @property
    def ours(self) -> frozenset[str]:
        """The addresses that our own mail leaves from."""
        return frozenset(filter(None, [parseaddr(self.context.settings.option("REDRESS_MAIL_FROM"))[1].casefold()]))

    async def receive(self, incoming: Incoming) -> Outcome:
        """Take in one mail; returns when what became of it is committed.

        Raises:
            Exception: the database or the disk is in trouble that passes; offer the mail again.
        """
        if len(incoming.raw) > IN_THREAD * 16:
            async with self._large:
                return (await self.receive_many([incoming]))[0]
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((incoming, answer))
        if len(self._workers) < AT_ONCE:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                outcomes = await self.receive_many([incoming for incoming, _ in batch])
            except BaseException as problem:
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(problem if isinstance(problem, Exception) else ConnectionAbortedError())
                if not isinstance(problem, Exception):
                    raise
                continue
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                if not answer.done():
                    answer.set_result(outcome)

    async def receive_many(self, batch: Sequence[Incoming]) -> list[Outcome]:
        """Take in mails; the outcomes in their order. Raises as `receive`."""
        for incoming in batch:
            if len(incoming.raw) > IN_THREAD:
                await asyncio.to_thread(incoming.read)
            else:
                incoming.read()
        distinct = {incoming.source_id: incoming for incoming in batch}
        await note_arrivals(self.context, list(distinct.values()), self.context.now())
        known = await self._settled_before(list(distinct))
        todo = [incoming for source_id, incoming in distinct.items() if source_id not in known]
        done = dict(zip([one.source_id for one in todo], await self._settle(todo), strict=True))
        seen: set[str] = set()
        outcomes = []
        for incoming in batch:
            outcome = known.get(incoming.source_id) or done[incoming.source_id]
            outcomes.append(outcome._replace(repeated=True) if incoming.source_id in seen else outcome)
            seen.add(incoming.source_id)
        return outcomes

    async def _settled_before(self, source_ids: list[str]) -> dict[str, Outcome]:
        rows = await self.context.database.read(
            "select source_id, state, case_id, reason from intake.arrival"
            " where channel = $1 and source_id = any($2::text[]) and state in ('registered', 'held', 'ignored')",
            CHANNEL,
            source_ids,
        )
        return {row["source_id"]: Outcome(row["state"], row["case_id"], row["reason"], True) for row in rows}

    async def _settle(self, todo: Sequence[Incoming], *, force: bool = False) -> list[Outcome]:
        if not todo:
            return []
        try:
            return await settle_mails(self.context, self._serials, todo, ours=self.ours, force=force)
        except Exception as problem:
            if passes(problem):
                raise
            if len(todo) > 1:
                # One of them is the cause: each by itself, so that it takes no other with it.
                return [(await self._settle([one], force=force))[0] for one in todo]
            await log.aerror("mail not registered", source_id=todo[0].source_id, error=told(problem), exc_info=problem)
            async with self.context.database.transaction() as tx:
                await failed(tx, CHANNEL, todo[0].source_id, told(problem), self.context.now())
            MAILS.labels(todo[0].way, "failed").inc()
            return [Outcome("failed", reason=told(problem))]

    async def register_now(self, source_id: str) -> UUID:
        """Register a mail that was held, ignored or failed, because a person says so; answers its case."""
        incoming = await load_mail(self.context, source_id)
        await asyncio.to_thread(incoming.read)
        incoming.source_id = source_id
        if incoming.mail is not None:
            (outcome,) = await self._settle([incoming], force=True)
            if outcome.case_id is not None:
                return outcome.case_id
        case_id = await file_unread(self.context, self._serials, incoming)
        async with self.context.database.transaction() as tx:
            await tx.execute("update intake.mail set case_id = $2 where source_id = $1", source_id, case_id)
            await tx.execute(
                "update intake.stored_file set case_id = $2, internal = true"
                " where origin = 'mail-raw' and origin_id = $1",
                source_id,
                case_id,
            )
            await registered(tx, CHANNEL, source_id, case_id, self.context.now())
        return case_id

    async def note_left_in_mailbox(self, mailbox: str, uid: str) -> None:
        """A mail over the limit of size stays in its mailbox, and is held for a person."""
        now = self.context.now()
        async with self.context.database.transaction() as tx:
            source_id = f"{mailbox}:{uid}"
            if await arrived(tx, CHANNEL, source_id, now):
                await held(tx, CHANNEL, source_id, "larger than 40 MB; it stays in the mailbox", now)
                MAILS.labels("imap", "held").inc()
        self.left_in_mailboxes.add((mailbox, uid))

    async def take_up(self, now: datetime) -> int:
        """Take up mails that arrived and were not settled, as after a crash; how many are settled now."""
        rows = await self.context.database.read(
            "update intake.mail m set tries = m.tries + 1 from (select source_id from intake.arrival"
            "  where channel = $1 and state = 'arrived' and updated_at < $2 order by arrived_at limit $3) late"
            " where m.source_id = late.source_id returning m.source_id, m.tries",
            CHANNEL,
            now - TAKEN_UP_AFTER,
            BATCH,
        )
        done = 0
        for row in rows:
            for incoming in await load_mails(self.context, [row["source_id"]]):
                if row["tries"] > TRIES:
                    async with self.context.database.transaction() as tx:
                        await failed(tx, CHANNEL, row["source_id"], "given up after several tries", now)
                    continue
                source_id = incoming.source_id
                await asyncio.to_thread(incoming.read)
                incoming.source_id = source_id
                await self._settle([incoming])
                done += 1
        return done


_DESKS: WeakKeyDictionary[Database, MailDesk] = WeakKeyDictionary()


def mail_desk(context: Context, serials: Serials | None = None) -> MailDesk:
    """The desk of a running system, always the same one."""
    if context.database not in _DESKS:
        _DESKS[context.database] = MailDesk(context, serials or Serials())
    return _DESKS[context.database]


async def register_again(context: Context, source_id: str) -> UUID:
    """`register now` of the page of channels, for e-mail."""
    return await mail_desk(context).register_now(source_id)
