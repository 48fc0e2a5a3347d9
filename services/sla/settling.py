"""From the clocks as they were kept to the clocks as the facts have them: what changed, and what to announce. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.clocks import (
    Clock,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineMissed,
    MissWithdrawn,
    SlaFact,
)
from services.sla.clocks import View
from services.sla.deadlines import Level, Timing, levels_of, next_at
from services.sla.life import Life
from services.sla.records import Kept
from services.sla.terms import Terms


@dataclass(slots=True)
class Settled:
    """A clock as it is to be kept; `facts` are what changed, each with the moment it happened."""

    kept: Kept
    changed: bool
    facts: list[tuple[datetime, SlaFact]] = field(default_factory=list)


def settle(
    case_id: UUID, old: Kept | None, view: View, life: Life, terms: Terms, category: str | None, now: datetime
) -> Settled:
    """Bring one clock from how it was kept to how the facts have it.

    A breach that the sweep found stays while the clock is open and its deadline is the same: only a fact undoes it.
    """
    if old is not None and old.missed and view.is_open and view.due_at is not None and view.due_at == old.due_at:
        view.state, view.missed = "missed", True
        view.unit, view.owner = life.holder_at(view.due_at)
    new = _kept(case_id, old, view, terms)
    news = _News(old, new, view, terms, category, now)
    facts = news.all()
    if facts or old is None or _timing_changed(old, new):
        new.next_at = next_moment(new, view, terms)
    new.version = (old.version if old else 0) + max(len(facts), 1 if old is None else 0)
    first = new.version - len(facts) + 1
    clock = new.announced()
    made = [(at, make(clock, first + place)) for place, (at, make) in enumerate(facts)]
    return Settled(new, new != old, made)


def timing_of(view: View) -> Timing | None:
    """What the levels of an open clock are counted from; None for one that has nothing to wait for."""
    if not view.is_open or view.term is None or view.due_at is None:
        return None
    return Timing(view.started_at, view.due_at, view.term.calendar, view.counted)


def levels_for(view: View, terms: Terms) -> tuple[Level, ...]:
    """The levels of a clock."""
    return levels_of(terms.own.bundle, view.term.target) if view.term else ()


def next_moment(clock: Kept, view: View, terms: Terms) -> datetime | None:
    """When the sweep has to look at a clock next; for imported history only at its deadline, since it alerts nobody."""
    timing = timing_of(view)
    if timing is None:
        return None
    if clock.historical:
        return None if clock.missed else timing.due_at
    return next_at(
        levels_for(view, terms), clock.levels_fired, timing, missed=clock.missed, pause_limit=view.pause_limit
    )


def _kept(case_id: UUID, old: Kept | None, view: View, terms: Terms) -> Kept:
    term = view.term
    return Kept(
        case_id=case_id,
        target=view.target,
        cycle=view.cycle,
        state=view.state,
        started_at=view.started_at,
        due_at=view.due_at,
        met_at=view.met_at,
        missed=view.missed,
        pauses=view.pauses,
        pause_limit=view.pause_limit,
        paused_seconds=view.paused_seconds(),
        policy_version=terms.own.version,
        calendar_version=term.calendar_version if term else terms.own.version,
        priority=view.priority,
        calendar=term.calendar_code if term else None,
        within=str(term.within(later_period=view.later_period)) if term else None,
        unit=view.unit,
        owner=view.owner,
        fired=old.fired if old else "",
        next_at=old.next_at if old and view.is_open else None,
        historical=view.historical,
        version=old.version if old else 0,
    )


def _timing_changed(old: Kept, new: Kept) -> bool:
    watched = ("state", "started_at", "due_at", "missed", "pauses", "pause_limit", "calendar_version", "within")
    return any(getattr(old, name) != getattr(new, name) for name in watched)


Make = Callable[[Clock, int], SlaFact]
"""A fact once the clock as it stands and its version are known."""


@dataclass(slots=True)
class _News:
    """What is to be said of the way from `old` to `new`."""

    old: Kept | None
    new: Kept
    view: View
    terms: Terms
    category: str | None
    now: datetime

    def all(self) -> list[tuple[datetime, Make]]:
        """The facts in the order in which they are told."""
        return [*self._begun(), *self._stood_still(), *self._breach(), *self._closed()]

    def _begun(self) -> list[tuple[datetime, Make]]:
        old, new = self.old, self.new
        if old is None:
            return [(new.started_at, lambda clock, version: ClockStarted(clock=clock, version=version))]
        revived = old.state == "cancelled" and new.state != "cancelled"
        still = "paused" in (old.state, new.state) and old.state != new.state
        if new.state == "cancelled" or not (revived or (old.due_at != new.due_at and not still)):
            return []
        before, why = old.due_at, self._why_moved(old)
        return [(self.now, lambda c, v: ClockMoved(clock=c, version=v, due_before=before, why=why))]

    def _why_moved(self, old: Kept) -> str:
        new = self.new
        if old.state == "cancelled":
            return "kind"
        if old.started_at != new.started_at:
            return "receipt"
        if old.priority != new.priority:
            return "priority"
        if old.calendar_version != new.calendar_version:
            return "calendar"
        return "pause" if old.pauses != new.pauses else "target"

    def _stood_still(self) -> list[tuple[datetime, Make]]:
        was = self.old is not None and self.old.state == "paused"
        if self.new.state == "paused" and not was:
            begun = self.view.standstills[-1].begun
            return [(begun, lambda c, v: ClockPaused(clock=c, version=v, at=begun))]
        if was and self.new.state != "paused" and self.new.state != "cancelled":
            until = self.view.standstills[-1].until if self.view.standstills else self.now
            return [(until, lambda c, v: ClockResumed(clock=c, version=v, at=until))]
        return []

    def _breach(self) -> list[tuple[datetime, Make]]:
        was = self.old is not None and self.old.missed
        if self.new.missed and not was:
            entitlement = entitlement_for(self.terms, self.new, self.category)
            past = self.new.historical
            return [
                (
                    self.new.due_at or self.now,
                    lambda c, v: DeadlineMissed(clock=c, version=v, entitlement=entitlement, historical_case=past),
                )
            ]
        if was and not self.new.missed:
            return [(self.now, lambda c, v: MissWithdrawn(clock=c, version=v, why=self._why_withdrawn()))]
        return []

    def _why_withdrawn(self) -> str:
        if self.old is not None and self.old.started_at != self.new.started_at:
            return "receipt"
        return "met in time" if self.new.met_at else "deadline moved before it passed"

    def _closed(self) -> list[tuple[datetime, Make]]:
        old, new = self.old, self.new
        if new.met_at is not None and (old is None or old.met_at != new.met_at):
            gross, net = self.view.worked(new.met_at)
            return [
                (
                    new.met_at,
                    lambda c, v: ClockMet(clock=c, version=v, working_seconds=gross, net_seconds=net),
                )
            ]
        if new.state == "cancelled" and (old is None or old.state != "cancelled"):
            return [(self.now, lambda c, v: ClockCancelled(clock=c, version=v, why=self.view.why))]
        return []


def entitlement_for(terms: Terms, clock: Kept, category: str | None) -> str | None:
    """The code of what the policy owes for this breach (SE-AM 5.1); imported history owes nothing anew."""
    if clock.historical:
        return None
    owed = terms.own.bundle.entitlements_for(clock.target, clock.priority or "", category)
    return owed[0].code if owed else None
