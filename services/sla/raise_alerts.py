"""Raise alerts: each once for its (case, target, cycle, level), to the right person, held by quiet hours and batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import structlog

from schemas.clocks import AlertRaised, Clock
from schemas.envelope import FreeText
from schemas.policy import EscalationLevel, PolicyBundle
from services.kit.copies import Staff
from services.kit.database import Transaction, new_id
from services.kit.journal import columns
from services.kit.quiet import after_quiet
from services.sla.clocks import resolution_cycle
from services.sla.editions import Editions
from services.sla.escalation import Recipient, recipient_of
from services.sla.records import CLOCK_COLUMNS, CaseRecord, Kept, kept_of, read_cases

log = structlog.get_logger()

CASE_TARGET = "resolve"
"""The clock an alert about the case as such is filed under: every case has its resolution, and reopening a new one."""


_UNSENT: ContextVar[str | None] = ContextVar("why alerts are not sent", default=None)


@contextmanager
def not_sending(why: str) -> Iterator[None]:
    """Within it alerts are raised as always but kept back for good, with the reason: they may have been sent before."""
    token = _UNSENT.set(why)
    try:
        yield
    finally:
        _UNSENT.reset(token)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A level that was reached. `quiet`: whether it waits for quiet hours and batch, or is sent whatever the hour."""

    case: CaseRecord
    target: str
    cycle: int
    level: str
    chain: EscalationLevel
    threshold_at: datetime
    quiet: bool
    at_once: bool = False
    known_at: datetime | None = None
    """When the threshold was due to be known (KPI 25); None: when it was crossed."""

    @classmethod
    def of_case(cls, case: CaseRecord, level: str, chain: EscalationLevel, at: datetime) -> Self:
        """An alert about the case as such, which nothing holds back."""
        return cls(case, CASE_TARGET, resolution_cycle(case.life), level, chain, at, quiet=False, at_once=True)

    @property
    def key(self) -> tuple[UUID, str, int, str]:
        """What it can be raised once for."""
        return self.case.case_id, self.target, self.cycle, self.level


@dataclass(frozen=True, slots=True)
class Slot:
    """When something goes out to a recipient, and together with what."""

    batch: UUID
    at: datetime


async def raise_alerts(tx: Transaction, editions: Editions, occasions: Sequence[Occasion], now: datetime) -> int:
    """Write the alerts of levels reached, announce those that go out now; returns how many were new."""
    if not occasions:
        return 0
    bundle = await editions.copies.in_force(tx, now)
    staff = await editions.copies.staff(tx)
    own = {edition.version: edition.bundle for edition in await editions.all(tx)}
    told = [recipient_for(bundle, own, staff, occasion, now) for occasion in occasions]
    slots = await _slots(tx, bundle, told, now)
    unsent = _UNSENT.get()
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for occasion, recipient in zip(occasions, told, strict=True):
        slot = slots[recipient]
        at = now if occasion.at_once else slot.at
        if occasion.quiet:
            at = after_quiet(at, bundle.alerts.quiet, bundle.zone)
        rows[occasion.key] = (
            new_id(),
            *occasion.key,
            recipient.chain,
            occasion.threshold_at,
            occasion.known_at or occasion.threshold_at,
            now,
            at,
            now if at <= now and unsent is None else None,
            recipient.staff_id,
            recipient.unit,
            slot.batch,
            unsent,
        )
    written = await tx.fetch(INSERT, *columns(list(rows.values()), 15))
    by_key = {occasion.key: occasion.case for occasion in occasions}
    sent = [row for row in written if row["sent_at"] is not None]
    await announce_alerts(tx, sent, {key[0]: case for key, case in by_key.items()})
    unreached = sum(row["recipient"] is None for row in written)
    if unreached:
        await log.aerror("alerts found no person to go to; the unit sees them", count=unreached)
    return len(written)


INSERT = """
    insert into sla.alert (id, case_id, target, cycle, level, chain, threshold_at, known_at, raised_at, not_before,
                           sent_at, recipient, recipient_unit, batch, dropped)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[],
                         $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::uuid[],
                         $13::text[], $14::uuid[], $15::text[])
    on conflict (case_id, target, cycle, level) do nothing
    returning id, case_id, target, cycle, level, threshold_at, known_at, sent_at, recipient, recipient_unit
"""


def recipient_for(
    bundle: PolicyBundle, own: Mapping[str, PolicyBundle], staff: Staff, occasion: Occasion, now: datetime
) -> Recipient:
    """The recipient in the organisation as it is now; where the case's unit is gone, as it was at receipt."""
    case = occasion.case
    known = case.unit is not None and bundle.has_unit(case.unit)
    chosen = bundle if known else own.get(case.policy_version or "", bundle)
    return recipient_of(chosen, staff, case, occasion.chain, now)


async def _slots(
    tx: Transaction, bundle: PolicyBundle, told: Sequence[Recipient], now: datetime
) -> dict[Recipient, Slot]:
    """For each recipient the next moment at which something may go out, and the batch it joins."""
    gap = timedelta(minutes=bundle.alerts.batch_minutes)
    people = {recipient.staff_id: new_id() for recipient in told}
    if not gap:
        return {recipient: Slot(people[recipient.staff_id], now) for recipient in told}
    rows = await tx.fetch(
        "select recipient, max(sent_at) as last,"
        " (array_agg(batch order by not_before) filter (where sent_at is null and dropped is null))[1] as held,"
        " min(not_before) filter (where sent_at is null and dropped is null) as held_until"
        " from sla.alert where recipient = any($1::uuid[]) and (sent_at > $2 or sent_at is null) group by recipient",
        [staff_id for staff_id in people if staff_id is not None],
        now - gap,
    )
    known = {row["recipient"]: row for row in rows}
    slots: dict[Recipient, Slot] = {}
    for recipient in told:
        row = known.get(recipient.staff_id) if recipient.staff_id else None
        batch, at = people[recipient.staff_id], now
        if row is not None and row["held"] is not None and row["held_until"] > now:
            batch, at = row["held"], row["held_until"]
        elif row is not None and row["last"] is not None and row["last"] + gap > now:
            at = row["last"] + gap
        slots[recipient] = Slot(batch, at)
    return slots


async def announce_alerts(tx: Transaction, rows: Sequence[Any], cases: Mapping[UUID, CaseRecord]) -> None:
    """Announce alerts that have just been sent, with the clocks they are about."""
    if not rows:
        return
    clocks = await _clocks_of(tx, rows)
    for row in rows:
        case = cases[row["case_id"]]
        clock, version = _clock_or_none(clocks.get((row["case_id"], row["target"], row["cycle"])), case, row)
        fact = AlertRaised(
            clock=clock,
            version=version,
            alert_id=row["id"],
            level=row["level"],
            threshold_at=row["threshold_at"],
            known_at=row["known_at"],
            sent_at=row["sent_at"],
            recipient=row["recipient"],
            recipient_unit=row["recipient_unit"],
            gist=FreeText.of(case.gist) if case.gist else None,
        )
        tx.announce(fact, case_id=row["case_id"], at=row["sent_at"])


async def clock_of_alert(tx: Transaction, row: Any) -> tuple[Clock, int]:
    """The clock an alert is about, as an event carries it, and its version."""
    clocks = await _clocks_of(tx, [row])
    case = (await read_cases(tx, [row["case_id"]]))[row["case_id"]]
    return _clock_or_none(clocks.get((row["case_id"], row["target"], row["cycle"])), case, row)


async def _clocks_of(tx: Transaction, rows: Sequence[Any]) -> dict[tuple[UUID, str, int], Kept]:
    found = await tx.fetch(
        f"select {', '.join('k.' + name for name in CLOCK_COLUMNS)} from sla.clock k"
        " join unnest($1::uuid[], $2::text[], $3::int[]) as w(case_id, target, cycle) using (case_id, target, cycle)",
        *columns([(row["case_id"], row["target"], row["cycle"]) for row in rows], 3),
    )
    return {(kept.case_id, kept.target, kept.cycle): kept for kept in map(kept_of, found)}


def _clock_or_none(kept: Kept | None, case: CaseRecord, row: Any) -> tuple[Clock, int]:
    return (kept.announced(), kept.version) if kept else (_without_clock(case, row), 0)


def _without_clock(case: CaseRecord, row: Any) -> Clock:
    """The clock of an alert about a case whose kind has no target: one that does not run."""
    return Clock(
        target=row["target"],
        cycle=row["cycle"],
        state="cancelled",
        started_at=case.received_at,
        due_at=None,
        policy_version=case.policy_version or "",
        priority=case.priority,
        unit=case.unit,
        owner=case.owner,
    )
