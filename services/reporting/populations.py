"""The populations behind the figures, in SQL: whose cases, when, for which unit and person, and which of them hit.

One text each serves both the figure (where it is not read from the daily sums) and the list of its cases, so a figure
always opens to exactly the cases behind it. `@name` marks a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.cases import OUT_OF_COUNT

_OUT = ", ".join(f"'{state}'" for state in sorted(OUT_OF_COUNT))
_CLOCK_UNIT = "coalesce(k.unit, f.unit)"
_CLOCK_OWNER = "coalesce(k.owner, case when k.unit is null then f.owner end)"
_CLOCK_ROW = "k.case_id || k.target || k.cycle"
_SPAN_ROW = "f.case_id::text || s.number"
_CLOCKS = "reporting.clock_fact k join reporting.case_fact f on f.case_id = k.case_id"
_SPANS = "reporting.span_fact s join reporting.case_fact f on f.case_id = s.case_id"
_OF_FEW = "cross join lateral (select * from reporting.case_fact f where f.case_id = {}.case_id offset 0) f"
"""The cases of what stood open at a cut-off: few of a long history, so each is looked up and not all are read."""

_RECOVERIES = (
    "reporting.recovery_fact v left join reporting.case_fact f on f.case_id = coalesce(v.complaint_id, v.case_id)"
)


@dataclass(frozen=True, slots=True)
class Population:
    """Which rows belong, at which moment, to whom; `hit` says which are in the numerator."""

    tables: str
    at: str
    where: str = "true"
    unit: str = "f.unit"
    owner: str = "f.owner"
    hit: str = "true"
    case_id: str = "f.case_id"
    row: str = "f.case_id::text"
    """What tells its rows apart."""
    at_cut_off: bool = False
    """Looked at the cut-off instead of over the period: `where` then says so itself."""


def _due(target: str) -> Population:
    return Population(
        _CLOCKS,
        "k.due_at",
        f"k.target = '{target}' and k.counted",
        _CLOCK_UNIT,
        _CLOCK_OWNER,
        "k.on_time",
        row=_CLOCK_ROW,
    )


def _met(target: str) -> Population:
    return Population(
        _CLOCKS,
        "k.met_at",
        f"k.target = '{target}' and k.timed",
        _CLOCK_UNIT,
        _CLOCK_OWNER,
        row=_CLOCK_ROW,
    )


def _left(mark: str, target: str, judged: str = "k.met_at is not null") -> Population:
    unjudged = (
        " and not exists (select from reporting.clock_fact k where k.case_id = f.case_id"
        f" and k.target = '{target}' and k.cycle = 1 and ({judged}))"
    )
    return Population("reporting.case_fact f", "f.received_at", f"f.valid and f.{mark}{unjudged}")


_RUNNING = Population(
    f"reporting.clock_fact k {_OF_FEW.format('k')}",
    "k.started_at",
    "k.target = 'resolve' and k.started_at < @cut and k.state <> 'cancelled' and f.valid"
    " and (k.met_at is null or k.met_at >= @cut)"
    " and not (f.left_decided and f.decided_before and k.cycle = 1 and k.met_at is null)",
    _CLOCK_UNIT,
    _CLOCK_OWNER,
    hit="false",
    row=_CLOCK_ROW,
    at_cut_off=True,
)

_EARLIER = (
    "exists (select from reporting.case_fact e where e.{link} = f.{link} and e.valid"
    " and (e.received_at, e.case_id) < (f.received_at, f.case_id)"
    " and e.received_at >= f.received_at - make_interval(days => @repeat_days)"
    " and (not e.restricted or f.restricted)"
    " and case when e.cause is not null and f.cause is not null then e.cause = f.cause"
    " else e.category is not distinct from f.category end)"
)

_RATED = (
    "(select distinct on (r.case_id, n.number) r.case_id, r.at, r.rating, r.confidence, n.number"
    " from reporting.rating_fact r"
    " cross join lateral (select coalesce(max(s.number), 1) as number from reporting.span_fact s"
    "   where s.case_id = r.case_id and s.opened_at <= r.at) n"
    " where r.case_id in (select w.case_id from reporting.rating_fact w where w.at >= @since and w.at < @until)"
    " order by r.case_id, n.number, r.at desc) r join reporting.case_fact f on f.case_id = r.case_id"
    " left join reporting.span_fact s on s.case_id = r.case_id and s.number = r.number"
)

_INVITED = (
    "(select i.case_id, i.closure, i.at, (select coalesce(max(s.number), 1) from reporting.span_fact s"
    "   where s.case_id = i.case_id and s.opened_at <= i.at) as number from reporting.invitation_fact i"
    " where i.at >= @since and i.at < @until) i join reporting.case_fact f on f.case_id = i.case_id"
    " left join reporting.span_fact s on s.case_id = i.case_id and s.number = i.number"
)

_ANSWERED = (
    "exists (select from reporting.rating_fact r where r.case_id = i.case_id and r.at >= i.at"
    " and not exists (select from reporting.span_fact n where n.case_id = i.case_id and n.number > i.number"
    " and n.opened_at <= r.at))"
)

_RECEIVED = Population("reporting.case_fact f", "f.received_at", "f.kind = 'complaint'")
_VALID = replace(_RECEIVED, where="f.valid")
_OPEN = Population(
    f"reporting.span_fact s {_OF_FEW.format('s')}",
    "s.opened_at",
    "f.kind = 'complaint' and not f.out_of_scope and s.opened_at < @cut and (s.ended_in is null or s.ended_at >= @cut)",
    row=_SPAN_ROW,
    at_cut_off=True,
)
_CLOSED = Population(
    _SPANS,
    "s.ended_at",
    "s.counted",
    "coalesce(s.unit, f.unit)",
    "coalesce(s.owner, case when s.unit is null then f.owner end)",
    "s.first_point",
    row=_SPAN_ROW,
)

POPULATIONS: dict[str, Population] = {
    "received": _RECEIVED,
    "anonymous": replace(_RECEIVED, hit="f.identity = 'anonymous'"),
    "excluded": replace(_RECEIVED, hit=f"f.state in ({_OUT})"),
    "valid": _VALID,
    "escalated": replace(_VALID, hit="f.escalated"),
    "caused": replace(_VALID, hit="f.cause is not null"),
    "repeated": replace(
        _VALID, hit=f"({_EARLIER.format(link='complainant_ref')} or {_EARLIER.format(link='reference')})"
    ),
    "due:acknowledge": _due("acknowledge"),
    "due:first_contact": _due("first_contact"),
    "due:resolve": _due("resolve"),
    "met:acknowledge": _met("acknowledge"),
    "met:first_contact": _met("first_contact"),
    "met:resolve": _met("resolve"),
    "running": _RUNNING,
    "left:acknowledge": _left("left_acknowledged", "acknowledge"),
    "left:first_contact": _left("left_contacted", "first_contact"),
    "left:resolve": _left("left_decided", "resolve", "k.met_at is not null or not f.decided_before"),
    "left:closed": replace(_VALID, where="f.valid and f.left_closed"),
    "open": _OPEN,
    "closed": _CLOSED,
    "reopened": replace(
        _CLOSED,
        where="s.counted and s.ended_at + make_interval(days => @matured_days) <= @as_of",
        hit="coalesce(s.reopened_at <= s.ended_at + make_interval(days => @matured_days), false)",
    ),
    "rated": Population(
        _RATED,
        "r.at",
        "f.valid",
        _CLOSED.unit,
        _CLOSED.owner,
        "r.rating >= 4",
        row="r.case_id::text || r.number",
    ),
    "trusted": Population(
        _RATED,
        "r.at",
        "f.valid and r.confidence between 1 and 5",
        _CLOSED.unit,
        _CLOSED.owner,
        "r.confidence >= 4",
        row="r.case_id::text || r.number",
    ),
    "disliked": Population(
        _RATED,
        "r.at",
        "f.valid",
        _CLOSED.unit,
        _CLOSED.owner,
        "r.rating <= 2",
        row="r.case_id::text || r.number",
    ),
    "invited": Population(
        _INVITED,
        "i.at",
        "f.valid",
        _CLOSED.unit,
        _CLOSED.owner,
        _ANSWERED,
        row="i.case_id::text || i.closure",
    ),
    "remedies": Population(
        "reporting.remedy_fact k join reporting.case_fact f on f.case_id = k.case_id",
        "k.due_at",
        "k.status <> 'dropped' and f.valid",
        _CLOCK_UNIT,
        _CLOCK_OWNER,
        "coalesce(k.status = 'done' and k.done_at <= k.due_at, false)",
        row="k.task_id::text",
    ),
    "offered": Population(
        _RECOVERIES,
        "v.opened_at",
        "v.state <> 'cancelled'",
        unit="coalesce(v.unit, f.unit)",
        hit="v.offered_at is not null",
        case_id="v.case_id",
        row="v.recovery_id::text",
    ),
    "accepted": Population(
        _RECOVERIES,
        "v.decided_at",
        "v.decision in ('accepted', 'declined') and v.state <> 'cancelled'",
        "coalesce(v.unit, f.unit)",
        hit="v.decision = 'accepted'",
        case_id="v.case_id",
        row="v.recovery_id::text",
    ),
    "recovered": Population(
        _RECOVERIES,
        "v.promised_by",
        "coalesce(v.decision, '') not in ('declined', 'lapsed') and v.state <> 'cancelled'",
        "coalesce(v.unit, f.unit)",
        hit="coalesce(v.completed_at <= v.promised_by, false)",
        case_id="v.case_id",
        row="v.recovery_id::text",
    ),
    "cost": Population(
        _RECOVERIES,
        "v.completed_at",
        "v.state <> 'cancelled'",
        unit="coalesce(v.unit, f.unit)",
        case_id="v.case_id",
        row="v.recovery_id::text",
    ),
    "alerts": Population(
        "reporting.alert_fact k join reporting.case_fact f on f.case_id = k.case_id",
        "k.sent_at",
        "not k.historical",
        row="k.alert_id::text",
    ),
}


def bound(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The statement with `@name` turned into `$1`, `$2` …, and the values in that order."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = re.sub(r"@(\w+)", number, sql)
    return text, [values[name] for name in names]
