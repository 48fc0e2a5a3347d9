"""The rules of the clocks: from the facts of a case and its policy to its clocks (domain §4). Pure: no I/O, no clock.

Clocks are never counted on from where they stood; they follow from the facts anew each time. So the order in which
facts arrive, and how often, cannot matter, and a breach is judged by timestamps (rule 9). Whether an open clock is
overdue is not judged here but by the sweep, which knows how far the journals have been read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.cases import OUT_OF_COUNT
from services.kit.working_time import Pause, due_at, working_seconds_between
from services.sla.life import Class, Life, Move
from services.sla.pauses import Standstill, standstills
from services.sla.terms import Term, Terms

DECIDED = frozenset({"decision_communicated", "implementing", "closed", "internal_review", "external_dispute"})
"""Reaching one of these means that the complainant has been told a decision; the first of them stops the clock."""

NEWS = frozenset({"awaiting_complainant"})
"""Moves by which the complainant hears from the enterprise: a first human contact and a progress update."""

WAITS_AGAIN = frozenset({"internal_review", "reopened"})
"""Moves after which the complainant waits for news once more; an external dispute is led by the outside body."""

PAUSABLE = frozenset({"progress", "resolve"})
"""Targets that stand still while the complainant is asked; the others are met before one can ask."""

OPEN = frozenset({"running", "paused", "missed"})


@dataclass(slots=True)
class View:
    """A clock as the facts have it. `term` is None once no target applies; `due_at` is then empty too."""

    target: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    missed: bool
    term: Term | None
    priority: str | None
    later_period: bool = False
    standstills: list[Standstill] = field(default_factory=list)
    unit: str | None = None
    owner: UUID | None = None
    historical: bool = False
    why: str = ""
    """Why it was cancelled."""
    known_since: datetime | None = None
    """When what its deadline follows from was recorded: a threshold before that could not be known earlier."""

    @property
    def key(self) -> tuple[str, int]:
        """Target and cycle."""
        return self.target, self.cycle

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be met."""
        return self.state in OPEN

    @property
    def pauses(self) -> list[Pause]:
        """When it stood still; one that lasts has no end yet."""
        return [(each.begun, each.ended) for each in self.standstills]

    @property
    def counted(self) -> list[Pause]:
        """The pauses as the deadline counts them: one that lasts, up to its limit."""
        return [(each.begun, each.until) for each in self.standstills]

    @property
    def pause_limit(self) -> datetime | None:
        """When the pause that lasts ends by itself."""
        return self.standstills[-1].until if self.state == "paused" else None

    def worked(self, until: datetime) -> tuple[float, float]:
        """Working seconds from the start to `until`, gross and less the pauses."""
        if self.term is None:
            return 0.0, 0.0
        gross = working_seconds_between(self.started_at, until, self.term.calendar)
        return gross, working_seconds_between(self.started_at, until, self.term.calendar, self.counted)

    def paused_seconds(self) -> float:
        """Working seconds it stood still, pauses that ended only, up to the meeting."""
        ended = [(begun, stop) for begun, stop in self.pauses if stop is not None]
        if self.term is None or not ended:
            return 0.0
        until = self.met_at or max(stop for _, stop in ended)
        gross = working_seconds_between(self.started_at, until, self.term.calendar)
        return gross - working_seconds_between(self.started_at, until, self.term.calendar, ended)


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one clock before any policy is asked: when it starts, and what closes it."""

    target: str
    cycle: int
    started_at: datetime
    met_at: datetime | None
    later_period: bool = False
    historical: bool = False


UNDECIDED = frozenset(
    {
        "received", "assessed", "assigned", "investigating", "awaiting_complainant", "awaiting_third_party",
        "response_proposed", "reopened",
    }
)  # fmt: skip
"""States of imported history in which its resolution is still owed: its clock runs, silently."""


def clocks_of(life: Life, terms: Terms, now: datetime) -> list[View]:
    """Every clock of a case, by target and cycle; none before the complaint itself has been read.

    Args:
        now: decides only whether a pause that was not ended has reached its limit.
    """
    if life.received_at is None:
        return []
    # A case that was merged and separated again goes on as if it had never left.
    ended = next((move.at for move in life.moves[-1:] if move.to in OUT_OF_COUNT), None)
    views = (_run(course, life, terms, ended, now) for course in courses(life, life.received_at))
    return [view for view in views if view is not None]


def courses(life: Life, received_at: datetime) -> Iterator[Course]:
    """The courses of all clocks. Imported history has a clock only where it knows the time that closes it, and one for
    the resolution of a case that was still undecided when it came."""
    history = life.history
    known = (
        {
            "acknowledge": history.acknowledged_at,
            "first_contact": history.first_contact_at,
            "resolve": history.decided_at,
        }
        if history
        else {}
    )
    acknowledged = _first(life.acknowledged_at, *(contact.at for contact in life.contacts))
    contacted = _first(
        *(contact.at for contact in life.contacts), *(m.at for m in life.moves if m.to in NEWS or m.to in DECIDED)
    )
    for target, met in (("acknowledge", acknowledged), ("first_contact", contacted)):
        met = known.get(target) or met
        if history is None or met is not None:
            yield Course(target, 1, received_at, _not_before(received_at, met), historical=history is not None)
    for cycle, (start, decided) in enumerate(_rounds(life.moves, received_at), start=1):
        met = known.get("resolve") or decided if cycle == 1 else decided
        if history is None or cycle > 1 or met is not None or history.state in UNDECIDED:
            past = history is not None and cycle == 1
            yield Course("resolve", cycle, start, _not_before(start, met), historical=past)
    yield from _progress(life, received_at)


def _first(*times: datetime | None) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _not_before(start: datetime, at: datetime | None) -> datetime | None:
    return None if at is None else max(start, at)


def _rounds(moves: Sequence[Move], received_at: datetime) -> list[tuple[datetime, datetime | None]]:
    """Start and decision of each resolution: the first, and one for every reopening (rule 6)."""
    rounds: list[tuple[datetime, datetime | None]] = [(received_at, None)]
    for move in moves:
        start, decided = rounds[-1]
        if move.to == "reopened" and decided is not None:
            rounds.append((move.at, None))
        elif move.to in DECIDED and decided is None:
            rounds[-1] = (start, move.at)
    return rounds


def resolution_cycle(life: Life) -> int:
    """The cycle of the resolution that is going on, or was the last: 1, and one more for every reopening."""
    return len(_rounds(life.moves, life.received_at)) if life.received_at else 1


def _progress(life: Life, received_at: datetime) -> Iterator[Course]:
    """A period for every stretch without news; what the complainant writes never ends one (rule 8)."""
    news = [(contact.at, "news") for contact in life.contacts if contact.progress]
    for move in life.moves:
        if move.to in NEWS:
            news.append((move.at, "news"))
        elif move.to in WAITS_AGAIN:
            news.append((move.at, "waits"))
        elif move.to in DECIDED:
            news.append((move.at, "decided"))
    cycle, start, later, waiting = 1, received_at, False, life.history is None
    for at, what in sorted(news, key=lambda each: each[0]):
        if waiting and what in ("news", "decided") and (at > start or what == "decided"):
            yield Course("progress", cycle, start, max(at, start), later)
            cycle, start, later, waiting = cycle + 1, at, True, what == "news"
        elif not waiting and what == "waits":
            start, later, waiting = at, False, True
    if waiting:
        yield Course("progress", cycle, start, None, later)


def _run(course: Course, life: Life, terms: Terms, ended: datetime | None, now: datetime) -> View | None:
    """The clock of a course: through every change of kind, priority or calendar, each from its own moment (rule 5).

    A deadline that had passed before a change stays the one that was missed; a change after that cannot undo it.
    """
    closed = _first(course.met_at, ended)
    pausing = life.moves if course.target in PAUSABLE and not course.historical else ()
    found: View | None = None
    steps = _steps(course, life, terms)
    for here, following in zip(steps, [*steps[1:], None], strict=True):
        term = terms.term(course.target, here.kind, here.priority, here.at)
        if term is None:
            if found is not None:
                found.term, found.due_at = None, None
        else:
            still = standstills(pausing, course.started_at, course.met_at, terms.pause_cap, term.calendar, now)
            found = View(
                target=course.target,
                cycle=course.cycle,
                state="running",
                started_at=course.started_at,
                due_at=due_at(
                    course.started_at,
                    term.within(later_period=course.later_period),
                    term.calendar,
                    [(each.begun, each.until) for each in still],
                ),
                met_at=None,
                missed=False,
                term=term,
                priority=here.priority,
                later_period=course.later_period,
                standstills=still,
                historical=course.historical,
                known_since=max(here.at, life.told_at or here.at),
            )
        if following is None or (closed is not None and closed <= following.at):
            break
        if found is not None and found.due_at is not None and found.due_at < following.at:
            found.missed = True
            break
    return None if found is None else _closed(found, course, ended, life)


def _steps(course: Course, life: Life, terms: Terms) -> list[Class]:
    """Kind and priority at the start of a clock, then anew at each moment from which something else holds."""
    kind, priority = life.kind, life.priority
    marks: list[tuple[datetime, Class | None]] = [(each.at, each) for each in life.classes]
    marks += [(edition.since, None) for edition in terms.later]
    steps = [Class(course.started_at, kind, priority)]
    for at, change in sorted(marks, key=lambda mark: mark[0]):
        if change is not None:
            kind, priority = change.kind, change.priority or priority
        step = Class(max(at, course.started_at), kind, priority)
        if step.at == course.started_at:
            steps = [step]
        elif change is None or (kind, priority) != (steps[-1].kind, steps[-1].priority):
            steps.append(step)
    return steps


def _closed(view: View, course: Course, ended: datetime | None, life: Life) -> View:
    """The clock with its verdict: met, met late, cancelled or open; and who answers for it."""
    due, met = view.due_at, course.met_at
    if due is None:
        view.state, view.why = "cancelled", "no target for this kind and priority"
    elif met is not None and (ended is None or met <= ended):
        view.met_at = met
        view.missed = view.missed or met > due
        view.state = "met_late" if view.missed else "met"
    elif ended is not None and (met is None or not course.historical):
        view.missed = view.missed or due < ended
        view.state, view.why = "cancelled", "the case was taken out of the count"
    elif view.missed or any(due < each.begun for each in view.standstills):
        view.state, view.missed = "missed", True
    elif view.standstills and view.standstills[-1].lasts:
        view.state = "paused"
    judged = due if view.missed else view.met_at
    view.unit, view.owner = life.holder_at(judged) if judged else _present(life)
    return view


def _present(life: Life) -> tuple[str | None, UUID | None]:
    last = life.holders[-1] if life.holders else None
    return (last.unit or life.unit, last.owner) if last else (life.unit, None)
