"""Every clock follows from what happened: recomputed from the journals' facts and the policy, and held to the second.

Two roads: the rules of sla over the facts as the journals have them (which clocks there are, what met or stopped them,
whether a breach is one), and plain working-time arithmetic over what the clock itself says it is (start, length,
calendar, pauses).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.cases import RoutingFact
from schemas.clocks import DeadlineMissed, MissWithdrawn, SlaFact
from schemas.complaints import ComplaintAcknowledged, ComplaintFiled, ReceiptCorrected
from schemas.envelope import Payload
from schemas.policy import PolicyBundle, Span
from services.cli.books.findings import Books
from services.cli.books.gathering import LATER, Page, Seen, Told
from services.kit.listening import Received, Subscriptions
from services.kit.working_time import compile_calendar, due_at
from services.sla.clocks import View, clocks_of
from services.sla.learning import learn_complaint, learn_from_routing, learn_receipt
from services.sla.records import CaseRecord, Kept
from services.sla.terms import Edition, terms_for

UNSETTLED = timedelta(seconds=1)
"""How long before the sweep's horizon a deadline must lie for the sweep to have to have judged it."""

RESTART = "Run `redress up` and look at its log for `clock cannot be judged`; report it with the case's timeline."


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy versions sla knows, and those whose edited calendars open clocks have not all been brought to."""

    editions: Sequence[Edition]
    unfinished: frozenset[str]
    listened: Subscriptions

    def bundle(self, version: str) -> PolicyBundle | None:
        """The bundle of a version."""
        return next((edition.bundle for edition in self.editions if edition.version == version), None)


def check_clocks(page: Page, policies: Policies, books: Books) -> None:
    """Hold sla's clocks against the facts, and what others show of them against what sla announced."""
    seen = page.seen["sla"]
    for record in seen.rows.values():
        if record.filed:
            _check_case(page, seen, record, policies, books)
    for case_id in page.told:
        _check_announced(page, case_id, books)


def _check_case(page: Page, seen: Seen, record: CaseRecord, policies: Policies, books: Books) -> None:
    case_id, number = record.case_id, record.tracking_number
    kept = {clock.key: clock for clock in seen.clocks.get(case_id, ())}
    life = learned(page, seen, record, policies)
    if life is None:
        return  # its filing is missing or not readable, which the other checks tell
    for clock in kept.values():
        books.saw("deadlines")
        _check_arithmetic(clock, number, policies, books)
    candidates = list(_views(life, policies, seen.at))
    problems = [list(_differences(views, kept, seen.at, page.horizon)) for views in candidates]
    books.saw("breaches", sum(clock.missed for clock in kept.values()))
    for check, what in min(problems, key=len, default=[]):
        if case_id not in _held_cases(page, seen):
            books.wrong(check, what, RESTART, case_id, number)


def learned(page: Page, seen: Seen, record: CaseRecord, policies: Policies) -> CaseRecord | None:
    """The case as the journals' facts have it, up to what sla had applied; None without its filing."""
    case = CaseRecord(record.case_id)
    for told in (*page.facts(record.case_id, "intake"), *page.facts(record.case_id, "routing")):
        if not seen.applied(told.event) or told.fact is None or not policies.listened.wants(told.event):
            continue
        _learn(case, told, told.fact, record, policies)
    return case if case.filed else None


def _learn(case: CaseRecord, told: Told, fact: Payload, record: CaseRecord, policies: Policies) -> None:
    if isinstance(fact, ComplaintFiled):
        bundle = policies.bundle(fact.policy_version)
        if bundle is None:
            return
        about = fact.subject.unit if fact.subject else None
        learn_complaint(case, told.event, fact, bundle, about)
        if fact.subject and fact.subject.person and not about:
            case.life.unit = record.life.unit  # the person's unit as it was when this was read
    elif isinstance(fact, ComplaintAcknowledged):
        case.life.acknowledge(fact.acknowledged_at)
    elif isinstance(fact, ReceiptCorrected):
        learn_receipt(case, fact.received_at, told.event.occurred_at)
    elif isinstance(fact, RoutingFact):
        learn_from_routing(case, Received(told.event, fact))


def _views(case: CaseRecord, policies: Policies, now: datetime) -> Iterator[list[View]]:
    """The clocks by the facts; where an edited calendar is still being brought to open clocks, also without it, and
    for imported history by the edition of its own, which edits leave alone."""
    choices = [list(policies.editions)]
    if policies.unfinished:
        choices.append([edition for edition in policies.editions if edition.version not in policies.unfinished])
    if case.historical:
        choices.append([edition for edition in policies.editions if edition.version == case.policy_version])
    for editions in choices:
        terms = terms_for(editions, case.policy_version or "", now, case.life.unit, case.life.service_point)
        if terms is not None:
            yield clocks_of(case.life, terms, now)


def _differences(
    views: Sequence[View], kept: dict[tuple[str, int], Kept], now: datetime, horizon: datetime | None
) -> Iterator[tuple[str, str]]:
    left = dict(kept)
    for view in views:
        clock = left.pop(view.key, None)
        if clock is None:
            yield "deadlines", f"its clock {_name(view.key)} is missing"
            continue
        yield from _times(view, clock)
        yield from _verdict(view, clock, now, horizon)
    for key, clock in left.items():
        if clock.state != "cancelled":
            yield "deadlines", f"its clock {_name(key)} should not run: the facts leave no such period"


def _times(view: View, clock: Kept) -> Iterator[tuple[str, str]]:
    for what, mine, theirs in (
        ("starts", clock.started_at, view.started_at),
        ("is due", clock.due_at, view.due_at),
        ("was met", clock.met_at, view.met_at),
    ):
        if mine != theirs:
            yield "deadlines", f"its clock {_name(view.key)} {what} {_when(mine)}, by the facts {_when(theirs)}"


def _verdict(view: View, clock: Kept, now: datetime, horizon: datetime | None) -> Iterator[tuple[str, str]]:
    name = _name(view.key)
    if clock.missed and not view.missed:
        if not view.is_open or view.due_at is None or view.due_at >= max(now, horizon or now):
            yield "breaches", f"its clock {name} shows a breach, but by the facts there is none"
    elif view.missed and not clock.missed:
        yield "breaches", f"its clock {name} shows no breach, but by the facts it was missed"
    elif (
        not clock.missed
        and view.is_open
        and view.due_at is not None
        and horizon is not None
        and view.due_at < horizon - UNSETTLED
    ):
        yield "breaches", f"its clock {name} was due {_when(view.due_at)}; the sweep passed it by"
    closed = clock.state in ("met", "met_late", "cancelled")
    if closed == view.is_open or (closed and clock.state != view.state):
        yield "breaches", f"its clock {name} is {clock.state}, by the facts {view.state}"


def _held_cases(page: Page, seen: Seen) -> set[UUID]:
    """Cases the sweep does not judge, since an event of theirs is parked."""
    return {
        told.event.case_id
        for by_source in page.told.values()
        for source in ("intake", "routing")
        for told in by_source.get(source, ())
        if seen.why_held(told.event) == "parked"
    }


def _check_arithmetic(clock: Kept, number: str | None, policies: Policies, books: Books) -> None:
    """The deadline again from the clock's own start, length, calendar and pauses, with nothing but working time."""
    bundle = policies.bundle(clock.calendar_version)
    if clock.due_at is None or clock.within is None or clock.calendar is None or bundle is None:
        return
    pauses = [(begun, ended or clock.pause_limit) for begun, ended in clock.pauses]
    due = due_at(clock.started_at, Span.read(clock.within), compile_calendar(bundle.calendar(clock.calendar)), pauses)
    if due != clock.due_at:
        what = f"its clock {_name(clock.key)} is due {_when(clock.due_at)}, by its own terms {_when(due)}"
        books.wrong("deadlines", what, RESTART, clock.case_id, number)


def _check_announced(page: Page, case_id: UUID, books: Books) -> None:
    """What sla announced of a clock last is how it keeps it, and what others show of it that have read so far."""
    facts = page.facts(case_id, "sla")
    kept = {clock.key: clock for clock in page.seen["sla"].clocks.get(case_id, ())}
    for key, fact in _newest(facts).items():
        clock = kept.get(key)
        if clock is None or _shape(clock) != _shape(fact.clock):
            books.wrong(
                "projected", f"sla keeps its clock {_name(key)} otherwise than it announced it", RESTART, case_id
            )
    breaches: dict[tuple[str, int], int] = {}
    for told in facts:
        if isinstance(told.fact, DeadlineMissed | MissWithdrawn):
            key = (told.fact.clock.target, told.fact.clock.cycle)
            breaches[key] = breaches.get(key, 0) + (1 if isinstance(told.fact, DeadlineMissed) else -1)
    for key, count in breaches.items():
        if count not in (0, 1):
            books.wrong(
                "breaches", f"the breach of its clock {_name(key)} was announced {count} times", RESTART, case_id
            )
    for name in ("routing", "reporting"):
        seen = page.seen[name]
        known = [told for told in (*facts, *page.facts(case_id, LATER)) if seen.applied(told.event)]
        shown = {(row["target"], row["cycle"]): row for row in seen.clocks.get(case_id, ())}
        for key, fact in _newest(known).items():
            books.saw("projected")
            row = shown.get(key)
            if row is None or _shape_of_row(row) != _shape(fact.clock):
                remedy = "`redress rebuild reporting` makes it anew." if name == "reporting" else RESTART
                books.wrong(
                    "projected", f"{name} shows its clock {_name(key)} otherwise than announced", remedy, case_id
                )


def _newest(facts: Sequence[Told]) -> dict[tuple[str, int], SlaFact]:
    newest: dict[tuple[str, int], SlaFact] = {}
    for told in facts:
        fact = told.fact
        if not isinstance(fact, SlaFact) or fact.version == 0 or not _of_a_clock(fact):
            continue
        key = (fact.clock.target, fact.clock.cycle)
        if key not in newest or fact.version >= newest[key].version:
            newest[key] = fact
    return newest


def _of_a_clock(fact: SlaFact) -> bool:
    return fact.TYPE not in ("alert-raised", "alert-seen")


def _shape(clock: object) -> tuple[object, ...]:
    return tuple(getattr(clock, name) for name in ("state", "due_at", "met_at", "missed"))


def _shape_of_row(row: object) -> tuple[object, ...]:
    return tuple(row[name] for name in ("state", "due_at", "met_at", "missed"))  # type: ignore[index]


def _name(key: tuple[str, int]) -> str:
    return f"{key[0]}/{key[1]}"


def _when(at: datetime | None) -> str:
    return at.isoformat() if at else "never"
