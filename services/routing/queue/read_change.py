"""What became of a change of many cases: which were changed, which were not and why, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.errors import NotFound
from services.kit.i18n import N_, Lang, translate
from services.routing.store import Fetches


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One case: `done`, `same` (it was so already) or `refused` with the problem."""

    case_id: UUID
    number: str
    outcome: str
    version: int | None
    problem: Mapping[str, Any] | None

    def why(self, lang: Lang) -> tuple[str, str]:
        """Why it was refused, and what to do, in words."""
        if self.problem is None:
            return "", ""
        said = (str(self.problem["what"]), str(self.problem["remedy"]))
        what, remedy = (translate(lang, text, **self.problem["params"]) if text else "" for text in said)
        return what, remedy


@dataclass(frozen=True, slots=True)
class Report:
    """A change of many cases. `undone_by` is the change that took it back."""

    id: UUID
    kind: str
    at: datetime
    asked: Mapping[str, Any]
    undoes: UUID | None
    undone_by: UUID | None
    cases: list[CaseOutcome]

    def having(self, outcome: str) -> list[CaseOutcome]:
        """Those with an outcome."""
        return [case for case in self.cases if case.outcome == outcome]

    @property
    def can_be_undone(self) -> bool:
        """Whether there is something to take back, and it was not taken back yet."""
        return self.undoes is None and self.undone_by is None and bool(self.having("done"))


async def read_change(source: Fetches, change_id: UUID, viewer: StaffMember) -> Report:
    """The report of a change that the viewer made.

    Raises:
        NotFound: there is no such change of theirs.
    """
    rows = await source.fetch(
        "select b.*, (select u.id from routing.bulk_change u where u.undoes = b.id) undone_by"
        " from routing.bulk_change b where b.id = $1 and b.by = $2",
        change_id,
        viewer.staff_id,
    )
    if not rows:
        raise NotFound(N_("There is no such change of yours."), N_("Look at the timeline of the case."))
    change = rows[0]
    cases = await source.fetch(
        "select o.case_id, coalesce(c.tracking_number, '') number, o.outcome, o.version, o.problem"
        " from routing.bulk_change_case o left join routing.case c on c.id = o.case_id"
        " where o.change_id = $1 order by c.tracking_number",
        change_id,
    )
    return Report(
        id=change["id"],
        kind=change["kind"],
        at=change["at"],
        asked=change["asked"],
        undoes=change["undoes"],
        undone_by=change["undone_by"],
        cases=[CaseOutcome(**row) for row in cases],
    )
