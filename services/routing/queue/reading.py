"""How lists and counts of cases are read: along indexes in the order of the queue, so that every page costs the same.

A scope is "of these units, or mine, or for my unit to decide". Asked for at once, that reads and sorts everything
somebody may see. So each part becomes an arm that walks its own index in order and stops when it has enough; the arms
never share a case and are merged. Whoever sees everything needs no arms: the order is that of an index already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.scope import Scope
from services.routing.queue.views import View


@dataclass(slots=True)
class Conditions:
    """Conditions in SQL over `c`, with the values they need."""

    parts: list[str] = field(default_factory=list)
    args: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> None:
        """A condition with `{}` for each of its values."""
        self.parts.append(self.said(sql, *values))

    def said(self, sql: str, *values: Any) -> str:
        """SQL with its values in place, without adding it."""
        places = []
        for value in values:
            self.args.append(value)
            places.append(f"${len(self.args)}")
        return sql.format(*places)


@dataclass(frozen=True, slots=True)
class Arm:
    """Part of a list: `driver` gives the values for which, one by one, `key` finds cases along an index."""

    driver: str
    key: str


BOTH = "(values (true), (false)) o(is_open)"
"""Cases that are open and those that are over are two runs of an index."""


def own_units(scope: Scope, member: StaffMember) -> list[str]:
    """The units that "my unit" means: their own and those below."""
    return sorted(scope.units | scope.restricted_units) or [member.unit]


def arms_of(
    where: Conditions,
    view: View,
    scope: Scope,
    member: StaffMember,
    *,
    unit: str | None = None,
    owner: UUID | None = None,
    tag: str | None = None,
) -> list[Arm]:
    """The arms of a list; none where its own conditions follow an index. Adds their values to `where`."""
    if view.key in ("owner", "approving_unit", "few") or owner is not None or tag is not None:
        return []
    if scope.everything and view.key != "unit" and unit is None:
        return []
    units = where.said("{}", [unit] if unit else own_units(scope, member))
    more, same = ("", "") if view.open_only else (f" cross join {BOTH}", " and c.is_open = o.is_open")
    arms = [Arm(f"unnest({units}::text[]) u(unit){more}", f"c.unit = u.unit{same}")]
    if scope.everything or unit is not None or view.key == "unit":
        return arms
    alone = BOTH if more else "(values (true)) o(is_open)"
    me = where.said("{}", scope.staff_id)
    others = f" and c.is_open = o.is_open and not c.unit = any({units}::text[])"
    arms.append(Arm(alone, f"c.owner = {me}{others}"))
    if scope.decides:
        home = where.said("{}", scope.home)
        arms.append(Arm(alone, f"c.approving_unit = {home}{others} and c.owner is distinct from {me}"))
    return arms


def listing(columns: str, where: Conditions, arms: Sequence[Arm], limit: int) -> str:
    """The rows in the order of the queue."""
    plain = " and ".join(where.parts)
    if not arms:
        return f"select {columns} from routing.case c where {plain} order by c.due_order, c.id limit {limit}"
    found = " union all ".join(
        f"select k.id, k.due_order from {arm.driver} cross join lateral (select c.id, c.due_order from routing.case c"
        f" where {arm.key} and {plain} order by c.due_order, c.id limit {limit}) k"
        for arm in arms
    )
    return (
        f"select {columns} from (select * from ({found}) a order by a.due_order, a.id limit {limit}) f"
        f" join routing.case c on c.id = f.id order by f.due_order, f.id"
    )


def counting(where: Conditions, arms: Sequence[Arm], most: int) -> str:
    """How many there are, as an expression; counting stops at `most` + 1."""
    plain = " and ".join(where.parts)
    if not arms:
        return f"(select count(*) from (select 1 from routing.case c where {plain} limit {most + 1}) n)"
    found = " union all ".join(
        f"(select 1 from {arm.driver} cross join lateral (select 1 from routing.case c where {arm.key} and {plain}"
        f" limit {most + 1}) k)"
        for arm in arms
    )
    return f"(select count(*) from (select 1 from ({found}) a limit {most + 1}) n)"
